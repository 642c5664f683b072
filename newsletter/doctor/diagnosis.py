"""The result of a check: its subject, its state, a message and advice."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from newsletter.errors import NewsletterError


class DiagnosisState(StrEnum):
    """How serious a diagnosis is. With an error, messages cannot be sent or receivers do not trust them."""

    GOOD = "good"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The result of a check. `about` is the subject, such as `transport`; `advice` may be empty."""

    about: str
    state: DiagnosisState
    message: str
    advice: str = ""


def error_diagnosis(about: str, error: NewsletterError) -> Diagnosis:
    """Report an error as a diagnosis."""
    return Diagnosis(about, DiagnosisState.ERROR, error.message, error.advice)


def diagnose_attempt(about: str, attempt: Callable[[], str]) -> Diagnosis:
    """Call a function and report its result.

    Args:
        about: The subject of the diagnosis.
        attempt: Returns the message for success. A `NewsletterError` that it raises becomes an error.
    """
    try:
        return Diagnosis(about, DiagnosisState.GOOD, attempt())
    except NewsletterError as error:
        return error_diagnosis(about, error)
