"""A large archive has several search indexes, which a search merges. A change writes only the index of its issue."""

import threading
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from newsletter.archive import search_index
from newsletter.archive.build import build_archive
from newsletter.archive.build_report import BuildOptions, BuildReport
from newsletter.archive.dev_server import archive_server
from tests.archive.test_build import files
from tests.publications import ISSUE, PUBLICATION, write_publication

# "Issue 1" is the oldest.
ISSUES = {
    f"_{number}": ISSUE.replace("2024-05-05", f"2024-05-{number:02}")
    .replace("Issue 1", f"Issue {number}")
    .replace("number: 1", f"number: {number}")
    .replace("*ground*", f"*ground* in workshop{number}")
    for number in range(1, 6)
}
FOLDERS = ["pagefind", "pagefind-2", "pagefind-3"]


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A publication of five issues whose search indexes contain two issues each."""
    monkeypatch.setattr(search_index, "GROUP", 2)
    return write_publication(tmp_path, publication=PUBLICATION + "site: {cards: false}\n", **ISSUES)


def build(root: Path) -> BuildReport:
    """Build the archive into `site`."""
    return build_archive(root, root / "site", BuildOptions(), lambda *_: None)


def indexes(root: Path) -> dict[str, dict[str, bytes]]:
    """Return the files of each search index by its folder."""
    return {folder.name: files(folder) for folder in sorted((root / "site/search").glob("*/"))}


def test_each_group_of_issues_has_an_index(archive: Path) -> None:
    """Only the first index has the scripts of Pagefind. The script of the search knows the number of indexes."""
    build(archive)
    found = indexes(archive)
    assert list(found) == FOLDERS
    assert [len([path for path in found[name] if path.startswith("fragment/")]) for name in FOLDERS] == [2, 2, 1]
    assert [name for name in FOLDERS if "pagefind.js" in found[name]] == ["pagefind"]
    assert "const INDEXES = 3;" in (archive / "site/site/search.js").read_text()


def test_a_change_writes_only_the_index_of_its_issue(archive: Path) -> None:
    """The index of issues 3 and 4 changes with issue 3. A new issue changes the last index."""
    build(archive)
    before = indexes(archive)
    issue = archive / "issues/3.yaml"
    issue.write_text(issue.read_text().replace("polished.", "polished twice."))
    build(archive)
    changed = indexes(archive)
    assert [name for name in FOLDERS if changed[name] != before[name]] == ["pagefind-2"]
    write_publication(archive, publication=(archive / "newsletter.yaml").read_text(), _6=ISSUES["_5"].replace("5", "6"))
    build(archive)
    added = indexes(archive)
    assert [name for name in FOLDERS if added[name] != changed[name]] == ["pagefind-3"]


def test_indexes_without_issues_are_removed(archive: Path) -> None:
    """If issues are deleted, the indexes are those of a clean build."""
    build(archive)
    for number in (3, 4, 5):
        (archive / f"issues/{number}.yaml").unlink()
    build(archive)
    found = indexes(archive)
    build_archive(archive, archive / "clean", BuildOptions(), lambda *_: None)
    assert list(found) == ["pagefind"]
    assert files(archive / "clean/search") == files(archive / "site/search")
    assert "const INDEXES = 1;" in (archive / "site/site/search.js").read_text()


@pytest.mark.slow
def test_a_search_finds_issues_of_all_indexes(archive: Path, browser: Browser) -> None:
    """A result has all words of the query that occur in the archive, whatever its index contains."""
    build(archive)
    server = archive_server(archive / "site", "/", 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    page = browser.new_page()

    def results(query: str, count: int) -> set[str]:
        page.goto(f"{server.address}search/?q={quote(query)}")
        page.wait_for_function(f"document.querySelector('[role=status]').textContent === 'Results: {count}'")
        links = page.locator(".results a").evaluate_all("links => links.map(link => new URL(link.href).pathname)")
        return set(links)

    try:
        assert results("polished", 5) == {f"/{number}/" for number in range(1, 6)}
        for number in (1, 3, 5):
            assert results(f"workshop{number}", 1) == {f"/{number}/"}
            assert results(f"polished  workshop{number}", 1) == {f"/{number}/"}
        assert results("polished xyzzyplugh", 5) == {f"/{number}/" for number in range(1, 6)}
        assert results('"in workshop4"', 1) == {"/4/"}
    finally:
        page.close()
        server.stop()
        thread.join()
