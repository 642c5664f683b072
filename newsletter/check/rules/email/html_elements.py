"""The elements of a page, as messages speak of them."""

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from lxml import etree

# lxml has no public name for it, and is not imported for a name.
Element: TypeAlias = "etree._Element"  # noqa: SLF001


def tag_of(element: Element) -> str:
    """The name of an element."""
    return str(element.tag)


def words_of(element: Element) -> str:
    """The words inside of an element on one line, with the alternative texts of its images."""
    parts = []
    for part in element.iter("*"):
        parts += [
            part.get("alt", "") if part.tag == "img" else part.text or "",
            part.tail or "" if part is not element else "",
        ]
    # A space without width is no space to `split`, and no word to a reader.
    return " ".join("".join(parts).replace("\u200b", " ").split())


def named(element: Element) -> str:
    """An element as a message names it: by its words, or else by where it leads or what it shows."""
    if element.tag == "style":
        return "the style sheet"
    what = {"a": "the link", "img": "the image"}.get(tag_of(element), f"the <{tag_of(element)}>")
    content = words_of(element) or element.get("src") or element.get("href") or element.get("id") or ""
    return f"{what} `{shortened(content)}`" if content else what


def shortened(text: str, length: int = 60) -> str:
    """A text with its middle left out, where it is long."""
    return text if len(text) <= length else f"{text[: length - 20]}…{text[-19:]}"
