"""The results of the preflight as the dashboard shows them: where it has the action of a command, it offers that."""

import re
from dataclasses import dataclass
from enum import StrEnum

from newsletter.errors import Problem
from newsletter.preflight.diagnosis import Diagnosis, DiagnosisState


class Action(StrEnum):
    """What the page offers to do about a result."""

    NONE = ""
    SHOW_CHECKS = "show-checks"
    SEND_TEST = "send-test"


# Advice that names a command, the advice in the dashboard, and its action.
_ACTIONS = (
    (re.compile(r"Run `newsletter check [^`]*` to see all\."), "The checks show all of them.", Action.SHOW_CHECKS),
    (
        re.compile(r"Run the command without --offline to check them\."),
        "Tick the box above to check them.",
        Action.NONE,
    ),
    (re.compile(r"Send one and look at it: `newsletter send [^`]*`\."), "Send one and look at it.", Action.SEND_TEST),
)


@dataclass(frozen=True, slots=True)
class PreflightResult:
    """A result of the preflight, with the fields of `Diagnosis`."""

    about: str
    state: DiagnosisState
    message: str
    advice: str
    problems: tuple[Problem, ...]
    action: Action


def preflight_result(found: Diagnosis) -> PreflightResult:
    """Return a diagnosis as the dashboard shows it."""
    advice, action = found.advice, Action.NONE
    for command, words, offered in _ACTIONS:
        if command.search(advice):
            advice, action = command.sub(words, advice), offered
    return PreflightResult(found.about, found.state, found.message, advice, found.problems, action)
