"""Slugs: the stem of an issue's file is its identity, and its folder on the web."""

import re
import unicodedata
from pathlib import Path

from newsletter.errors import SlugError
from newsletter.fields.text import SLUG
from newsletter.files import display

# The folders of the web archive that hold something else than an issue.
RESERVED = ("site", "assets", "tags", "about", "search")


def slug_of(path: Path) -> str:
    """The slug that a file's name gives.

    Raises:
        SlugError: the name is no slug, or is reserved.
    """
    error = slug_error(path.stem)
    if error or path.suffix != ".yaml":
        raise SlugError(
            f"{display(path)}: {error or 'an issue is a file that ends in .yaml'}",
            "Rename the file: lower-case letters, digits and hyphens, such as 029.yaml.",
        )
    return path.stem


def hyphenated(text: str) -> str:
    """The Latin letters and digits of a text, small and without accents, with hyphens between its words."""
    plain = unicodedata.normalize("NFKD", re.sub("['’]", "", text)).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain.lower()))


def slug_error(slug: str) -> str:
    """Why a text is no slug, or nothing."""
    if slug in RESERVED:
        return f"the slug `{slug}` is reserved"
    return "" if SLUG.fullmatch(slug) and len(slug) <= 100 else f"`{slug}` is not a slug"
