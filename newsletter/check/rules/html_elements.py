"""HTML elements: their names, their texts, and how messages describe them."""

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from lxml import etree

# lxml has no public name for the type, and importing lxml is slow.
Element: TypeAlias = "etree._Element"  # noqa: SLF001


def tag_of(element: Element) -> str:
    """Return the tag name of an element."""
    return str(element.tag)


def words_of(element: Element) -> str:
    """Return the text of an element on one line, with the alternative texts of its images."""
    parts = []
    for part in element.iter("*"):
        parts += [
            part.get("alt", "") if part.tag == "img" else part.text or "",
            part.tail or "" if part is not element else "",
        ]
    # `split` does not split at a zero-width space, which readers do not see.
    return " ".join("".join(parts).replace("\u200b", " ").split())


def description_of(element: Element) -> str:
    """Return an element's description for messages: its text, or else its source, target or id."""
    if element.tag == "style":
        return "the style sheet"
    what = {"a": "the link", "img": "the image"}.get(tag_of(element), f"the <{tag_of(element)}>")
    content = words_of(element) or element.get("src") or element.get("href") or element.get("id") or ""
    return f"{what} `{shortened(content)}`" if content else what


def shortened(text: str, length: int = 60) -> str:
    """Return a text; if it is longer than `length`, with its middle replaced by an ellipsis."""
    return text if len(text) <= length else f"{text[: length - 20]}…{text[-19:]}"
