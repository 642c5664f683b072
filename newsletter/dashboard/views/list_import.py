"""An import of a list in the dashboard: the file is uploaded, a dry run shows the difference, then it is imported.

There is one import at a time. Checks and imports run in a thread, so that they go on when the page is closed.
"""

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import Field

from newsletter.dashboard.views.uploaded_list import UploadedList
from newsletter.database.states import SubscriberState
from newsletter.errors import NewsletterError, Problem
from newsletter.fields.base import Model
from newsletter.subscribers.attributes import check_consent
from newsletter.subscribers.csv.check_consent import UnclearConsentError
from newsletter.subscribers.csv.column_mapping import ColumnMapping, parse_mapping
from newsletter.subscribers.csv.import_list import ImportResult
from newsletter.subscribers.csv.merge import Change, MergeOutcome
from newsletter.subscribers.csv.read_tags import read_tags

# The most rows that are shown of each outcome, and the most problems. The counts are those of all.
MAX_SHOWN = 200
# What the advice of the command names, and what it is in the dashboard.
_WORDS = (
    ("set the encoding of the whole file with --encoding", "choose the encoding of the whole file"),
    ("set --encoding", "choose the encoding"),
    ("Select it with --map email=COLUMN.", "Select it below."),
    ("with --map", "below"),
    ("Give the path of a CSV file.", "Choose the file again."),
    ("import that file with --state unsubscribed", "import that file with the state `unsubscribed`"),
)


class ImportPhase(StrEnum):
    """Where an import is. `stopped` and `failed` can be continued: rows that were imported change nothing."""

    NONE = "none"
    UPLOADED = "uploaded"
    CHECKING = "checking"
    CHECKED = "checked"
    IMPORTING = "importing"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class ImportOptions(Model):
    """The options of an import, as of `newsletter subscribers import`. `tags` are separated by commas.

    `mapping` has texts as for `--map`. `state` is "" if the file says it.
    """

    consent: str = Field(max_length=1000)
    mapping: tuple[str, ...] = Field((), max_length=2000)
    state: str = Field("", max_length=20)
    tags: str = Field("", max_length=1000)
    encoding: str = Field("", max_length=40)

    def read_consent(self) -> str:
        """Return the source of consent.

        Raises:
            NewsletterError: It is missing or not valid.
        """
        return check_consent(self.consent)

    def read_mapping(self) -> ColumnMapping:
        """Return the columns and values that the author mapped.

        Raises:
            NewsletterError: A text is not valid.
        """
        return parse_mapping(self.mapping)

    def read_state(self) -> SubscriberState:
        """Return the state of everybody in the file, unless a row has a stricter one.

        Raises:
            NewsletterError: It is unknown.
        """
        try:
            return SubscriberState(self.state or SubscriberState.ACTIVE)
        except ValueError as error:
            raise NewsletterError(f"unknown state `{self.state[:20]}`", "Reload the page, then try again.") from error

    def read_tags(self) -> list[str]:
        """Return the tags for every subscriber in the file.

        Raises:
            NewsletterError: A tag is not valid.
        """
        return read_tags(self.tags)


@dataclass
class ImportReport:
    """What a check or an import found so far. It is filled by a thread, and read by requests.

    Attributes:
        reading: How the file is read: program, encoding, and the column of each field.
        warning: What the program's export does not contain.
        result: The counts.
        changes: The first changes of each outcome.
        problems: The first rows with problems.
        done: The bytes read so far.
        total: The bytes to read; 0 before that is known.
    """

    reading: str = ""
    warning: str = ""
    result: ImportResult = field(default_factory=ImportResult)
    changes: dict[MergeOutcome, list[Change]] = field(default_factory=lambda: defaultdict(list))
    problems: list[Problem] = field(default_factory=list)
    done: int = 0
    total: int = 0

    def add_change(self, change: Change) -> None:
        """Keep a change, unless enough of its outcome are kept or nothing changes."""
        kept = self.changes[change.outcome]
        if change.outcome is not MergeOutcome.SAME and len(kept) < MAX_SHOWN:
            kept.append(change)

    def add_problem(self, problem: Problem) -> None:
        """Keep a problem, unless enough are kept."""
        if len(self.problems) < MAX_SHOWN:
            self.problems.append(problem)

    def as_object(self) -> dict[str, Any]:
        """Return it as an object for JSON."""
        counts = {outcome.name.lower(): self.result.outcomes[outcome] for outcome in MergeOutcome}
        return {
            "reading": self.reading,
            "warning": in_page_words(self.warning),
            "counts": counts | {"faults": self.result.faults, "unclear_dates": self.result.unclear_times},
            "changes": {
                outcome.name.lower(): [
                    {"address": change.row.address, "name": change.row.name, "detail": change.detail}
                    for change in changes
                ]
                for outcome, changes in list(self.changes.items())
                if changes
            },
            "problems": [
                asdict(problem) | {"advice": in_page_words(problem.advice)} for problem in list(self.problems)
            ],
            "done": self.done,
            "total": self.total,
        }


def error_object(error: NewsletterError, file: UploadedList) -> dict[str, Any]:
    """Return an error as an object for JSON: its message, its advice, and the columns that the author must explain."""
    if not isinstance(error, UnclearConsentError):
        return {"message": file.localise(error.message), "advice": in_page_words(file.localise(error.advice))}
    number = len(error.columns)
    what = "1 column may be" if number == 1 else f"{number} columns may be"
    columns = [
        {
            "name": column.name,
            "unknown": column.unknown,
            "values": [{"value": value, "line": line} for value, line in list(column.values.items())[:20]],
            "more": max(0, len(column.values) - 20),
        }
        for column in error.columns
    ]
    advice = "Nothing was changed. Say what the column means, or that it is not about consent, and check again."
    return {"message": f"{what} about consent and cannot be understood", "advice": advice, "unclear": columns}


def in_page_words(text: str) -> str:
    """Return a message with what the page offers instead of the options of the command."""
    for words, instead in _WORDS:
        text = text.replace(words, instead)
    return text
