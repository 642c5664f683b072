"""The cache of issues, which workspaces of a long-running process share."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.issue.link_index import LinkIndex
from newsletter.text.canonical_url import link_key
from newsletter.workspace.issue_cache import IssueCache
from newsletter.workspace.workspace import Workspace
from tests.publications import write_publication

ISSUE = """\
title: Lenses
date: 2024-05-12
aliases: [old]
sections:
  featured:
    - {title: A lens, url: "https://example.org/lens", comment: It is ground.}
"""


def in_an_hour() -> int:
    """Return a time at which no file has changed a moment before."""
    return time.time_ns() + 3_600_000_000_000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_publication(tmp_path, first=ISSUE.replace("old", "older").replace("05-12", "05-05"), second=ISSUE)
    return tmp_path


def replace_with(path: Path, text: str) -> None:
    """Replace a file by another with the same times, as an editor or `git checkout` may do."""
    stat = path.stat()
    other = path.with_name(".other")
    other.write_text(text)
    os.utime(other, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    other.replace(path)


def swap(issues: Path) -> None:
    (issues / "first.yaml").rename(issues / ".first")
    (issues / "second.yaml").rename(issues / "first.yaml")
    (issues / ".first").rename(issues / "second.yaml")


def make_folder(issues: Path) -> None:
    (issues / "second.yaml").unlink()
    (issues / "second.yaml").mkdir()


def make_broken_link(issues: Path) -> None:
    (issues / "second.yaml").unlink()
    (issues / "second.yaml").symlink_to("missing.yaml")


CHANGES: dict[str, Callable[[Path], object]] = {
    "nothing": lambda issues: issues.stat(),
    "added": lambda issues: (issues / "third.yaml").write_text(ISSUE.replace("old", "oldest")),
    "renamed": lambda issues: (issues / "first.yaml").rename(issues / "third.yaml"),
    "deleted": lambda issues: (issues / "first.yaml").unlink(),
    "swapped": swap,
    "head": lambda issues: replace_with(issues / "second.yaml", ISSUE.replace("Lenses", "Lensed")),
    "alias": lambda issues: replace_with(issues / "second.yaml", ISSUE.replace("old", "new")),
    "entry": lambda issues: replace_with(issues / "second.yaml", ISSUE.replace("org/lens", "org/sand")),
    "damaged": lambda issues: (issues / "second.yaml").write_text("title: [\n"),
    "not UTF-8": lambda issues: (issues / "second.yaml").write_bytes(b"title: caf\xe9\n"),
    "a folder": make_folder,
    "a link to nothing": make_broken_link,
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_workspace_with_a_cache_is_equal_to_one_without(root: Path, change: str) -> None:
    """After any change of the files, both have the same issues, errors, names and links."""
    cache = IssueCache(in_an_hour)
    facts(Workspace(root, cache))
    CHANGES[change](root / "issues")
    assert facts(Workspace(root, cache)) == facts(Workspace(root))
    # Undo the link index that the second one has written.
    assert facts(Workspace(root, cache)) == facts(Workspace(root))


def facts(workspace: Workspace) -> object:
    """Return everything that depends on the issues' files."""
    listed, index = workspace.issues, workspace.index
    return (
        listed.issues,
        [str(error) for error in listed.errors],
        listed.names(),
        [links(index, name) for name in ("lens", "sand")],
    )


def links(index: LinkIndex, name: str) -> list[str]:
    return [f"{found}, {found.line}" for found in index.entries_with(link_key(f"https://example.org/{name}"))]


def test_only_files_that_changed_are_read_again(root: Path) -> None:
    """An issue whose file did not change is the same object."""
    cache = IssueCache(in_an_hour)
    before = Workspace(root, cache).issues.issues
    replace_with(root / "issues" / "second.yaml", ISSUE.replace("Lenses", "Lensed"))
    after = Workspace(root, cache).issues.issues
    assert after[0] is before[0]
    assert after[1] is not before[1]
    assert after[1].head.title == "Lensed"


def test_a_file_that_changed_a_moment_before_is_read_again(root: Path) -> None:
    """It may change again within one step of its file system's clock."""
    cache = IssueCache()
    before = Workspace(root, cache).issues.issues
    after = Workspace(root, cache).issues.issues
    assert after == before
    assert after[0] is not before[0]
