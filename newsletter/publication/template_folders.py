"""The folders of templates, labels and scaffolds: that of the publication, and that of the program."""

from pathlib import Path

from newsletter.documents.source import Source, read_source
from newsletter.files import require_inside
from newsletter.text.languages import fallbacks

_PACKAGE = Path(__file__).resolve().parent.parent
_INSTALLED = _PACKAGE / "templates"
# A wheel contains the templates inside the package; in a checkout they are next to it.
TEMPLATES = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "templates"


def template_folders(root: Path) -> tuple[Path, ...]:
    """Return the folders that are searched for templates, that of the publication first."""
    return tuple(dict.fromkeys((root / "templates", TEMPLATES)))


def labels_file(folders: tuple[Path, ...], language: str) -> tuple[Path, Path] | None:
    """Find the labels of a language, or of the language without its region or script.

    Returns:
        The folder and the file, or None if no folder has one.
    """
    for name in fallbacks(language):
        for folder in folders:
            if (path := folder / "labels" / f"{name}.yaml").is_file():
                return folder, path
    return None


def read_from(folder: Path, path: Path) -> Source:
    """Read a file of a folder of templates.

    Raises:
        AccessError: symbolic links lead the file out of the publication, or it cannot be read.
        NotFoundError, DocumentError: see `read_source`.
    """
    # Some installers link the built-in templates to a folder of their own.
    if folder != TEMPLATES:
        require_inside(path, folder.parent)
    return read_source(path)
