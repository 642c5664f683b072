"""A published page as returned by a source: its blocks and its metadata."""

from collections.abc import Callable
from dataclasses import dataclass

from newsletter.importing.blocks import Piece


def no_file(path: str) -> bytes | None:  # noqa: ARG001
    """Return None, for a page without files next to it."""
    return None


@dataclass(frozen=True)
class PublishedPage:
    """A published issue.

    Metadata that the source does not have is empty. It is then read from the text of the page.

    Args:
        name: the name of the page in messages.
        pieces: the blocks of the text.
        title: the title.
        subtitle: the subtitle.
        date: the day of publication, YYYY-MM-DD.
        url: the URL of the original.
        language: a language tag such as `en-GB`.
        published: False for a draft.
        remarks: other metadata, written as YAML comments in the issue.
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
