"""Names in URLs of the archive: the anchors of entries and the folders of tags."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from functools import cache

from newsletter.text.digests import sha256_hex

_LONGEST = 60
# The number of digits of a digest that makes similar names different.
_DIGITS = 6


def words_slug(text: str) -> str:
    """Turn text into lower-case letters and digits of any script, with hyphens between words.

    Compatibility forms are folded (Unicode NFKC), so that full-width letters give the same slug.

    Returns:
        The slug, shortened to whole words; "" if the text has no letters or digits.
    """
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold())
    slug = ""
    for word in words:
        longer = f"{slug}-{word}" if slug else word[:_LONGEST]
        if len(longer) > _LONGEST:
            break
        slug = longer
    return slug


@cache
def tag_slug(tag: str) -> str:
    """Return the folder name of a tag. A hash is added if the slug loses characters, as in `C++` and `C#`."""
    folded = re.sub(r"[\s_-]+", "-", unicodedata.normalize("NFKC", tag).casefold()).strip("-")
    slug = words_slug(tag)
    return slug if slug == folded else f"{slug}-{sha256_hex(folded, _DIGITS)}".lstrip("-")


def entry_anchors(entries: Iterable[tuple[str, str, str]], taken: Collection[str]) -> list[str]:
    """Return an anchor for each entry of a page.

    An id is used as the anchor; without one, the slug of the title is, with a hash of the URL if it is not unique.
    Anchors stay the same when entries move, so links to them do not break.

    Args:
        entries: The id (or ""), title and URL of each entry.
        taken: Anchors that the page already uses.
    """
    listed = list(entries)
    wanted = [identifier or words_slug(title) for identifier, title, _ in listed]
    used = {*taken}
    anchors = []
    for (identifier, _, url), name in zip(listed, wanted, strict=True):
        shared = name in taken or not name or (not identifier and wanted.count(name) > 1)
        anchor = f"{name}-{sha256_hex(url, _DIGITS)}".lstrip("-") if shared else name
        while anchor in used:
            anchor += "-again"
        used.add(anchor)
        anchors.append(anchor)
    return anchors
