"""Every error that a user can cause; the command line prints it and exits with 1.

NewsletterError          one message, and what to do about it
├── DocumentError        faults in the author's files, each with its place
├── NotFoundError        no such publication, issue, file or folder
├── ExistsError          a file that would have to be overwritten
├── ConflictError        a file that has changed since the author saw it
├── SlugError            a name that is no slug, or a reserved one
├── AccessError          the system refuses to read or write a file
├── ImageError           an image that no inbox would show
├── FetchError           a URL that is not fetched, and why
│   └── NoAnswerError    its host cannot be reached, or does not answer in time
├── AddressError         an email address that no mail can reach
├── DatabaseError        the database cannot be opened, read or written
├── TransportError       a server that cannot be reached or will not have us
├── CampaignError        a sending that must not begin or go on as asked
├── KeyInUseError        a signing key that must be kept
├── TokenError           a link that is not one of ours, was cut short, or is too old
├── TemplateError        a template that cannot be read, parsed or filled
└── LayoutError          the email's layout (MJML) was refused
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a problem is: an error stops the output, a warning is only said, information is not even counted."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault at one place of an author's file.

    `line` and `column` count from 1, columns in Unicode code points; `path` is the place in
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
    """What went wrong, in words for the author; `advice` says what to do about it."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class DocumentError(NewsletterError):
    """Faults in the author's files, all of them at once and in the order of their lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column)))
        super().__init__("\n".join(f"{p.file}:{p.line}:{p.column}: {p.message}" for p in self.problems))

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        # Another process is told of it as what it was made from.
        return type(self), (self.problems,)


class NotFoundError(NewsletterError):
    """No such publication, issue, file or folder."""


class ExistsError(NewsletterError):
    """The file is there already, and nothing overwrites an author's text unasked."""


class ConflictError(NewsletterError):
    """The file has changed since the author saw it, and what changed it is not overwritten."""


class SlugError(NewsletterError):
    """A name that is no slug, or a reserved one."""


class ImageError(NewsletterError):
    """An image that is missing, broken, or of a kind that no inbox shows."""


class AccessError(NewsletterError):
    """The system refuses to read or write a file."""


class FetchError(NewsletterError):
    """A URL that is not fetched: what it leads to is forbidden, too large, or no web page."""


class NoAnswerError(FetchError):
    """Its host cannot be reached, or does not answer in time; an answer kept from before may stand in."""


class AddressError(NewsletterError):
    """An email address that no mail can reach, or one that looks like another."""


class DatabaseError(NewsletterError):
    """The database cannot be opened, read or written, or is of another version; `busy` where another program has it."""

    def __init__(self, message: str, advice: str = "", *, busy: bool = False) -> None:
        super().__init__(message, advice)
        self.busy = busy


class TransportError(NewsletterError):
    """What messages are handed to cannot be reached or refuses us; `temporary` where trying later may help."""

    def __init__(self, message: str, advice: str = "", *, temporary: bool = False) -> None:
        super().__init__(message, advice)
        self.temporary = temporary


class CampaignError(NewsletterError):
    """A sending that must not begin, or not go on, as it was asked for."""


class KeyInUseError(NewsletterError):
    """A signing key that must be kept, since what it has signed is still needed."""


class TokenError(NewsletterError):
    """A token that is not one of ours, was cut short, or is too old: `expired` where it was good once."""

    def __init__(self, message: str, advice: str = "", *, expired: bool = False) -> None:
        super().__init__(message, advice)
        self.expired = expired


class TemplateError(NewsletterError):
    """A template that cannot be read, parsed or filled; the message names it and the line."""


class LayoutError(NewsletterError):
    """mjml-python refused the email's layout."""
