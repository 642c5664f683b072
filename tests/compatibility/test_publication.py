"""The publication of 7cfa81f: every output is the same, byte for byte."""

import json
from pathlib import Path

import pytest

from tests.compatibility.opened import EXPECTED, expected, expected_json, served, without_padding
from tests.conftest import Run

pytestmark = pytest.mark.slow

ISSUES = ("001", "2026-light", "003")
# Fields with prose, which may be reworded.
_PROSE = ("message", "advice")
# Feeds have the subtitle after a title that is only a number.
_TITLE, _SUBTITLE = b"No. 1", b"What the sea said this week & what we heard"
_FEED_TITLES = {
    "feed.json": (b'"title": "%s"' % _TITLE, b'"title": "%s: %s"' % (_TITLE, _SUBTITLE)),
    "feed.xml": (b"<title>%s<" % _TITLE, b"<title>%s: %s<" % (_TITLE, _SUBTITLE.replace(b"&", b"&amp;"))),
}


def _files(folder: str) -> list[str]:
    return sorted(str(path.relative_to(EXPECTED / folder)) for path in (EXPECTED / folder).rglob("*") if path.is_file())


def test_rendered_issues_are_unchanged(publication: Path, run: Run) -> None:
    """The email, its text part and the Medium story, with the templates and labels of the publication, are the same."""
    printed = run("render", "all", *ISSUES, code=0).stdout.splitlines()
    files = _files("render")
    assert sorted(printed) == [f"build/{file}" for file in files]
    for file in files:
        made, before = (publication / "build" / file).read_bytes(), expected(f"render/{file}")
        assert without_padding(made.decode()) == without_padding(before.decode()), file


def test_findings_are_unchanged(publication: Path, run: Run) -> None:
    """The checks give the same findings, locations and exit codes. Only prose may change."""
    for options, code in (([], 0), (["--strict"], 1)):
        found = json.loads(run("check", "--all", "--json", *options, code=code).stdout)
        before = expected_json("check.json")
        assert [set(finding) for finding in found] == [set(finding) for finding in before]
        for finding in (*found, *before):
            for name in _PROSE:
                assert isinstance(finding.pop(name), str)
        assert found == before


def test_exit_codes_are_unchanged(publication: Path, run: Run) -> None:
    """`check` exits with 1 for an issue with an error, and for a missing issue."""
    issue = publication / "issues" / "003.yaml"
    issue.write_text(issue.read_text().replace("title: A rope", "title:"))
    (found,) = [
        each for each in json.loads(run("check", "003", "--json", code=1).stdout) if each["severity"] == "error"
    ]
    assert (found["rule"], found["path"], found["line"]) == ("entry-without-title", "sections.other[0].title", 18)
    run("check", "nothing", code=1)


def test_the_list_is_unchanged(publication: Path, run: Run) -> None:
    """`list --json` prints the same."""
    assert run("list", "--json", code=0).stdout.encode() == expected("list.json")


def test_the_archive_is_unchanged(publication: Path, run: Run) -> None:
    """Its pages and feeds are the same, and there are no others."""
    run("build", code=0)
    site = publication / "build" / "site"
    files = _files("site")
    pages = [str(path.relative_to(site)) for path in site.rglob("*.html")]
    assert sorted(pages) == [file for file in files if file.endswith(".html")]
    for file in files:
        before = expected(f"site/{file}")
        if file in _FEED_TITLES:
            before = before.replace(*_FEED_TITLES[file])
        assert (site / file).read_bytes() == before, file


def test_an_issue_from_the_inbox_is_unchanged(publication: Path, run: Run) -> None:
    """`new-issue --from-inbox` fills the scaffold of the publication and leaves the same inbox."""
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
def test_live_pages_are_unchanged(outbox: Path, path: str, status: int, file: str) -> None:
    """Pages that need no signed link, with the templates of the publication, are the same."""
    with served(outbox) as pages:
        assert pages.get(path) == (status, expected(f"pages/{file}").decode())
