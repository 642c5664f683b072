"""Where the templates, labels and scaffolds lie that come with newsletter."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_INSTALLED = _PACKAGE / "templates"
# A wheel carries the templates inside the package; in a checkout they lie beside it.
TEMPLATES = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "templates"


def template_folders(root: Path) -> tuple[Path, ...]:
    """The folders in which a template is looked for: the publication's own first."""
    return tuple(dict.fromkeys((root / "templates", TEMPLATES)))
