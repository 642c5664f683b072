"""The result of one check: what was examined, its state, and what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from newsletter.errors import NewsletterError


class DiagnosisState(StrEnum):
    """How serious a diagnosis is. An error keeps messages from being sent, or receivers from trusting them."""

    GOOD = "good"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a check found. `about` names the subject, such as `transport`; `advice` is empty where there is none."""

    about: str
    state: DiagnosisState
    message: str
    advice: str = ""


def error_diagnosis(about: str, error: NewsletterError) -> Diagnosis:
    """Report an error as a diagnosis."""
    return Diagnosis(about, DiagnosisState.ERROR, error.message, error.advice)


def diagnose_attempt(about: str, attempt: Callable[[], str]) -> Diagnosis:
    """Try something out.

    Args:
        about: The subject of the diagnosis.
        attempt: Does the work and returns a message for success. What it raises becomes an error.
    """
    try:
        return Diagnosis(about, DiagnosisState.GOOD, attempt())
    except NewsletterError as error:
        return error_diagnosis(about, error)
