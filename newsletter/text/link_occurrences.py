"""Finds where a URL stands in Markdown as a link or image, and not in code or as words."""

import re
from collections.abc import Iterator

from newsletter.text import markdown, tree


def replaceable_occurrences(text: str, old: str, new: str) -> list[int]:
    """Return which occurrences of a URL in a text can be replaced without changing anything but links and images.

    Args:
        text: the Markdown.
        old: the URL as typed.
        new: the URL that replaces it.

    Returns:
        Indexes among all occurrences of `old` in the text, from 0.
    """
    same = _with_url(text, old, new)
    return [
        index
        for index, (start, end) in enumerate(_occurrences(text, old))
        if _with_url(text[:start] + new + text[end:], old, new) == same
    ]


def replace_occurrences(text: str, old: str, new: str, chosen: list[int]) -> str:
    """Replace the chosen occurrences of a part of a text."""
    places = list(_occurrences(text, old))
    for index in sorted(chosen, reverse=True):
        start, end = places[index]
        text = text[:start] + new + text[end:]
    return text


def _occurrences(text: str, part: str) -> Iterator[tuple[int, int]]:
    yield from (found.span() for found in re.finditer(re.escape(part), text))


def _with_url(text: str, old: str, new: str) -> tree.Blocks:
    """Return the tree of a text in which links and images with one URL have another."""
    # The parser decodes `&amp;` in a URL.
    old, new = old.replace("&amp;", "&"), new.replace("&amp;", "&")

    def change(child: tree.Link | tree.Image) -> tree.Inline:
        if isinstance(child, tree.Image):
            return tree.Image(new if child.source == old else child.source, child.alt)
        if child.url not in (old, new):
            return child
        # The words of an autolink are its URL, and so are those of some other links.
        return tree.Link(new, (tree.Text(new),) if child.children == (tree.Text(old),) else child.children)

    return tree.rewrite(markdown.parse(text), change)
