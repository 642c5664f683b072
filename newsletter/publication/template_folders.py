"""The folders of templates, labels and scaffolds: the publication's own, and the program's."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_INSTALLED = _PACKAGE / "templates"
# A wheel carries the templates inside the package; in a checkout they lie beside it.
TEMPLATES = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "templates"


def template_folders(root: Path) -> tuple[Path, ...]:
    """Return the folders in which templates are looked for, the publication's own first."""
    return tuple(dict.fromkeys((root / "templates", TEMPLATES)))
