"""Every error that a user can cause; the command line prints it and exits with 1.

NewsletterError          a message and advice
├── DocumentError        problems in the author's files, each with its location
├── NotFoundError        no such publication, issue, file or folder
├── ExistsError          a file would have to be overwritten
├── ConflictError        a file has changed since the author saw it
├── SlugError            a name is not a slug, or is reserved
├── AccessError          the system refuses to read or write a file
├── ImageError           an image is missing, broken, or of a kind that inboxes do not show
├── FetchError           a URL is not fetched
│   └── NoAnswerError    the host cannot be reached, or does not answer in time
├── AddressError         an email address is not valid, or looks like another
├── DatabaseError        the database cannot be opened, read or written, or has another version
├── TransportError       a transport cannot be reached, or refuses a message
├── CampaignError        a campaign must not start, or not continue
├── KeyInUseError        a signing key is still needed
├── TokenError           a token is forged, incomplete or expired
├── TemplateError        a template cannot be read, parsed or filled
└── LayoutError          mjml-python does not accept the email's layout
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a problem is: an error stops the output, a warning is printed, information is printed and not counted."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem at one location of an author's file.

    `line` and `column` count from 1, columns in Unicode code points; `path` is the location in
    the document (`sections.papers[3].url`), `source` the text of the line, and `rule` the id of
    the checker's rule that found it.
    """

    file: str
    line: int
    column: int
    message: str
    advice: str = ""
    path: str = ""
    source: str = ""
    severity: Severity = Severity.ERROR
    rule: str = ""


class NewsletterError(Exception):
    """An error that a user can cause: what is wrong and where, and in `advice` what to do."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class DocumentError(NewsletterError):
    """Problems in the author's files, all at once and in the order of their lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column)))
        super().__init__("\n".join(f"{p.file}:{p.line}:{p.column}: {p.message}" for p in self.problems))

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        # Pickle would call the class with the message, and it takes problems.
        return type(self), (self.problems,)


class NotFoundError(NewsletterError):
    """There is no such publication, issue, file or folder."""


class ExistsError(NewsletterError):
    """The file exists, and would have to be overwritten."""


class ConflictError(NewsletterError):
    """The file has changed since the author saw it, and the change would be overwritten."""


class SlugError(NewsletterError):
    """A name is not a slug, or is reserved."""


class ImageError(NewsletterError):
    """An image is missing, broken, or of a kind that inboxes do not show."""


class AccessError(NewsletterError):
    """The system refuses to read or write a file."""


class FetchError(NewsletterError):
    """A URL is not fetched: it is forbidden, too large, or not a web page."""


class NoAnswerError(FetchError):
    """The host cannot be reached, or does not answer in time; a cached answer may be used instead."""


class AddressError(NewsletterError):
    """An email address is not valid, or looks like another."""


class DatabaseError(NewsletterError):
    """The database cannot be opened, read or written, or has another version; `busy` if another program locks it."""

    def __init__(self, message: str, advice: str = "", *, busy: bool = False) -> None:
        super().__init__(message, advice)
        self.busy = busy


class TransportError(NewsletterError):
    """A transport cannot be reached, or refuses a message; `temporary` if a retry may help."""

    def __init__(self, message: str, advice: str = "", *, temporary: bool = False) -> None:
        super().__init__(message, advice)
        self.temporary = temporary


class CampaignError(NewsletterError):
    """A campaign must not start, or not continue."""


class KeyInUseError(NewsletterError):
    """A signing key cannot be dropped, since tokens that it has signed are still needed."""


class TokenError(NewsletterError):
    """A token is forged, incomplete or too old; `expired` if it was valid once."""

    def __init__(self, message: str, advice: str = "", *, expired: bool = False) -> None:
        super().__init__(message, advice)
        self.expired = expired


class TemplateError(NewsletterError):
    """A template cannot be read, parsed or filled; the message names the template and the line."""


class LayoutError(NewsletterError):
    """mjml-python does not accept the email's layout."""
