"""Finds the publication: `newsletter.yaml` in the current folder or in a parent folder."""

from pathlib import Path

from newsletter.documents.source import Source, read_source
from newsletter.errors import NotFoundError
from newsletter.files import require_inside

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


def publication_source(root: Path) -> Source:
    """Read the text of the `newsletter.yaml` of a folder.

    Raises:
        NotFoundError, AccessError: the file does not exist or cannot be read, or leads out of the folder.
        DocumentError: it is too large, or not UTF-8 text.
    """
    file = root / FILE
    if file.is_symlink():
        require_inside(file, root)
    return read_source(file)
