"""Convert rows of a CSV file into subscribers, and validate their fields."""

from collections.abc import Callable
from dataclasses import dataclass

from newsletter.database.states import SubscriberState
from newsletter.errors import NewsletterError
from newsletter.subscribers.attributes import check_consent, check_language, check_name
from newsletter.subscribers.csv.columns import Columns
from newsletter.subscribers.csv.read_tags import read_tags
from newsletter.subscribers.csv.read_time import UnclearTime, read_time
from newsletter.subscribers.state_machine import strictest
from newsletter.subscribers.subscriber import ImportedSubscriber
from newsletter.text.csv_cells import restore_cell
from newsletter.text.email_address import check_address

# Clocks of two machines differ. A time up to a day ahead is today in another zone.
_AHEAD = 86_400


@dataclass(frozen=True)
class RowReader:
    """Reads rows.

    Attributes:
        consent: the source of consent, for rows that contain none.
        now: the time of consent, if the file has no column for it, in seconds since 1970 (UTC).
        tags: tags for every subscriber.
        at_least: the state of every subscriber, if it is stricter than that of the row.
        on_unclear_time: called with the text and the reason if the time of consent of a row cannot be used.
    """

    columns: Columns
    consent: str
    now: int
    on_unclear_time: Callable[[str, str], None]
    tags: tuple[str, ...] = ()
    at_least: SubscriberState = SubscriberState.ACTIVE

    def read(self, row: list[str]) -> ImportedSubscriber:
        """Read a row.

        Raises:
            NewsletterError: the address, the state or another field is invalid.
        """
        columns = self.columns
        if columns.program.guarded:
            row = [restore_cell(cell) for cell in row]
        address, compared, _ = check_address(row[columns.email])
        return ImportedSubscriber(
            address,
            compared,
            check_name(" ".join([row[position].strip() for position in columns.names])),
            _read_optional(row, columns.language, check_language),
            self._read_state(row) if columns.states else self.at_least,
            _read_optional(row, columns.consent, check_consent) or self.consent,
            self._read_joined(row) if columns.joined else self.now,
            (*self.tags, *read_tags(row[columns.tags])) if columns.tags is not None else self.tags,
        )

    def _read_state(self, row: list[str]) -> SubscriberState:
        state = self.at_least
        for column in self.columns.states:
            given = column.read(row[column.position])
            if given is not None:
                state = strictest(state, given)
            elif self.at_least is SubscriberState.ACTIVE:
                text = row[column.position].strip()[:40]
                raise NewsletterError(f"`{text}` in `{column.name}` is not understood", "Import the file again.")
        return state

    def _read_joined(self, row: list[str]) -> int:
        """Return the time of consent; 0 if it is missing or cannot be used."""
        unclear = ("", "")
        for position in self.columns.joined:
            time = read_time(row[position])
            if isinstance(time, int) and time <= self.now + _AHEAD:
                return min(time, self.now)
            reason = time.value if isinstance(time, UnclearTime) else "is in the future"
            if time is not UnclearTime.BLANK and not unclear[1]:
                unclear = (row[position].strip(), reason)
        if unclear[1]:
            self.on_unclear_time(*unclear)
        return 0


def _read_optional(row: list[str], position: int | None, check: Callable[[str], str]) -> str:
    """Return a checked value, or "" if the column does not exist or the value is blank."""
    if position is None:
        return ""
    text = row[position]
    return check(text) if text and not text.isspace() else ""
