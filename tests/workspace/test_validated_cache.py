"""What earlier commands cached of the settings and the heads of issues never changes what a command prints."""

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.documents.source import Source
from newsletter.issue.known_heads import KnownHeads
from newsletter.issue.read_head import read_head
from newsletter.workspace.workspace import Workspace
from tests.conftest import Run
from tests.publications import ISSUE, PUBLICATION, write_publication


@pytest.fixture
def listed(run: Run, folder: Path) -> Path:
    """Write a publication with one issue and list it, so that both are cached. Returns the folder."""
    write_publication(folder, _1=ISSUE)
    assert run("list").stdout.splitlines()[1].startswith("1     2024-05-05  published       1")
    assert (folder / ".newsletter/validated").exists()
    return folder


def test_known_heads_follow_the_files(run: Run, listed: Path) -> None:
    """An issue that was changed, renamed or deleted is listed as it is now."""
    issue = listed / "issues/1.yaml"
    issue.write_text(
        ISSUE.replace("status: published", "status: draft").replace("  featured:\n    - id", "  papers:\n    - id")
    )
    assert " draft " in (found := run("list").stdout)
    assert "(0+0+1+0+0)" in found
    issue.rename(listed / "issues/one.yaml")
    assert run("list").stdout.splitlines()[1].startswith("one ")
    (listed / "issues/one.yaml").write_text(ISSUE.replace("2024-05-05", "never"))
    assert "not a valid date" in run("list", code=1).stderr


def test_known_settings_follow_the_file(run: Run, listed: Path) -> None:
    """Sections, title and errors are those of newsletter.yaml as it is now."""
    settings = listed / "newsletter.yaml"
    settings.write_text(PUBLICATION + "issue_title: Lens {number}\nsections:\n  news: News\n")
    assert "(0+1)" in run("list").stdout
    run("new-issue")
    assert "Lens 2" in run("list").stdout
    settings.write_text(PUBLICATION + "unknown: 1\n")
    assert "unknown" in run("list", code=1).stderr
    settings.write_text(PUBLICATION)
    assert "(1+0+0+0+0)" in run("list").stdout


@pytest.mark.parametrize(
    "damage", [lambda _: b"", lambda found: found[:-3], lambda found: found.replace(b"Lens", b"Lend")]
)
def test_a_damaged_cache_is_ignored(run: Run, listed: Path, damage: Callable[[bytes], bytes]) -> None:
    """It is written again."""
    cache = listed / ".newsletter/validated"
    before = cache.read_bytes()
    cache.write_bytes(damage(before))
    assert "The Weekly Lens — Issue 1" in run("list").stdout
    assert cache.read_bytes() == before


def test_a_command_that_lists_no_issues_keeps_their_heads(run: Run, listed: Path) -> None:
    """It has read none of them."""
    cache = listed / ".newsletter/validated"
    before = cache.read_bytes()
    run("add", "--no-fetch", "--again", "--inbox", "https://example.org/new", code=0)
    assert cache.read_bytes() == before


def test_a_folder_that_cannot_be_written_has_no_cache(run: Run, folder: Path) -> None:
    """Commands that only read still work."""
    write_publication(folder, _1=ISSUE)
    (folder / ".newsletter").write_text("A file.")
    assert "The Weekly Lens — Issue 1" in run("list").stdout


def test_a_time_zone_that_the_system_lost_is_an_error(
    run: Run, folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings are not known to be valid on a system that has other time zones."""
    write_publication(folder, publication=PUBLICATION + "timezone: Europe/Berlin\n", _1=ISSUE)
    run("list")
    monkeypatch.setattr("newsletter.workspace.workspace.has_zone", lambda _: False)
    workspace = Workspace(folder)
    assert "document" in vars(workspace)
    monkeypatch.undo()
    assert "document" not in vars(Workspace(folder))


CUT_TITLE = 'title: "Before\nhighlights: after"\ndate: 2024-05-05\n'


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (ISSUE, ISSUE.replace("A story about", "Another story\n      about")),
        (ISSUE, ISSUE.replace("number: 1\n", "number: 2\n")),
        (ISSUE, ISSUE + "language: ja\n"),
        (CUT_TITLE, CUT_TITLE.replace("after", "later")),
        (ISSUE + "subtitle: |+\n  Words\n\n", "subtitle: Words\n" + ISSUE),
    ],
    ids=[
        "another entry",
        "another number",
        "a field after the entries",
        "a title that looks like a body",
        "blank lines",
    ],
)
def test_a_known_head_is_the_head_of_the_file(first: str, second: str) -> None:
    """Heads that are found by their text are those that the whole file has."""
    known = KnownHeads()
    for text in (first, second, first):
        source = Source("1.yaml", text)
        assert known.read(text, lambda source=source: source) == read_head(source)  # type: ignore[misc]
        known = KnownHeads(known.used_files, known.used_heads)
