"""What `newsletter publish` remembers, changed by several processes."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from newsletter.publish.progress_file import change_progress, read_progress
from tests.publications import write_publication


def test_changes_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    """`newsletter publish` adds an issue while a worker, or another run, changes the file."""
    root = write_publication(tmp_path)
    slugs = [f"{number:03}" for number in range(120)]

    def add(slug: str) -> None:
        change_progress(root, lambda progress: replace(progress, unsent=_with(progress.unsent, slug)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, slugs))
    assert sorted(read_progress(root).unsent) == slugs


def _with(unsent: Mapping[str, str], slug: str) -> dict[str, str]:
    return {**unsent, slug: "a"}
