"""The link index: built once, kept up to date, never trusted blindly."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.documents.source import Source
from newsletter.issue.draft_document import DraftDocument, draft_of
from newsletter.text.canonical_url import link_key
from newsletter.workspace.workspace import Workspace
from tests.conftest import Run
from tests.publications import ISSUE, write_publication

EARLIER = ISSUE.replace("https://example.com/lenses", "https://www.example.com/rays/?utm_source=x")
NOW = ISSUE.replace("2024-05-05", "2024-05-12").replace("https://example.com/lenses", "https://example.com/rays")
NOW = NOW.replace("number: 1", "number: 2").replace("Issue 1", "Issue 2").replace("A story about", "More about")


@pytest.fixture
def archive(folder: Path) -> Path:
    """A publication whose second issue runs a story of the first."""
    return write_publication(folder, _1=EARLIER, _2=NOW)


def repeated(run: Run) -> list[str]:
    """What is said of stories that ran before."""
    found = json.loads(run("check", "2", "--json").stdout)
    return [problem["message"] for problem in found if problem["rule"] == "story-ran-before"]


def test_a_story_is_known_by_any_of_its_addresses(run: Run, archive: Path) -> None:
    """The issue, the section and the line are named."""
    assert repeated(run) == ["an earlier issue ran this story: 1, featured (line 13)"]


def test_the_index_follows_the_files(run: Run, archive: Path) -> None:
    """An issue that is changed, renamed, taken away or withdrawn is so in the next check."""
    assert repeated(run)
    first = archive / "issues/1.yaml"
    first.write_text(EARLIER.replace("/rays/", "/beams/"))
    assert not repeated(run)
    first.write_text(EARLIER)
    assert repeated(run)
    first.rename(archive / "issues/one.yaml")
    assert repeated(run) == ["an earlier issue ran this story: one, featured (line 13)"]
    (archive / "issues/one.yaml").write_text(EARLIER.replace("status: published", "status: draft"))
    assert not repeated(run)
    (archive / "issues/one.yaml").unlink()
    assert not repeated(run)


def test_only_what_changed_is_read_again(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an index, the files that are as they were are not parsed."""
    read: list[str] = []

    def counted(source: Source, path: Path) -> DraftDocument:
        read.append(path.name)
        return draft_of(source, path)

    monkeypatch.setattr("newsletter.issue.link_index.draft_of", counted)
    for change, expected in (("", ["1.yaml", "2.yaml"]), ("", []), ("# a comment\n", ["2.yaml"])):
        read.clear()
        (archive / "issues/2.yaml").write_text(NOW + change)
        assert len(Workspace(archive).index.indexed) == 2
        assert read == expected


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda content: content[: len(content) // 2],
        lambda content: content.replace(b"rays", b"beam"),
        lambda _: b"{}",
        lambda _: b"\xff\x00" * 100,
        lambda content: content.replace(b"newsletter-index 2", b"newsletter-index 1"),
        lambda content: b"\n".join([content.partition(b"\n")[0], b'{"a": 1}']),
    ],
)
def test_a_damaged_index_is_built_anew(damage: Callable[[bytes], bytes], run: Run, archive: Path) -> None:
    """A cut, changed, foreign or older file is not believed."""
    assert repeated(run)
    file = archive / ".newsletter/index"
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert repeated(run)
    assert file.read_bytes() == whole


def test_where_no_index_can_be_written_it_works_without(run: Run, archive: Path) -> None:
    """A folder that takes no index stops no check."""
    (archive / ".newsletter").write_text("a file where the folder would be")
    assert repeated(run)
    assert repeated(run)


def test_an_issue_that_cannot_be_read_is_left_out_and_named(run: Run, archive: Path) -> None:
    """Whoever relies on the comparison hears what it did not see."""
    (archive / "issues/1.yaml").write_text(EARLIER + "  papers: [\n")
    result = run("check", "2", code=0)
    assert "Left out of the comparison with other issues: issues/1.yaml:" in result.stderr


def test_the_index_says_where_a_story_is(archive: Path) -> None:
    """Any address of a story leads to the issues that have it, oldest first, drafts too."""
    (where, now) = Workspace(archive).index.entries_with(link_key("http://example.com/rays"))
    assert (str(where), where.line, where.listed.path) == ("1, featured", 13, archive / "issues/1.yaml")
    assert str(now) == "2, featured"


def test_readers_of_another_language_have_not_had_the_story(run: Run, archive: Path) -> None:
    """A story is compared among the issues of one language."""
    (archive / "issues/1.yaml").write_text(EARLIER + "language: ja\n")
    assert not repeated(run)
