"""A large archive is indexed in groups. The merged index is the same as if all issues were indexed together."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from newsletter.archive import pagefind_format, search_index
from newsletter.archive.build import build_archive
from newsletter.archive.build_report import BuildOptions, BuildReport
from newsletter.archive.search_index import FOLDER
from newsletter.errors import AccessError
from tests.archive.search_indexes import decode_index
from tests.archive.test_build import files
from tests.publications import ISSUE, PUBLICATION, write_publication

# The issues have words in common and words of their own, with and without diacritics.
ISSUES = {
    f"_{number}": ISSUE.replace("2024-05-05", f"2024-05-{number:02}")
    .replace("Issue 1", f"Issue {number}")
    .replace("number: 1", f"number: {number}")
    .replace("*ground*", f"*ground* in workshop{number} by {'José' if number % 2 else 'Jose'}")
    for number in range(1, 8)
}


@pytest.fixture
def publication(tmp_path: Path) -> Path:
    """A publication of seven issues. Only the last has an image, so only its page has metadata about one."""
    (tmp_path / "issues").mkdir()
    Image.new("RGB", (64, 64), "navy").save(tmp_path / "issues/blue.png")
    illustrated = ISSUES["_7"].replace("      url:", "      image: blue.png\n      image_alt: Navy\n      url:")
    write_publication(tmp_path, publication=PUBLICATION + "site: {cards: false}\n", **ISSUES | {"_7": illustrated})
    return tmp_path


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """The pages that Pagefind indexes in each of its runs."""
    found: list[set[str]] = []
    call = search_index.call_pagefind

    def record(corpus: Path, index: Path, language: str) -> None:
        found.append({path.parent.name for path in corpus.rglob("index.html")})
        call(corpus, index, language)

    monkeypatch.setattr(search_index, "call_pagefind", record)
    return found


def build(root: Path, group: int, folder: str = "site") -> BuildReport:
    """Build the archive, with `group` issues in a group."""
    report = build_archive(root, root / folder, BuildOptions(search_group=group), lambda *_: None)
    assert not report.faults
    return report


def edit(root: Path, number: int, text: str) -> None:
    """Add a text to the comment of an issue."""
    issue = root / f"issues/{number}.yaml"
    issue.write_text(issue.read_text().replace("polished.", f"polished {text}."))


def test_an_index_of_groups_is_that_of_all_issues_together(publication: Path, runs: list[set[str]]) -> None:
    """Each word, each form with diacritics and each field of metadata is at the same places of the same pages."""
    build(publication, 500)
    build(publication, 3, "grouped")
    assert runs == [set("1234567"), set("123"), set("456"), set("7")]
    found = decode_index(publication / "grouped")
    assert found == decode_index(publication / "site")
    assert found["fields"] == ["image", "image_alt", "title"]
    assert (found["page_count"], len(found["words"])) == (7, 7)
    assert set(found["word workshop7"]) == {"/7/"}
    assert set(found["word jose"]) == {"/2/", "/4/", "/6/"}
    assert set(found["form josé of jose"]) == {"/1/", "/3/", "/5/", "/7/"}


def test_the_merged_index_is_what_pagefind_writes(publication: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Apart from the division into files, the index says the same as one that Pagefind writes without our merging."""
    build(publication, 3)
    monkeypatch.setattr(pagefind_format, "VERSIONS", ("0.",))
    build(publication, 3, "other")
    assert decode_index(publication / "site") == decode_index(publication / "other")


def test_a_change_indexes_its_group_only(publication: Path, runs: list[set[str]]) -> None:
    """A changed issue and a new issue are indexed with their groups. The result is that of a first build."""
    build(publication, 3)
    runs.clear()
    edit(publication, 2, "twice")
    build(publication, 3)
    assert runs == [set("123")]
    eighth = {"_8": ISSUES["_7"].replace("7", "8")}
    write_publication(publication, publication=(publication / "newsletter.yaml").read_text(), **eighth)
    build(publication, 3)
    # The page of the last issue has got a link to the next.
    assert runs == [set("123"), set("78")]
    build(publication, 3, "clean")
    assert files(publication / "clean") == files(publication / "site")


def test_deleted_issues_leave_nothing_behind(publication: Path, runs: list[set[str]]) -> None:
    """If the issues of the last groups are deleted, the others are indexed as far as their pages changed."""
    build(publication, 3)
    runs.clear()
    for number in (4, 5, 6, 7):
        (publication / f"issues/{number}.yaml").unlink()
    build(publication, 3)
    build(publication, 3, "clean")
    assert runs == [set("123"), set("123")]
    assert files(publication / "clean") == files(publication / "site")
    [cache, _] = (publication / ".newsletter/site").glob("*/search")
    assert [file.name for file in cache.iterdir()] == ["1"]


def test_an_archive_without_search_has_no_cache_of_groups(publication: Path) -> None:
    """Of ten thousand issues, the cache would take many megabytes."""
    build(publication, 3)
    [cache] = (publication / ".newsletter/site").glob("*/search")
    settings = publication / "newsletter.yaml"
    settings.write_text(settings.read_text().replace("site: {cards: false}", "site: {cards: false, search: false}"))
    build(publication, 3)
    assert not cache.exists()


def test_a_lost_or_damaged_cache_is_made_again(publication: Path, runs: list[set[str]]) -> None:
    """A group whose cache or whose texts are missing or changed is indexed again."""
    build(publication, 3)
    before = files(publication / "site")
    [cache] = (publication / ".newsletter/site").glob("*/search")
    damaged = bytearray((cache / "1").read_bytes())
    damaged[-1] ^= 1
    (cache / "1").write_bytes(damaged)
    (cache / "2").write_bytes(b"")
    next((publication / "site" / FOLDER).glob("fragment/3/*")).write_bytes(b"")
    (publication / "site/index.html").unlink()
    runs.clear()
    build(publication, 3)
    assert runs == [set("123"), set("456"), set("7")]
    assert files(publication / "site") == before


@pytest.mark.timeout(60)
@pytest.mark.parametrize("place", [Path.mkdir, os.mkfifo], ids=["folder", "named pipe"])
def test_a_cached_group_that_is_no_file_is_named(publication: Path, place: Callable[[Path], None]) -> None:
    """The build waits for no pipe, and leaves the archive as it was. Other names in the cache are left alone."""
    build(publication, 3)
    before = files(publication / "site")
    [cache] = (publication / ".newsletter/site").glob("*/search")
    (cache / "1").unlink()
    place(cache / "1")
    place(cache / "other")
    edit(publication, 2, "twice")
    with pytest.raises(AccessError, match=r"search/1 cannot be written: it is not a regular file"):
        build(publication, 3)
    assert files(publication / "site") == before
    (cache / "1").rename(cache / "2nd")
    build(publication, 3)
    assert (cache / "other").exists()


def test_changed_files_of_the_index_are_restored(publication: Path) -> None:
    """A file of the merged index and a script of Pagefind are restored if they were changed or deleted."""
    build(publication, 3)
    before = files(publication / "site")
    for name in ("pagefind-entry.json", "pagefind.js", "wasm.en.pagefind"):
        (publication / "site" / FOLDER / name).write_bytes(b"")
        next((publication / "site" / FOLDER / "index").iterdir()).unlink()
        build(publication, 3)
        assert files(publication / "site") == before


def test_an_archive_of_one_group_has_the_files_of_pagefind(publication: Path) -> None:
    """A small archive has one index, whose texts are where Pagefind writes them."""
    build(publication, 7)
    folders = {Path(path).parent.as_posix() for path in files(publication / "site" / FOLDER)}
    assert folders == {".", "fragment", "index"}


def test_another_version_of_pagefind_indexes_all_issues_together(
    publication: Path, runs: list[set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the files of Pagefind's version are unknown, its own index is used, and becomes a merged one later."""
    with monkeypatch.context() as patch:
        patch.setattr(pagefind_format, "VERSIONS", ("0.",))
        build(publication, 3)
    assert runs == [set("123"), set("1234567")]
    edit(publication, 7, "twice")
    build(publication, 3)
    build(publication, 3, "clean")
    assert files(publication / "clean") == files(publication / "site")
