"""What `newsletter check` prints and how it exits."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import click
import pytest
import yaml
from click.testing import CliRunner
from jsonschema import validate

from newsletter.check.formats.github import github_annotation
from newsletter.check.formats.junit import junit_report
from newsletter.check.registry import rules_by_id
from newsletter.check.rule import Subject
from newsletter.cli.check import SUBJECTS, check
from newsletter.cli.main import main
from newsletter.cli.terminal import format_problem
from newsletter.errors import Problem, Severity
from tests.check.sarif_schema import SCHEMA
from tests.conftest import REPOSITORY, Run
from tests.publications import ISSUE, PUBLICATION, write_publication

HTTP = ISSUE.replace("https://example.com/lenses", "http://example.com/lenses")
BAD = HTTP.replace("      title: How lenses are ground\n", "")


def test_the_terminal_shows_the_line_the_caret_and_the_rule(run: Run, folder: Path) -> None:
    """A finding is its location and message, the line with a caret, the advice, then its rule and path."""
    write_publication(folder, _1=HTTP)
    result = run("check", code=0)
    assert result.stdout == (
        "issues/1.yaml:13:12: warning: this URL begins with `http:`\n"
        "    13 │       url: http://example.com/lenses\n"
        "       │            ^\n"
        "       = Try https://example.com/lenses and write it if it works.\n"
        "       [http-link] sections.featured[0].url\n\n"
    )
    assert result.stderr == "1 warning.\n"


def test_errors_exit_with_1_and_warnings_when_strict(run: Run, folder: Path) -> None:
    """A warning fails only a strict check; an error fails every check."""
    write_publication(folder, _1=HTTP, _2=ISSUE.replace("2024-05-05", "2024-05-12"), _3=BAD)
    run("check", "1", code=0)
    run("check", "1", "--strict", code=1)
    run("check", "3", code=1)


def test_all_findings_of_a_file_are_in_the_order_of_its_lines(run: Run, folder: Path) -> None:
    """Rules also check an issue that does not validate, and no problem is reported twice."""
    wrong = BAD.replace("date: 2024-05-05", "date: 5 May").replace("A lens is", "TODO A lens is")
    write_publication(folder, _1=wrong)
    found = json.loads(run("check", "issues/1.yaml", "--json", code=1).stdout)
    assert [(problem["line"], problem["rule"]) for problem in found] == [
        (2, "schema"),
        (11, "entry-without-title"),
        (12, "http-link"),
        (14, "placeholder"),
    ]


def test_problems_of_the_publication_are_findings(run: Run, folder: Path) -> None:
    """An invalid newsletter.yaml is reported in every format, as problems of an issue are."""
    write_publication(folder, publication="name: The Weekly Lens\n", _1=ISSUE)
    (first, *_) = json.loads(run("check", "--json", code=1).stdout)
    assert (first["file"], first["rule"], first["message"]) == ("newsletter.yaml", "schema", "`site_url` is missing")
    assert run("check", "--format", "github", code=1).stdout.startswith("::error file=newsletter.yaml,line=1,")
    assert json.loads(run("check", "--format", "sarif", code=1).stdout)["runs"][0]["results"]
    assert "[schema]" in run("check", code=1).stdout


def test_a_syntax_error_is_reported_once(run: Run, folder: Path) -> None:
    """Of a file that is not YAML, only the first error is reported, as a finding."""
    write_publication(folder, _1=ISSUE + "  papers: [\n")
    (problem,) = json.loads(run("check", "issues/1.yaml", "--json", code=1).stdout)
    assert problem["rule"] == "schema"


def test_all_checks_the_whole_archive(run: Run, folder: Path) -> None:
    """`--all` checks every issue, including those that cannot be read, and prints a summary."""
    second = HTTP.replace("2024-05-05", "2024-05-12").replace("number: 1\n", "")
    third = second.replace("2024-05-12", "2024-05-19") + "x: y\n"
    write_publication(folder, _1=ISSUE, _2=second, _3=third)
    result = run("check", "--all", "--json", code=1)
    assert {problem["file"] for problem in json.loads(result.stdout)} == {"issues/2.yaml", "issues/3.yaml"}
    assert "in 3 issues." in result.stderr
    assert "--all" in run("check", "--all", "1", code=2).stderr


def test_findings_become_annotations_on_github(run: Run, folder: Path) -> None:
    """`--format github` prints a workflow command for each finding."""
    write_publication(folder, _1=HTTP)
    assert run("check", "--format", "github", code=0).stdout == (
        "::warning file=issues/1.yaml,line=13,col=12,title=http-link::this URL begins with `http:`"
        "%0ATry https://example.com/lenses and write it if it works.\n"
    )


def test_an_annotation_is_escaped() -> None:
    """Line ends, percent signs, colons and commas are escaped as GitHub expects."""
    problem = Problem("a,b:c%.yaml", 1, 2, "50%\r\n::error::x", rule="schema", severity=Severity.INFORMATION)
    assert github_annotation(problem) == (
        "::notice file=a%2Cb%3Ac%25.yaml,line=1,col=2,title=schema::50%25%0D%0A::error::x"
    )


def test_findings_become_a_sarif_log(run: Run, folder: Path) -> None:
    """`--format sarif` is a SARIF 2.1.0 log with the help of all rules and the location of each finding."""
    write_publication(folder, _1=BAD)
    log = json.loads(run("check", "1", "--format", "sarif", code=1).stdout)
    assert log["version"] == "2.1.0"
    (one,) = log["runs"]
    rules = one["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(rules_by_id())
    assert all(rule["help"]["text"] and rule["shortDescription"]["text"] for rule in rules)
    results: list[dict[str, Any]] = one["results"]
    assert [rules[result["ruleIndex"]]["id"] for result in results] == [result["ruleId"] for result in results]
    assert {result["level"] for result in results} == {"warning", "error"}
    location = results[1]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "issues/1.yaml"
    assert location["region"] == {
        "startLine": 12,
        "startColumn": 12,
        "snippet": {"text": "      url: http://example.com/lenses"},
    }
    assert one["columnKind"] == "unicodeCodePoints"


def test_a_sarif_log_has_the_structure_of_the_standard(run: Run, folder: Path) -> None:
    """For an issue with errors and warnings, and for a file that is not YAML."""
    write_publication(folder, _1=BAD.replace("How", "Löw"), _2=ISSUE + "  papers: [\n")
    for name in ("1", "2"):
        log = json.loads(run("check", name, "--format", "sarif", code=1).stdout)
        validate(log, SCHEMA)
        assert log["runs"][0]["results"]


def junit(text: str) -> ElementTree.Element:
    """Parse a JUnit report, and compare its numbers with its test cases."""
    root = ElementTree.fromstring(text.encode())
    assert root.tag == "testsuites"
    for element in (root, *root):
        for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert element.get(name) == str(len(list(element.iter(tag))))
    return root


def test_findings_become_a_junit_report(run: Run, folder: Path) -> None:
    """A suite for each file: errors are failures, warnings are shown as skipped, a file without findings has passed."""
    write_publication(folder, _1=BAD, _2=ISSUE.replace("2024-05-05", "2024-05-12").replace("number: 1\n", ""))
    root = junit(
        run("check", "issues/1.yaml", "2", "--only", "medium", "--only", "issue", "--format", "junit", code=1).stdout
    )
    first, second = root
    assert (first.get("name"), second.get("name")) == ("issues/1.yaml", "issues/2.yaml")
    cases = [(case.get("name"), case.get("classname"), case.get("line"), case[0].tag) for case in first]
    assert cases == [
        ("entry-without-title 11:7", "issues/1.yaml", "11", "failure"),
        ("http-link 12:12", "issues/1.yaml", "12", "skipped"),
    ]
    assert [(case[0].get("message"), case[0].get("type")) for case in first] == [
        ("`title` is missing", "error"),
        ("warning: this URL begins with `http:`", None),
    ]
    assert "Try https://example.com/lenses" in (first[1][0].text or "")


def test_a_strict_junit_report_fails_on_warnings(run: Run, folder: Path) -> None:
    """What makes the command exit with 1 is a failure."""
    write_publication(folder, _1=HTTP)
    assert junit(run("check", "--format", "junit", code=0).stdout).get("failures") == "0"
    assert junit(run("check", "--format", "junit", "--strict", code=1).stdout).get("failures") == "1"


def test_a_junit_report_passes_and_has_errors(run: Run, folder: Path) -> None:
    """A file without findings is a test case that passed; what could not be checked is an error."""
    write_publication(folder, _1=ISSUE)
    passed = junit(run("check", "--format", "junit", code=0).stdout)
    assert [(case.get("name"), len(case)) for case in passed.iter("testcase")] == [("no problems found", 0)]
    failed = junit(run("check", "nowhere", "--format", "junit", code=1).stdout)
    assert [(error.get("type"), "nowhere" in str(error.get("message"))) for error in failed.iter("error")] == [
        ("NotFoundError", True)
    ]


def test_a_junit_report_is_xml_whatever_a_finding_contains() -> None:
    """Markup is escaped, and characters that XML forbids are replaced."""
    problem = Problem("<&>.yaml", 1, 1, ']]> <b> & \x00\x1b\ufffe \ud800 "', "é", source="\x08 x", rule="schema")
    (suite,) = junit(junit_report([], [problem], [], [Severity.ERROR]))
    assert suite.get("name") == "<&>.yaml"
    assert suite[0][0].get("message") == ']]> <b> & \ufffd\ufffd\ufffd \ufffd "'


def test_all_ends_with_a_summary_by_rule(run: Run, folder: Path) -> None:
    """With --all: the severity, the number of findings and of files of each rule, the most frequent first."""
    second = HTTP.replace("2024-05-05", "2024-05-12").replace("number: 1\n", "").replace("A lens is", "The the lens is")
    write_publication(
        folder,
        _1=HTTP,
        _2=second,
        _3=second.replace("2024-05-12", "2024-05-19").replace("      title: How lenses are ground\n", ""),
    )
    result = run("check", "--all", "--only", "issue", code=1)
    lines = result.stderr.splitlines()
    assert lines[-1] == "1 error, 9 warnings in 3 issues."
    assert lines[:-1] == [
        "error        1  entry-without-title  in 1 file",
        "warning      3  http-link            in 3 files",
        "warning      2  doubled-word         in 2 files",
        "warning      2  highlight-repeated   in 2 files",
        "warning      2  story-ran-before     in 2 files",
    ]
    assert "entry-without-title  in" not in run("check", "3", "--only", "issue", code=1).stderr


def test_a_finding_that_can_be_fixed_names_the_option(run: Run, folder: Path) -> None:
    """The last line suggests --fix, unless nothing can be fixed or it was used."""
    write_publication(folder, _1=ISSUE.replace("https://example.com/lenses", "https://example.com/lenses?utm_source=x"))
    last = "Add `--fix` to remove tracking parameters and redirects.\n"
    assert run("check", code=0).stderr.endswith(last)
    assert last not in run("check", "--fix", "--yes", code=0).stderr


def test_the_newest_issue_is_checked_if_it_is_invalid(run: Run, folder: Path) -> None:
    """Without a name, the newest issue is checked, and an invalid date is a finding."""
    write_publication(folder, _1=ISSUE.replace("2024-05-05", "5 May"))
    (problem,) = json.loads(run("check", "--json", code=1).stdout)
    assert (problem["file"], problem["line"], problem["rule"]) == ("issues/1.yaml", 2, "schema")


def test_examples_of_the_scaffold_are_reported_once(run: Run, folder: Path) -> None:
    """An example of `init` is reported at its line of newsletter.yaml, once for several issues."""
    write_publication(folder, publication=PUBLICATION.replace("lens@", "news@"), _1=ISSUE, _2=ISSUE)
    found = json.loads(run("check", "1", "2", "--json", code=0).stdout)
    assert [(p["file"], p["line"]) for p in found if p["rule"] == "scaffold-left"] == [("newsletter.yaml", 4)]


def test_only_offers_the_subjects_of_the_rules() -> None:
    """`--only` offers the issue and its outputs; the message is checked with the email."""
    assert {*SUBJECTS, "message", "publication", "network"} == set(Subject)


def commands(text: str) -> list[str]:
    """Return the arguments of each call of `newsletter` in a file."""
    return re.findall(r"(?:entry|run): newsletter (.+)", text)


@pytest.mark.parametrize("name", [".pre-commit-hooks.yaml", "docs/examples/check.yml"])
def test_the_command_of_a_sample_works(name: str, run: Run, folder: Path) -> None:
    """The pre-commit hook and the workflow are valid YAML, and their command runs on a publication."""
    text = (REPOSITORY / name).read_text()
    assert yaml.safe_load(text)
    (line,) = commands(text)
    write_publication(folder, _1=ISSUE)
    run(*line.split(), code=0)


def test_the_hook_runs_on_issues(folder: Path) -> None:
    """The hook's pattern matches only issues, and its entry is a command that the package installs."""
    (hook,) = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text())
    assert re.search(hook["files"], "issues/029.yaml")
    assert not re.search(hook["files"], "issues/images/029.yaml")
    assert not re.search(hook["files"], "newsletter.yaml")
    scripts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["scripts"]
    assert hook["entry"].split()[0] in scripts
    # One summary for all files, and warnings are shown even if the commit passes.
    assert hook["require_serial"] is hook["verbose"] is True
    assert CliRunner().invoke(check, ["--help"]).exit_code == 0
    assert hook["entry"].split()[1] in main.commands_in


def test_a_template_error_hides_no_finding(run: Run, folder: Path) -> None:
    """If the email cannot be rendered, the findings on the issue are reported as well as the template error."""
    write_publication(folder, _1=ISSUE.replace("https://example.com/lenses", "https://example.com/lenses?utm_source=x"))
    (folder / "templates").mkdir()
    (folder / "templates/email.mjml").write_text("{{ nothing.there }}")
    result = run("check", code=1)
    assert "[tracking-parameters]" in result.stdout
    assert "email.mjml" in result.stderr


@pytest.mark.parametrize(
    ("rule", "path", "last_line"),
    [
        ("doubled-word", "sections.papers[0].comment", "       [doubled-word] sections.papers[0].comment"),
        ("doubled-word", "", "       [doubled-word]"),
        ("", "sections.papers[0].comment", "       sections.papers[0].comment"),
        ("", "", "       = Remove one."),
    ],
)
def test_the_last_line_of_a_problem_shows_its_rule_and_path(rule: str, path: str, last_line: str) -> None:
    """Below the advice, a dim line contains the rule and the path; there is none if a problem has neither."""
    text = format_problem(Problem("issues/1.yaml", 3, 1, "repeated word", "Remove one.", path, rule=rule))
    assert click.unstyle(text).splitlines()[0] == "issues/1.yaml:3:1: error: repeated word"
    assert click.unstyle(text).splitlines()[-1] == last_line
    assert text.count("\x1b[2m") == (2 if rule or path else 1)
