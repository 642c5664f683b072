"""What a source of issues is: how its export is read, and how its command describes it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from newsletter.importing.export_files import Export
from newsletter.importing.published_page import PublishedPage


@dataclass(frozen=True)
class IssueSource:
    """A service or a file format that issues are imported from.

    Args:
        pages: reads an export and yields a page for each issue, in the order of publication.
            Raises NotFoundError where the export has none, and NewsletterError where it cannot be read.
        files: what FILE is, for the command's help: one or two sentences.
        example: a command line that shows it.
    """

    pages: Callable[[Export], Iterator[PublishedPage]]
    files: str
    example: str
