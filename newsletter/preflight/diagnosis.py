"""The result of a check: its subject, its state, a message and advice."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from newsletter.errors import NewsletterError, Problem


class DiagnosisState(StrEnum):
    """How serious a diagnosis is. With an error, messages cannot be sent or receivers do not trust them."""

    GOOD = "good"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The result of a check.

    Attributes:
        about: The subject, such as `transport`, or the location in `newsletter.yaml`.
        state: How serious it is.
        message: What was found, in lower case without a full stop.
        advice: What to do, as a sentence; may be empty.
        problems: Problems in the author's files that it counts.
    """

    about: str
    state: DiagnosisState
    message: str
    advice: str = ""
    problems: tuple[Problem, ...] = ()


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


def located(state: DiagnosisState, problem: Problem) -> Diagnosis:
    """Report a problem in a file as a diagnosis, with its location."""
    return Diagnosis(f"{problem.file}:{problem.line}", state, problem.message, problem.advice)
