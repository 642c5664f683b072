"""The interface of a source of issues: how to read its export, and the help of its command."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from newsletter.importing.export_files import Export
from newsletter.importing.published_page import PublishedPage


@dataclass(frozen=True)
class IssueSource:
    """A service or a file format that issues are imported from.

    Args:
        pages: reads an export and yields a page for each issue, in the order of publication.
            Raises NotFoundError if the export has no issues, and NewsletterError if it cannot be read.
        files: a description of FILE for the command's help: one or two sentences.
        example: an example of a command line.
    """

    pages: Callable[[Export], Iterator[PublishedPage]]
    files: str
    example: str
