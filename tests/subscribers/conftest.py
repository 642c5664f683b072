"""Fixtures for tests of subscribers."""

from pathlib import Path

import pytest

from tests.conftest import Result, Run
from tests.publications import write_publication


@pytest.fixture
def import_csv(run: Run, folder: Path) -> Run:
    """Return a function that imports a text or bytes as a CSV file into a publication."""
    write_publication(folder)

    def import_csv(content: str | bytes, *arguments: str, code: int | None = 0) -> Result:
        (folder / "people.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
        return run("subscribers", "import", "people.csv", "--consent", "moved", *arguments, code=code)

    return import_csv
