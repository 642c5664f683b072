"""Read the rows of a CSV file as subscribers: address, name, tags, state, and when they gave consent."""

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
    """Reads rows. `consent` and `now` are the consent's source and time unless a row gives them; all get `tags`."""

    columns: Columns
    consent: str
    now: int
    tags: tuple[str, ...] = ()

    def read(self, row: list[str]) -> ImportedSubscriber:
        """Read a row.

        Raises:
            NewsletterError: the address or another field is invalid, or the state is an unknown word.
        """
        columns = self.columns
        address, compared, _ = check_address(row[columns.email])
        return ImportedSubscriber(
            address,
            compared,
            check_name(" ".join([row[place].strip() for place in columns.names])),
            _optional(row, columns.language, check_language),
            self._state(row) if columns.states or columns.dated else SubscriberState.ACTIVE,
            _optional(row, columns.consent, check_consent) or self.consent,
            _since(row[columns.joined], self.now) if columns.joined is not None else self.now,
            (*self.tags, *_tags(row[columns.tags])) if columns.tags is not None else self.tags,
        )

    def _state(self, row: list[str]) -> SubscriberState:
        state = SubscriberState.ACTIVE
        for place, words in self.columns.states:
            word = row[place].strip().lower()
            if word not in words:
                column = self.columns.header[place]
                message = f"`{row[place].strip()[:40]}` in `{column}` does not say whether they get the newsletter"
                raise NewsletterError(message, f"It may say {', '.join(words)}; or take no state: --map state=.")
            state = strictest(state, words[word])
        for place, dated_state in self.columns.dated:
            if row[place].strip():
                state = strictest(state, dated_state)
        return state


def _optional(row: list[str], place: int | None, check: Callable[[str], str]) -> str:
    if place is None:
        return ""
    text = row[place]
    return check(text) if text and not text.isspace() else ""


def _tags(text: str) -> list[str]:
    """Read tags separated by commas or semicolons, each perhaps in quotes, or a JSON list."""
    if not text:
        return []
    parts = re.split(r"[,;]", text.strip().removeprefix("[").removesuffix("]"))
    return [check_tag(part.strip().strip("\"'")) for part in parts if part.strip().strip("\"'")]


def _since(text: str, now: int) -> int:
    """Read a day or a time as seconds since 1970 (UTC); `now` if it is invalid or in the future."""
    try:
        joined = datetime.fromisoformat(text.strip().removesuffix(" UTC"))
    except ValueError:
        return now
    seconds = int((joined if joined.tzinfo else joined.replace(tzinfo=UTC)).timestamp())
    return seconds if 0 < seconds < now else now
