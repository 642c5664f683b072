"""Finds the publication: `newsletter.yaml` in the current folder or in a parent folder."""

from pathlib import Path

from newsletter.errors import NotFoundError

FILE = "newsletter.yaml"


def find_publication(folder: Path) -> Path:
    """Return the nearest folder with a `newsletter.yaml`: this one or one of its parents.

    Raises:
        NotFoundError: none of the folders has a `newsletter.yaml`.
    """
    for candidate in (folder, *folder.parents):
        if (candidate / FILE).is_file():
            return candidate
    raise NotFoundError(
        f"{FILE} does not exist in this folder or its parent folders",
        "Create a publication with `newsletter init DIR`, or select its folder with `newsletter -C DIR …`.",
    )
