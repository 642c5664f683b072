"""Ignoring rules, for a publication and by comments."""

import json
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.publications import ISSUE, PUBLICATION, write_publication

HTTP = ISSUE.replace("https://example.com/lenses", "http://example.com/lenses")


def rules(run: Run, *arguments: str) -> list[tuple[str, int, str]]:
    """Return the file, line and rule of each finding."""
    found = json.loads(run("check", "--json", *arguments).stdout)
    return [(problem["file"], problem["line"], problem["rule"]) for problem in found]


def test_a_publication_ignores_a_rule(run: Run, folder: Path) -> None:
    """A rule in `checks.ignore` finds nothing."""
    write_publication(folder, _1=HTTP)
    assert rules(run) == [("issues/1.yaml", 13, "http-link")]
    write_publication(folder, publication=PUBLICATION + "checks:\n  ignore: [http-link]\n", _1=HTTP)
    assert rules(run) == []


def test_an_unknown_rule_in_the_settings_is_an_error_at_its_line(run: Run, folder: Path) -> None:
    """The advice suggests a similar rule id, and nothing else is checked."""
    write_publication(folder, publication=PUBLICATION + "checks:\n  ignore:\n    - htpp-link\n", _1=HTTP)
    output = run("check", code=1).stdout
    assert "newsletter.yaml:10:7: error: unknown rule `htpp-link`\n" in output
    assert "\n       [schema] checks.ignore[0]\n" in output
    assert "Did you mean `http-link`?" in output


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("      url: http", "      # check: ignore=http-link\n      url: http"),
        ("example.com/lenses\n", "example.com/lenses # check: ignore=http-link\n"),
        ("example.com/lenses\n", "example.com/lenses  #check: ignore = bare-url , http-link\n"),
        ("    - id: lens", "    # An old site.\n    # check: ignore=http-link\n    - id: lens"),
        ("    - id: lens", "    # check: ignore=http-link\n    # It has no https.\n    - id: lens"),
        ("    - id: lens", "    - id: lens # check: ignore=http-link"),
    ],
)
def test_a_comment_ignores_a_rule_in_its_place(before: str, after: str, run: Run, folder: Path) -> None:
    """A comment on the line, above it, or at the start of the entry ignores the rule there."""
    assert before in HTTP
    write_publication(folder, _1=HTTP.replace(before, after))
    assert {rule for _, _, rule in rules(run)} <= {"useless-ignore"}


@pytest.mark.parametrize("field", ["title: How lenses are ground TODO", "comment: TODO say it"])
def test_a_comment_after_a_text_ignores_a_rule(field: str, run: Run, folder: Path) -> None:
    """After a text, an ignore comment works as any YAML comment does."""
    name = field.partition(":")[0]
    text = "\n".join(
        f"      {field} # check: ignore=placeholder" if line.strip().startswith(name + ":") and line[0] == " " else line
        for line in ISSUE.replace("        A lens is *ground* before it is polished.\n", "").splitlines()
    )
    if name == "title":
        text = text.replace("comment: |", "comment: A lens.")
    write_publication(folder, _1=text + "\n")
    assert rules(run) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("title: How lenses", 'title: "# check: ignore=http-link" #'),
        ("        A lens is", "        # check: ignore=http-link\n        A lens is"),
        ("sections:", "# check: ignore=http-link\n\nsections:"),
        ("    - A story about", "    # check: ignore=http-link\n    - A story about"),
    ],
)
def test_a_text_or_a_comment_elsewhere_ignores_nothing(before: str, after: str, run: Run, folder: Path) -> None:
    """A comment inside a text is text, and a comment in another place applies to that place."""
    assert before in HTTP
    write_publication(folder, _1=HTTP.replace(before, after))
    assert "http-link" in {rule for _, _, rule in rules(run)}


def test_an_unused_comment_is_reported(run: Run, folder: Path) -> None:
    """An unused comment, or one with an unknown rule id, is a warning at the id."""
    write_publication(
        folder, _1=ISSUE.replace("    - id: lens", "    # check: ignore=http-link,nonsense\n    - id: lens")
    )
    found = json.loads(run("check", "--json", code=0).stdout)
    assert [(problem["line"], problem["column"], problem["rule"]) for problem in found] == [
        (11, 21, "useless-ignore"),
        (11, 31, "useless-ignore"),
    ]
    # With --only, rules that are not applied do not make a comment unused.
    write_publication(folder, _1=ISSUE.replace("    - id: lens", "    # check: ignore=http-link\n    - id: lens"))
    assert rules(run, "--only", "medium") == []


def test_errors_that_prevent_rendering_cannot_be_ignored(run: Run, folder: Path) -> None:
    """A validation error remains even if its rule is ignored, then with the id `schema`."""
    broken = ISSUE.replace("https://example.com/lenses", "ftp://example.com/lenses")
    settings = PUBLICATION + "checks:\n  ignore: [schema, malformed-url]\n"
    write_publication(
        folder, publication=settings, _1=broken.replace("    - id:", "    # check: ignore=schema\n    - id:")
    )
    assert ("issues/1.yaml", 14, "schema") in rules(run)
    write_publication(folder, _1=broken)
    assert rules(run) == [("issues/1.yaml", 13, "malformed-url")]
