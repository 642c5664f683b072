"""Convert rows of a CSV file into subscribers, and validate their fields."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from newsletter.database.states import SubscriberState
from newsletter.errors import NewsletterError
from newsletter.subscribers.attributes import check_consent, check_language, check_name, check_tag
from newsletter.subscribers.csv.columns import Columns
from newsletter.subscribers.state_machine import strictest
from newsletter.subscribers.subscriber import ImportedSubscriber
from newsletter.text.email_address import check_address


@dataclass(frozen=True)
class RowReader:
    """Reads rows.

    Attributes:
        consent: the source of consent, for rows that contain none.
        now: the time of consent, for rows that contain none, in seconds since 1970 (UTC).
        tags: tags for every subscriber.
    """

    columns: Columns
    consent: str
    now: int
    tags: tuple[str, ...] = ()

    def read(self, row: list[str]) -> ImportedSubscriber:
        """Read a row.

        Raises:
            NewsletterError: the address, the state or another field is invalid.
        """
        columns = self.columns
        address, compared, _ = check_address(row[columns.email])
        return ImportedSubscriber(
            address,
            compared,
            check_name(" ".join([row[position].strip() for position in columns.names])),
            _read_optional(row, columns.language, check_language),
            self._read_state(row) if columns.states or columns.dated else SubscriberState.ACTIVE,
            _read_optional(row, columns.consent, check_consent) or self.consent,
            _read_time(row[columns.joined], self.now) if columns.joined is not None else self.now,
            (*self.tags, *_read_tags(row[columns.tags])) if columns.tags is not None else self.tags,
        )

    def _read_state(self, row: list[str]) -> SubscriberState:
        state = SubscriberState.ACTIVE
        for position, words in self.columns.states:
            word = row[position].strip().lower()
            if word not in words:
                column = self.columns.header[position]
                text = row[position].strip()[:40]
                message = f"unknown state `{text}` in `{column}`" if text else f"the state in `{column}` is missing"
                raise NewsletterError(message, f"Use one of {', '.join(words)}; or ignore states with --map state=.")
            state = strictest(state, words[word])
        for position, dated_state in self.columns.dated:
            if row[position].strip():
                state = strictest(state, dated_state)
        return state


def _read_optional(row: list[str], position: int | None, check: Callable[[str], str]) -> str:
    """Return a checked value, or "" if the column does not exist or the value is blank."""
    if position is None:
        return ""
    text = row[position]
    return check(text) if text and not text.isspace() else ""


def _read_tags(text: str) -> list[str]:
    """Parse tags separated by commas or semicolons, with or without quotes, or a JSON list."""
    if not text:
        return []
    parts = re.split(r"[,;]", text.strip().removeprefix("[").removesuffix("]"))
    return [check_tag(part.strip().strip("\"'")) for part in parts if part.strip().strip("\"'")]


def _read_time(text: str, now: int) -> int:
    """Parse a date or a time as seconds since 1970 (UTC). Returns `now` if it is invalid or in the future."""
    try:
        joined = datetime.fromisoformat(text.strip().removesuffix(" UTC"))
    except ValueError:
        return now
    seconds = int((joined if joined.tzinfo else joined.replace(tzinfo=UTC)).timestamp())
    return seconds if 0 < seconds < now else now
