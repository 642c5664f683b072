"""A published page as a source reads it: its blocks and its metadata."""

from collections.abc import Callable
from dataclasses import dataclass

from newsletter.importing.blocks import Piece


def no_file(path: str) -> bytes | None:  # noqa: ARG001
    """Return None: a page without files beside it."""
    return None


@dataclass(frozen=True)
class PublishedPage:
    """One published issue.

    Metadata that the source does not have is empty; it is then looked for in the text of the page.

    Args:
        name: its name in messages.
        pieces: the text in blocks.
        date: the day of publication, YYYY-MM-DD.
        language: a language tag such as `en-GB`.
        published: False for a draft.
        remarks: other metadata, kept as comments in the issue.
        beside: returns the content of a file by its path relative to the page, or None.
    """

    name: str
    pieces: tuple[Piece, ...]
    title: str = ""
    subtitle: str = ""
    date: str = ""
    url: str = ""
    language: str = ""
    published: bool = True
    remarks: tuple[str, ...] = ()
    beside: Callable[[str], bytes | None] = no_file
