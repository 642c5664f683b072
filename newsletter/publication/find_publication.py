"""Finds the publication: `newsletter.yaml` here, or in a folder above."""

from pathlib import Path

from newsletter.errors import NotFoundError

FILE = "newsletter.yaml"


def find_publication(folder: Path) -> Path:
    """Return the nearest folder that has a `newsletter.yaml`: this one, or one above it.

    Raises:
        NotFoundError: there is none.
    """
    for candidate in (folder, *folder.parents):
        if (candidate / FILE).is_file():
            return candidate
    raise NotFoundError(
        f"there is no {FILE} here, nor in a folder above",
        "Start a publication with `newsletter init DIR`, or name its folder: `newsletter -C DIR …`.",
    )
