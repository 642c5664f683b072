"""The public pages of a small publication."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.serving import Pages, served


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    """Run until the test ends; mail is written to files."""
    with served(tmp_path) as pages:
        yield pages
