"""A published page as a source's adapter hands it on: its blocks, and what the source says of it."""

from collections.abc import Callable
from dataclasses import dataclass

from newsletter.importing.blocks import Piece


def no_file(path: str) -> bytes | None:  # noqa: ARG001
    """The files beside a page that has none."""
    return None


@dataclass(frozen=True)
class Page:
    """One published issue.

    `name` is what messages call it. The head is empty where the source does not say it: then the
    page itself is asked. `date` is YYYY-MM-DD, `remarks` is what else the source says, and `beside`
    gives the content of a file by its path relative to the page, or nothing.
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
