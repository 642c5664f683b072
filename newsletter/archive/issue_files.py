"""Reads the files of issues for a build, and one of them as if it were published already.

Everything in a build that reads an issue uses this module, so that the archive and its cache belong to the same text.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.archive.sources import issue_digests
from newsletter.errors import NotFoundError
from newsletter.files import display
from newsletter.text.digests import sha256_hex

if TYPE_CHECKING:
    from newsletter.documents.source import Source
    from newsletter.issue.issue_file import IssueDocument
    from newsletter.publication.section import SectionKeys


@dataclass(frozen=True, slots=True)
class IssueFiles:
    """The issue files of a publication.

    Args:
        folder: The folder of the issues.
        as_published: The slug of an issue that is read as if its status were `published`, or "".
    """

    folder: Path
    as_published: str = ""

    def digests(self) -> dict[str, str]:
        """Return the digest of each issue file by its name.

        Raises:
            NotFoundError: The issue to be read as published does not exist.
            AccessError: The folder or a file cannot be read.
            DocumentError: The status cannot be set in the file.
        """
        digests = issue_digests(self.folder)
        if self.as_published:
            path = self._published_path
            if f"{self.as_published}.yaml" not in digests:
                message = f"the issue `{self.as_published}` does not exist in {display(self.folder)}/"
                raise NotFoundError(message, "Run `newsletter list` to see all issues.")
            # The digest that the file will have, byte for byte, when `change_file` has set the status.
            mark = b"\xef\xbb\xbf" if path.read_bytes().startswith(b"\xef\xbb\xbf") else b""
            digests[path.name] = sha256_hex(mark + self.source(path).text.encode(), 32)
        return digests

    def source(self, path: Path) -> "Source":
        """Return the text of an issue's file.

        Raises:
            NotFoundError, AccessError, DocumentError: The file cannot be read, or the status cannot be set in it.
        """
        # Imported late: a build with nothing to do parses no file.
        from newsletter.documents.source import Source, read_source

        source = read_source(path)
        if not self.as_published or path != self._published_path:
            return source
        from newsletter.issue.edit_status import set_status
        from newsletter.issue.head import Status

        return Source(source.name, set_status(source, Status.PUBLISHED))

    def read(self, path: Path, declared: "SectionKeys") -> "IssueDocument":
        """Read an issue.

        Raises:
            NewsletterError: See `read_issue`.
        """
        from newsletter.issue.issue_file import parse_issue

        return parse_issue(self.source(path), path, declared)

    @property
    def _published_path(self) -> Path:
        return self.folder / f"{self.as_published}.yaml"
