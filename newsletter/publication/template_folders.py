"""The folders of templates, labels and scaffolds: that of the publication, and that of the program."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_INSTALLED = _PACKAGE / "templates"
# A wheel contains the templates inside the package; in a checkout they are next to it.
TEMPLATES = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "templates"


def template_folders(root: Path) -> tuple[Path, ...]:
    """Return the folders that are searched for templates, that of the publication first."""
    return tuple(dict.fromkeys((root / "templates", TEMPLATES)))
