"""What earlier commands cached of the settings and the heads of issues never changes what a command prints."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.documents.source import Source
from newsletter.documents.validation_digest import validation_digest
from newsletter.issue.head import HeadParts, IssueHead, head_from_parts
from newsletter.issue.known_heads import KnownHeads
from newsletter.issue.read_head import read_head, read_head_text
from newsletter.text.digests import blake2b_hex
from newsletter.workspace.issue_cache import IssueCache
from newsletter.workspace.validated_cache import load_validated
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


# The caches of a version whose heads were in both files.
OLD = (
    ("validated", b"newsletter-validated 1", b'["",null,{},{"a":["Old",5]}]'),
    ("index", b"newsletter-index 6 2", b'{"a":["Old",5]}\n[[],[]]'),
)


def test_caches_of_an_earlier_version_are_ignored(run: Run, listed: Path) -> None:
    """They have other marks, and are written again."""
    run("check", "1")
    before = {name: (listed / ".newsletter" / name).read_bytes() for name, _, _ in OLD}
    expected = run("list").stdout
    for name, mark, body in OLD:
        first = b" ".join((mark, validation_digest().encode(), blake2b_hex(body).encode()))
        (listed / ".newsletter" / name).write_bytes(first + b"\n" + body)
    assert run("list").stdout == expected
    run("check", "1")
    assert {name: (listed / ".newsletter" / name).read_bytes() for name in before} == before


@pytest.mark.parametrize("command", [("check", "1", "--only", "issue"), ("render", "text", "1")])
def test_a_command_that_validates_heads_keeps_them(
    run: Run, folder: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next command, whichever it is, validates only what changed."""
    write_publication(folder, _1=ISSUE, _2=ISSUE.replace("number: 1", "number: 2"))
    run(*command)
    validated: list[str] = []

    def counted(source: Source) -> IssueHead:
        validated.append(source.name)
        return read_head_text(source)

    monkeypatch.setattr("newsletter.issue.read_head.read_head_text", counted)
    run("list")
    assert validated == []
    (folder / "issues/2.yaml").write_text(ISSUE.replace("number: 1", "number: 3"))
    run("list")
    assert validated == ["issues/2.yaml"]


def test_heads_are_decoded_where_they_are_needed(run: Run, listed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that lists no issues decodes none."""
    decoded: list[HeadParts] = []

    def counted(parts: HeadParts) -> IssueHead:
        decoded.append(parts)
        return head_from_parts(parts)

    monkeypatch.setattr("newsletter.issue.known_heads.head_from_parts", counted)
    run("add", "--no-fetch", "--again", "--inbox", "https://example.org/new", code=0)
    assert decoded == []
    run("list")
    assert len(decoded) == 1


def test_a_long_process_keeps_heads_of_files_that_it_did_not_read_again(listed: Path) -> None:
    """It saves the first list only. A later save drops only the heads of files that no longer exist."""
    write_publication(listed, _2=ISSUE.replace("number: 1", "number: 2"), _3=ISSUE.replace("number: 1", "number: 3"))
    cache = IssueCache(lambda: time.time_ns() + 3_600_000_000_000)
    assert len(Workspace(listed, cache).issues.issues) == 3
    (listed / "issues/2.yaml").write_text(ISSUE.replace("number: 1", "number: 4"))
    (listed / "issues/3.yaml").unlink()
    workspace = Workspace(listed, cache)
    assert len(workspace.issues.issues) == 2

    def saved() -> int:
        heads = load_validated(listed / ".newsletter/validated").heads
        assert len(heads.files) == len(heads.heads)
        return len(heads.heads)

    assert saved() == 3
    workspace.save_validated()
    assert saved() == 2


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
    monkeypatch.setattr("newsletter.workspace.workspace.load_zone", lambda _: None)
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
        known = known.of([text])
