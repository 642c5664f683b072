"""The link index: built once, updated, and rebuilt if it is damaged."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.documents.source import Source
from newsletter.issue.draft_document import DraftDocument, parse_draft
from newsletter.issue.index_file import IndexedIssue, IndexedLinks
from newsletter.issue.link_index import words_digest
from newsletter.text.canonical_url import link_key
from newsletter.text.digests import blake2b_hex
from newsletter.workspace.workspace import Workspace
from tests.conftest import Run
from tests.publications import ISSUE, write_publication

EARLIER = ISSUE.replace("https://example.com/lenses", "https://www.example.com/rays/?utm_source=x")
NOW = ISSUE.replace("2024-05-05", "2024-05-12").replace("https://example.com/lenses", "https://example.com/rays")
NOW = NOW.replace("number: 1", "number: 2").replace("Issue 1", "Issue 2").replace("A story about", "More about")


@pytest.fixture
def archive(folder: Path) -> Path:
    """Write a publication whose second issue repeats a story of the first."""
    return write_publication(folder, _1=EARLIER, _2=NOW)


def repeated(run: Run) -> list[str]:
    """Return the messages on repeated stories."""
    found = json.loads(run("check", "2", "--json").stdout)
    return [problem["message"] for problem in found if problem["rule"] == "story-ran-before"]


def test_a_story_is_recognised_by_any_of_its_urls(run: Run, archive: Path) -> None:
    """The message contains the issue, the section and the line."""
    assert repeated(run) == ["repeated story: it was in 1, featured, line 13"]


def test_the_index_follows_the_files(run: Run, archive: Path) -> None:
    """The next check takes into account an issue that was changed, renamed, deleted or set to draft."""
    assert repeated(run)
    first = archive / "issues/1.yaml"
    first.write_text(EARLIER.replace("/rays/", "/beams/"))
    assert not repeated(run)
    first.write_text(EARLIER)
    assert repeated(run)
    first.rename(archive / "issues/one.yaml")
    assert repeated(run) == ["repeated story: it was in one, featured, line 13"]
    (archive / "issues/one.yaml").write_text(EARLIER.replace("status: published", "status: draft"))
    assert not repeated(run)
    (archive / "issues/one.yaml").unlink()
    assert not repeated(run)


def test_only_changed_files_are_read_again(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an index, unchanged files are not parsed."""
    read: list[str] = []

    def counted(source: Source, path: Path) -> DraftDocument:
        read.append(path.name)
        return parse_draft(source, path)

    monkeypatch.setattr("newsletter.issue.link_index.parse_draft", counted)
    for change, expected in (("", ["1.yaml", "2.yaml"]), ("", []), ("# a comment\n", ["2.yaml"])):
        read.clear()
        (archive / "issues/2.yaml").write_text(NOW + change)
        assert len(Workspace(archive).index.indexed) == 2
        assert read == expected


def test_the_index_of_a_large_archive_is_not_written_for_one_edit(tmp_path: Path) -> None:
    """It is written once more than a few issues have changed since."""
    issues = {f"_{number}": f"title: {number}\ndate: 2024-05-05\nnumber: {number}\n" for number in range(1, 1201)}
    write_publication(tmp_path, **issues)
    assert len(Workspace(tmp_path).index.indexed) == 1200
    file = tmp_path / ".newsletter/index"
    whole = file.read_bytes()

    def edit(number: int) -> dict[str, IndexedIssue]:
        issues[f"_{number}"] += "# edited\n"
        write_publication(tmp_path, **{f"_{number}": issues[f"_{number}"]})
        return Workspace(tmp_path).index.indexed

    digest = blake2b_hex(issues["_1"] + "# edited\n")
    assert digest in edit(1)
    assert file.read_bytes() == whole
    assert digest in edit(2)
    assert file.read_bytes() != whole


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda content: content[: len(content) // 2],
        lambda content: content.replace(b"rays", b"beam"),
        lambda _: b"{}",
        lambda _: b"\xff\x00" * 100,
        lambda content: re.sub(rb"^newsletter-index \d+", b"newsletter-index 2", content),
        lambda content: re.sub(rb"^(newsletter-index \d+) \d+", rb"\1 0", content),
        lambda content: b"\n".join([content.partition(b"\n")[0], b'{"a": 1}']),
    ],
)
def test_a_damaged_index_is_rebuilt(damage: Callable[[bytes], bytes], run: Run, archive: Path) -> None:
    """A truncated, changed, foreign or older index is not used."""
    assert repeated(run)
    file = archive / ".newsletter/index"
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert file.read_bytes() != whole
    assert repeated(run)
    assert file.read_bytes() == whole


def test_a_check_works_if_no_index_can_be_written(run: Run, archive: Path) -> None:
    """A check succeeds if the index's folder cannot be created."""
    (archive / ".newsletter").write_text("a file where the folder would be")
    assert repeated(run)
    assert repeated(run)


def test_an_issue_that_cannot_be_read_is_reported_as_left_out(run: Run, archive: Path) -> None:
    """The check prints which issues are not compared."""
    (archive / "issues/1.yaml").write_text(EARLIER + "  papers: [\n")
    result = run("check", "2", code=0)
    assert "Not compared with 1, which has errors. Run `newsletter check --all`." in result.stderr


def test_the_index_locates_a_story(archive: Path) -> None:
    """Any URL of a story gives the issues that contain it, oldest first, including drafts."""
    (where, now) = Workspace(archive).index.entries_with(link_key("http://example.com/rays"))
    assert (str(where), where.line, where.listed.path) == ("1, featured", 13, archive / "issues/1.yaml")
    assert str(now) == "2, featured"


def test_many_lookups_find_the_same_as_few(archive: Path) -> None:
    """An index finds the same entries and highlights at the first lookup and after a thousand."""
    write_publication(archive, _3=ISSUE.replace("(@lens)", "(https://example.com/rays)").replace("A story", "Öffnung"))
    index = Workspace(archive).index
    (highlight,) = index.highlights_linking(link_key("https://example.com/rays"))

    def found() -> list[str]:
        key, words = link_key("https://example.com/rays"), words_digest("Öffnung about lenses is worth the week.")
        lookups = index.entries_with(key), index.highlights_linking(key), index.highlights_of(words)
        return [f"{where} {where.line}" for some in (*lookups, index.entries_with("none")) for where in some]

    first = found()
    assert first == ["1, featured 13", "2, featured 13", "3, featured 8", "3, featured 8"]
    assert str(highlight) == "3, featured"
    for _ in range(1000):
        index.entries_with("none")
    assert found() == first


def test_a_check_decodes_the_index_of_the_issues_that_it_names_only(
    run: Run, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index of an issue that shares no page with the checked issue is only searched as text."""
    for number in range(3, 30):
        other = ISSUE.replace("example.com/lenses", f"example.com/{number}").replace("number: 1", f"number: {number}")
        write_publication(archive, **{f"_{number}": other.replace("A story about", f"{number} stories about")})
    run("check", "2")
    decoded: list[IndexedIssue] = []
    links = IndexedIssue.links

    def counted(indexed: IndexedIssue) -> IndexedLinks:
        decoded.append(indexed)
        return links(indexed)

    monkeypatch.setattr(IndexedIssue, "links", counted)
    run("check", "2", "--only", "issue")
    indexed = Workspace(archive).index.indexed
    assert set(decoded) == {indexed[blake2b_hex((archive / f"issues/{slug}.yaml").read_bytes())] for slug in ("1", "2")}


def test_stories_are_compared_within_a_language(run: Run, archive: Path) -> None:
    """A story in an issue in another language is not a repetition."""
    (archive / "issues/1.yaml").write_text(EARLIER + "language: ja\n")
    assert not repeated(run)
