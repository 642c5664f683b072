"""Slugs: the stem of an issue's file name, which identifies the issue and is its folder in the archive."""

import re
import unicodedata
from pathlib import Path

from newsletter.errors import SlugError
from newsletter.files import display
from newsletter.text.slug_pattern import SLUG

# Folders of the archive that are not issues.
RESERVED = ("site", "assets", "tags", "about", "search")


def slug_from_path(path: Path) -> str:
    """Return the slug of an issue's file.

    Raises:
        SlugError: the name is not a valid slug, or is reserved.
    """
    error = slug_error(path.stem)
    if error or path.suffix != ".yaml":
        raise SlugError(
            f"{display(path)}: {error or 'the name of an issue must end in .yaml'}",
            "Rename the file. Use lower-case letters, digits and hyphens, as in 029.yaml.",
        )
    return path.stem


def slugify(text: str) -> str:
    """Return a text in lower-case ASCII letters and digits, with hyphens between words. Other letters are dropped."""
    plain = unicodedata.normalize("NFKD", re.sub("['’]", "", text)).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain.lower()))


def slug_error(slug: str) -> str:
    """Return the reason why a text is not a valid slug, or "" if it is valid."""
    if slug in RESERVED:
        return f"the slug `{slug}` is reserved"
    return "" if SLUG.fullmatch(slug) and len(slug) <= 100 else f"`{slug}` is not a valid slug"
