"""The digest of the program in the digests of an archive: what it depends on is built again."""

from pathlib import Path

import pytest

from newsletter.archive.sources import program_digest


@pytest.mark.parametrize(
    ("library", "changes"),
    [("Pillow-99.0", True), ("markdown_it_py-99.0", True), ("pillow_extras-99.0", False), ("requests-99.0", False)],
)
def test_only_libraries_that_affect_the_output_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str, changes: bool
) -> None:
    """An update of another library does not render the archive again."""
    before = program_digest()
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / f"{library}.dist-info").mkdir()
    assert (program_digest() != before) is changes
