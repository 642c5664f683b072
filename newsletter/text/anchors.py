"""Names for parts of the web: an entry's anchor on its page, and a tag's folder; the same words give the same name."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from functools import cache

from newsletter.text.digests import sha256_hex

_LONGEST = 60
# The digits of a digest that sets two alike names apart.
_DIGITS = 6


def words_slug(text: str) -> str:
    """Words as lower-case letters and digits of any script, joined by hyphens; nothing where there are none.

    Compatibility forms are folded (Unicode NFKC), so that full-width letters give the same name.
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
    """The folder of a tag. `C`, `C++` and `C#` have three: what the words leave out is told apart by a hash."""
    folded = re.sub(r"[\s_-]+", "-", unicodedata.normalize("NFKC", tag).casefold()).strip("-")
    slug = words_slug(tag)
    return slug if slug == folded else f"{slug}-{sha256_hex(folded, _DIGITS)}".lstrip("-")


def entry_anchors(entries: Iterable[tuple[str, str, str]], taken: Collection[str]) -> list[str]:
    """A name for each entry of a page, given its id (or nothing), its title and its URL; none is among the `taken`.

    An id is its own anchor; without one, the title's words are, and the URL tells two of a kind apart.
    An anchor does not change when entries are moved, so a link to one lasts.
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
