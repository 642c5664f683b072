"""The publication that 7cfa81f wrote: every output is the same, byte for byte."""

import json
from pathlib import Path

import pytest

from tests.compatibility.opened import EXPECTED, expected, expected_json, served
from tests.conftest import Run

pytestmark = pytest.mark.slow

ISSUES = ("001", "2026-light", "003")
# What people read, in which words may change.
_PROSE = ("message", "advice")


def _files(folder: str) -> list[str]:
    return sorted(str(path.relative_to(EXPECTED / folder)) for path in (EXPECTED / folder).rglob("*") if path.is_file())


def test_every_issue_renders_as_before(publication: Path, run: Run) -> None:
    """The email, its text part and the Medium story, through templates and labels of the publication's own."""
    printed = run("render", "all", *ISSUES, code=0).stdout.splitlines()
    files = _files("render")
    assert sorted(printed) == [f"build/{file}" for file in files]
    for file in files:
        assert (publication / "build" / file).read_bytes() == expected(f"render/{file}"), file


def test_every_finding_is_as_before(publication: Path, run: Run) -> None:
    """The rules find the same in the same places, and exit with the same code; only their prose may change."""
    for options, code in (([], 0), (["--strict"], 1)):
        found = json.loads(run("check", "--all", "--json", *options, code=code).stdout)
        before = expected_json("check.json")
        assert [set(finding) for finding in found] == [set(finding) for finding in before]
        for finding in (*found, *before):
            for name in _PROSE:
                assert isinstance(finding.pop(name), str)
        assert found == before


def test_an_error_exits_as_before(publication: Path, run: Run) -> None:
    """An issue with an error exits with 1, and one that is missing, too."""
    issue = publication / "issues" / "003.yaml"
    issue.write_text(issue.read_text().replace("title: A rope", "title:"))
    (found,) = [
        each for each in json.loads(run("check", "003", "--json", code=1).stdout) if each["severity"] == "error"
    ]
    assert (found["rule"], found["path"], found["line"]) == ("entry-without-title", "sections.other[0].title", 18)
    run("check", "nothing", code=1)


def test_the_list_is_as_before(publication: Path, run: Run) -> None:
    """`list --json` says the same of every issue."""
    assert run("list", "--json", code=0).stdout.encode() == expected("list.json")


def test_the_archive_is_built_as_before(publication: Path, run: Run) -> None:
    """Its pages and feeds are the same; there is no page more or less."""
    run("build", code=0)
    site = publication / "build" / "site"
    files = _files("site")
    pages = [str(path.relative_to(site)) for path in site.rglob("*.html")]
    assert sorted(pages) == [file for file in files if file.endswith(".html")]
    for file in files:
        assert (site / file).read_bytes() == expected(f"site/{file}"), file


def test_the_next_issue_takes_the_inbox_as_before(publication: Path, run: Run) -> None:
    """`new-issue --from-inbox` fills the publication's own scaffold, and leaves the same inbox."""
    assert run("new-issue", "--from-inbox", code=0).stdout == "issues/004.yaml\n"
    assert (publication / "issues" / "004.yaml").read_bytes() == expected("new-issue/004.yaml")
    assert (publication / "inbox.yaml").read_bytes() == expected("new-issue/inbox.yaml")


@pytest.mark.parametrize(
    ("path", "status", "file"),
    [
        ("subscribe", 200, "subscribe.html"),
        ("nothing-here", 404, "missing.html"),
        ("confirm/broken", 400, "broken-link.html"),
        ("pages.css", 200, "pages.css"),
    ],
)
def test_the_live_pages_are_as_before(outbox: Path, path: str, status: int, file: str) -> None:
    """Pages that need no link, through templates of the publication's own."""
    with served(outbox) as pages:
        assert pages.get(path) == (status, expected(f"pages/{file}").decode())
