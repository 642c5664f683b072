"""All errors that a user can cause. The command line prints them and exits with 1.

NewsletterError          the base class: a message and advice
├── DocumentError        problems in YAML files, each with its location
├── NotFoundError        a publication, issue, file or folder does not exist
├── ExistsError          a file already exists
├── ConflictError        a file has changed since the author saw it
├── SlugError            a name is not a slug, or is reserved
├── AccessError          the system refuses to read or write a file
├── ImageError           an image is missing, broken, or in a format that email clients do not show
├── FetchError           a URL cannot be fetched
│   └── NoAnswerError    the host cannot be reached, or does not answer in time
├── AddressError         an email address is not valid, or imitates another
├── DatabaseError        the database cannot be opened, read or written, or has another version
├── TransportError       a transport cannot be reached, or refuses a message
├── CampaignError        a campaign must not start or continue
├── KeyInUseError        a signing key is still in use
├── TokenError           a token is forged, incomplete or expired
├── TemplateError        a template cannot be read, parsed or rendered
└── LayoutError          mjml-python rejects the layout of the email
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How serious a problem is. Only errors stop the output; information is not counted."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem at a location of a YAML file.

    `line` and `column` count from 1, columns in Unicode code points. `path` is the location in the document
    (`sections.papers[3].url`), `source` the text of the line, and `rule` the id of the check that found the problem.
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
    """An error that a user can cause. `message` says what is wrong and where, `advice` what to do."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class DocumentError(NewsletterError):
    """Problems in YAML files, sorted by file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column)))
        super().__init__("\n".join(f"{p.file}:{p.line}:{p.column}: {p.message}" for p in self.problems))

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        # By default, pickle calls the class with the message instead of the problems.
        return type(self), (self.problems,)


class NotFoundError(NewsletterError):
    """A publication, issue, file or folder does not exist."""


class ExistsError(NewsletterError):
    """A file already exists and is not overwritten."""


class ConflictError(NewsletterError):
    """A file has changed since the author saw it and is not overwritten."""


class SlugError(NewsletterError):
    """A name is not a slug, or is reserved."""


class ImageError(NewsletterError):
    """An image is missing, broken, or in a format that email clients do not show."""


class AccessError(NewsletterError):
    """The system refuses to read or write a file."""


class FetchError(NewsletterError):
    """A URL cannot be fetched: it is forbidden, too large, or not a web page."""


class NoAnswerError(FetchError):
    """A host cannot be reached, or does not answer in time. A cached response may be used instead."""


class AddressError(NewsletterError):
    """An email address is not valid, or imitates another."""


class DatabaseError(NewsletterError):
    """The database cannot be opened, read or written, or has another version.

    Attributes:
        busy: Whether another program has locked it.
        transient: Whether the same call may succeed later without a change of the program or its settings, for example
            when a server has restarted or a disk has space again.
    """

    def __init__(self, message: str, advice: str = "", *, busy: bool = False, transient: bool = False) -> None:
        super().__init__(message, advice)
        self.busy = busy
        self.transient = busy or transient


class TransportError(NewsletterError):
    """A transport cannot be reached, or refuses a message. `temporary` if a retry may succeed."""

    def __init__(self, message: str, advice: str = "", *, temporary: bool = False) -> None:
        super().__init__(message, advice)
        self.temporary = temporary


class CampaignError(NewsletterError):
    """A campaign must not start or continue."""


class DeployError(NewsletterError):
    """The archive cannot or could not be uploaded, or is not online afterwards."""


class KeyInUseError(NewsletterError):
    """A signing key cannot be deleted, since tokens that it has signed are still in use."""


class TokenError(NewsletterError):
    """A token is forged, incomplete or expired. `expired` if it was valid before."""

    def __init__(self, message: str, advice: str = "", *, expired: bool = False) -> None:
        super().__init__(message, advice)
        self.expired = expired


class TemplateError(NewsletterError):
    """A template cannot be read, parsed or rendered. The message names the template and the line."""


class LayoutError(NewsletterError):
    """mjml-python rejects the layout of the email."""
