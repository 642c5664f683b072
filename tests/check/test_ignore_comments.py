"""Silence: what an author does not want to hear, and where."""

import json
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.publications import ISSUE, PUBLICATION, write_publication

HTTP = ISSUE.replace("https://example.com/lenses", "http://example.com/lenses")


def rules(run: Run, *arguments: str) -> list[tuple[str, int, str]]:
    """The file, the line and the rule of everything that is found."""
    found = json.loads(run("check", "--json", *arguments).stdout)
    return [(problem["file"], problem["line"], problem["rule"]) for problem in found]


def test_a_rule_is_silenced_for_the_publication(run: Run, folder: Path) -> None:
    """A rule named under `checks.ignore` finds nothing."""
    write_publication(folder, _1=HTTP)
    assert rules(run) == [("issues/1.yaml", 13, "http-link")]
    write_publication(folder, publication=PUBLICATION + "checks:\n  ignore: [http-link]\n", _1=HTTP)
    assert rules(run) == []


def test_an_unknown_rule_in_the_settings_is_an_error_at_its_place(run: Run, folder: Path) -> None:
    """A slip of the pen gets a did-you-mean, and nothing is checked in the meantime."""
    write_publication(folder, publication=PUBLICATION + "checks:\n  ignore:\n    - htpp-link\n", _1=HTTP)
    told = run("check", code=1).stdout
    assert "newsletter.yaml:10:7: error: `htpp-link` is the id of no rule\n" in told
    assert "\n       [schema] checks.ignore[0]\n" in told
    assert "Did you mean `http-link`?" in told


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
def test_a_comment_silences_at_its_place(before: str, after: str, run: Run, folder: Path) -> None:
    """On the line, above it, or at the beginning of the entry: the rule is silent there."""
    assert before in HTTP
    write_publication(folder, _1=HTTP.replace(before, after))
    assert {rule for _, _, rule in rules(run)} <= {"useless-ignore"}


@pytest.mark.parametrize("field", ["title: How lenses are ground TODO", "comment: TODO say it"])
def test_a_comment_may_stand_after_a_text(field: str, run: Run, folder: Path) -> None:
    """After words, where any other comment would be taken for a part of them, this one is meant."""
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
def test_a_text_or_a_comment_elsewhere_silences_nothing(before: str, after: str, run: Run, folder: Path) -> None:
    """What stands in a text is a text, and a comment at another place is for that place."""
    assert before in HTTP
    write_publication(folder, _1=HTTP.replace(before, after))
    assert "http-link" in {rule for _, _, rule in rules(run)}


def test_a_comment_that_silences_nothing_is_told(run: Run, folder: Path) -> None:
    """A comment without use, or with the id of no rule, is a warning at the id."""
    write_publication(
        folder, _1=ISSUE.replace("    - id: lens", "    # check: ignore=http-link,nonsense\n    - id: lens")
    )
    found = json.loads(run("check", "--json", code=0).stdout)
    assert [(problem["line"], problem["column"], problem["rule"]) for problem in found] == [
        (11, 21, "useless-ignore"),
        (11, 31, "useless-ignore"),
    ]
    # Whoever looks at a part only does not know.
    write_publication(folder, _1=ISSUE.replace("    - id: lens", "    # check: ignore=http-link\n    - id: lens"))
    assert rules(run, "--only", "medium") == []


def test_what_nothing_can_be_rendered_from_is_never_silenced(run: Run, folder: Path) -> None:
    """An error of the schema stays one, whatever is ignored; under its own name, where its rule is."""
    broken = ISSUE.replace("https://example.com/lenses", "ftp://example.com/lenses")
    settings = PUBLICATION + "checks:\n  ignore: [schema, malformed-url]\n"
    write_publication(
        folder, publication=settings, _1=broken.replace("    - id:", "    # check: ignore=schema\n    - id:")
    )
    assert ("issues/1.yaml", 14, "schema") in rules(run)
    write_publication(folder, _1=broken)
    assert rules(run) == [("issues/1.yaml", 13, "malformed-url")]
