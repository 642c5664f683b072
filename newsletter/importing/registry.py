"""The sources that issues are brought in from, each with its adapter."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from importlib import import_module

from newsletter.importing.export_files import Export
from newsletter.importing.published_page import Page

Adapter = Callable[[Export], Iterator[Page]]


class Origin(StrEnum):
    """Where an issue was published; the value names the adapter's module."""

    MEDIUM = "medium"
    SUBSTACK = "substack"
    BUTTONDOWN = "buttondown"
    REVUE = "revue"
    RSS = "rss"

    @property
    def adapter(self) -> Adapter:
        """What finds the pages of an export; a library that only it needs is imported with it."""
        adapter: Adapter = import_module(f"newsletter.importing.sources.{self.value}").pages
        return adapter
