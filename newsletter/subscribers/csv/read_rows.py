"""Rows of a list become people: who, since when, and in which state."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from newsletter.database.states import SubscriberState
from newsletter.errors import NewsletterError
from newsletter.subscribers.attributes import check_consent, check_language, check_name, check_tag
from newsletter.subscribers.csv.columns import Columns
from newsletter.subscribers.subscriber import Newcomer, lowest
from newsletter.text.email_address import check_address


@dataclass(frozen=True)
class Reading:
    """How rows are read: where consent came from and when, unless a row says it, and the tags that all get."""

    columns: Columns
    consent: str
    now: int
    tags: tuple[str, ...] = ()

    def person(self, row: list[str]) -> Newcomer:
        """The person of a row.

        Raises:
            NewsletterError: the address is none, something else cannot be kept, or the state is in unknown words.
        """
        columns = self.columns
        address, compared, _ = check_address(row[columns.email])
        return Newcomer(
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
            said = row[place].strip().lower()
            if said not in words:
                column = self.columns.header[place]
                message = f"`{row[place].strip()[:40]}` in `{column}` does not say whether they get the newsletter"
                raise NewsletterError(message, f"It may say {', '.join(words)}; or take no state: --map state=.")
            state = lowest(state, words[said])
        for place, meant in self.columns.dated:
            if row[place].strip():
                state = lowest(state, meant)
        return state


def _optional(row: list[str], place: int | None, check: Callable[[str], str]) -> str:
    if place is None:
        return ""
    text = row[place]
    return check(text) if text and not text.isspace() else ""


def _tags(text: str) -> list[str]:
    """Tags with commas or semicolons between them, each perhaps in quotes, or as a JSON list."""
    if not text:
        return []
    parts = re.split(r"[,;]", text.strip().removeprefix("[").removesuffix("]"))
    return [check_tag(part.strip().strip("\"'")) for part in parts if part.strip().strip("\"'")]


def _since(text: str, now: int) -> int:
    """The seconds of a day or a time; what cannot be read, or is still to come, is now."""
    try:
        moment = datetime.fromisoformat(text.strip().removesuffix(" UTC"))
    except ValueError:
        return now
    seconds = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    return seconds if 0 < seconds < now else now
