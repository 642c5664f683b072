"""What `newsletter check` prints and how it exits."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner

from newsletter.check.formats.github import annotation
from newsletter.check.registry import rules_by_id
from newsletter.check.rule import Subject
from newsletter.cli.check import SUBJECTS, check
from newsletter.cli.main import main
from newsletter.cli.terminal import problem_text
from newsletter.errors import Problem, Severity
from tests.conftest import REPOSITORY, Run
from tests.publications import ISSUE, PUBLICATION, write_publication

HTTP = ISSUE.replace("https://example.com/lenses", "http://example.com/lenses")
BAD = HTTP.replace("      title: How lenses are ground\n", "")


def test_the_terminal_shows_the_line_the_caret_and_the_rule(run: Run, folder: Path) -> None:
    """A finding is its place, what is wrong, its rule, the line with a caret, and what to do."""
    write_publication(folder, _1=HTTP)
    result = run("check", code=0)
    assert result.stdout == (
        "issues/1.yaml:13:12: warning: this URL begins with http:\n"
        "    13 │       url: http://example.com/lenses\n"
        "       │            ^\n"
        "       = Try https://example.com/lenses and write it if it works.\n"
        "       [http-link] sections.featured[0].url\n\n"
    )
    assert result.stderr == "1 warning.\n"


def test_errors_exit_with_1_and_warnings_when_strict(run: Run, folder: Path) -> None:
    """A warning fails a strict check only; an error fails any."""
    write_publication(folder, _1=HTTP, _2=ISSUE.replace("2024-05-05", "2024-05-12"), _3=BAD)
    run("check", "1", code=0)
    run("check", "1", "--strict", code=1)
    run("check", "3", code=1)


def test_all_findings_of_a_file_stand_together_in_the_order_of_its_lines(run: Run, folder: Path) -> None:
    """An issue that does not validate is looked at by the rules, too, and no fault is told twice."""
    wrong = BAD.replace("date: 2024-05-05", "date: 5 May").replace("A lens is", "TODO A lens is")
    write_publication(folder, _1=wrong)
    found = json.loads(run("check", "issues/1.yaml", "--json", code=1).stdout)
    assert [(problem["line"], problem["rule"]) for problem in found] == [
        (2, "schema"),
        (11, "entry-without-title"),
        (12, "http-link"),
        (14, "placeholder"),
    ]


def test_faults_of_the_publication_are_findings(run: Run, folder: Path) -> None:
    """A newsletter.yaml with which nothing can be checked is told in every form, as an issue's faults are."""
    write_publication(folder, publication="name: The Weekly Lens\n", _1=ISSUE)
    (first, *_) = json.loads(run("check", "--json", code=1).stdout)
    assert (first["file"], first["rule"], first["message"]) == ("newsletter.yaml", "schema", "`site_url` is missing")
    assert run("check", "--format", "github", code=1).stdout.startswith("::error file=newsletter.yaml,line=1,")
    assert json.loads(run("check", "--format", "sarif", code=1).stdout)["runs"][0]["results"]
    assert "[schema]" in run("check", code=1).stdout


def test_broken_yaml_is_told_once(run: Run, folder: Path) -> None:
    """Of a file that is no YAML, the first fault is told, as a finding."""
    write_publication(folder, _1=ISSUE + "  papers: [\n")
    (problem,) = json.loads(run("check", "issues/1.yaml", "--json", code=1).stdout)
    assert problem["rule"] == "schema"


def test_the_whole_archive_is_checked(run: Run, folder: Path) -> None:
    """`--all` checks every issue, those that cannot be read too, and sums up."""
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
        "::warning file=issues/1.yaml,line=13,col=12,title=http-link::this URL begins with http:"
        "%0ATry https://example.com/lenses and write it if it works.\n"
    )


def test_an_annotation_cannot_be_broken_out_of() -> None:
    """Line ends, percent signs, colons and commas are escaped as GitHub reads them."""
    problem = Problem("a,b:c%.yaml", 1, 2, "50%\r\n::error::x", rule="schema", severity=Severity.INFORMATION)
    assert annotation(problem) == ("::notice file=a%2Cb%3Ac%25.yaml,line=1,col=2,title=schema::50%25%0D%0A::error::x")


def test_findings_become_a_sarif_log(run: Run, folder: Path) -> None:
    """`--format sarif` is a SARIF 2.1.0 log: every rule with its help, every finding with its place."""
    write_publication(folder, _1=BAD)
    log = json.loads(run("check", "1", "--format", "sarif", code=1).stdout)
    assert log["version"] == "2.1.0"
    (one,) = log["runs"]
    described = one["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in described] == list(rules_by_id())
    assert all(rule["help"]["text"] and rule["shortDescription"]["text"] for rule in described)
    results: list[dict[str, Any]] = one["results"]
    assert [described[result["ruleIndex"]]["id"] for result in results] == [result["ruleId"] for result in results]
    assert {result["level"] for result in results} == {"warning", "error"}
    place = results[1]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "issues/1.yaml"
    assert place["region"] == {
        "startLine": 12,
        "startColumn": 12,
        "snippet": {"text": "      url: http://example.com/lenses"},
    }
    assert one["columnKind"] == "unicodeCodePoints"


def test_the_newest_issue_is_named_where_it_cannot_be_read(run: Run, folder: Path) -> None:
    """Without a name, an issue whose head has a fault is a finding, not a refusal."""
    write_publication(folder, _1=ISSUE.replace("2024-05-05", "5 May"))
    (problem,) = json.loads(run("check", "--json", code=1).stdout)
    assert (problem["file"], problem["line"], problem["rule"]) == ("issues/1.yaml", 2, "schema")


def test_examples_of_the_scaffold_are_told_once(run: Run, folder: Path) -> None:
    """What `init` filled in is told at its line of newsletter.yaml, once for many issues."""
    write_publication(folder, publication=PUBLICATION.replace("lens@", "news@"), _1=ISSUE, _2=ISSUE)
    found = json.loads(run("check", "1", "2", "--json", code=0).stdout)
    assert [(p["file"], p["line"]) for p in found if p["rule"] == "scaffold-left"] == [("newsletter.yaml", 4)]


def test_what_can_be_looked_at_alone_is_what_rules_look_at() -> None:
    """`--only` offers the issue and what is rendered from it; the message is looked at with its email."""
    assert {*SUBJECTS, "message", "publication", "network"} == set(Subject)


def commands(text: str) -> list[str]:
    """The calls of `newsletter` in a file."""
    return re.findall(r"(?:entry|run): newsletter (.+)", text)


@pytest.mark.parametrize("name", [".pre-commit-hooks.yaml", "docs/examples/check.yml"])
def test_a_sample_calls_what_there_is(name: str, run: Run, folder: Path) -> None:
    """The hook and the workflow parse, and their command runs on a publication."""
    text = (REPOSITORY / name).read_text()
    assert yaml.safe_load(text)
    (line,) = commands(text)
    write_publication(folder, _1=ISSUE)
    run(*line.split(), code=0)


def test_the_hook_is_called_with_issues(folder: Path) -> None:
    """The hook's pattern fits issues and nothing else, and it is installed by the package's own command."""
    (hook,) = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text())
    assert re.search(hook["files"], "issues/029.yaml")
    assert not re.search(hook["files"], "issues/images/029.yaml")
    assert not re.search(hook["files"], "newsletter.yaml")
    scripts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["scripts"]
    assert hook["entry"].split()[0] in scripts
    # One summary for all files, and warnings shown though the commit passes.
    assert hook["require_serial"] is hook["verbose"] is True
    assert CliRunner().invoke(check, ["--help"]).exit_code == 0
    assert hook["entry"].split()[1] in main.commands_in


def test_a_template_that_fails_hides_no_finding(run: Run, folder: Path) -> None:
    """Where the email cannot be rendered, the faults of the issue are told all the same, and the template's too."""
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
    text = problem_text(Problem("issues/1.yaml", 3, 1, "repeated word", "Remove one.", path, rule=rule))
    assert click.unstyle(text).splitlines()[0] == "issues/1.yaml:3:1: error: repeated word"
    assert click.unstyle(text).splitlines()[-1] == last_line
    assert text.count("\x1b[2m") == (2 if rule or path else 1)
