"""Parse the author's mapping of columns and values: the option `--map`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from newsletter.database.states import SubscriberState
from newsletter.errors import NewsletterError
from newsletter.subscribers.csv.consent_columns import ColumnKind, ColumnMeaning
from newsletter.subscribers.csv.text_key import text_key

FIELDS = ("email", "name", "first_name", "last_name", "language", "tags", "state", "joined")
# What a column says about consent; None for nothing.
MEANINGS: Mapping[str, ColumnMeaning | None] = {
    "unsubscribed": ColumnMeaning(ColumnKind.WITHDRAWAL),
    "bounced": ColumnMeaning(ColumnKind.WITHDRAWAL, SubscriberState.BOUNCED),
    "complained": ColumnMeaning(ColumnKind.WITHDRAWAL, SubscriberState.COMPLAINED),
    "subscribed": ColumnMeaning(ColumnKind.GRANT),
    "confirmed": ColumnMeaning(ColumnKind.GRANT, SubscriberState.PENDING),
    "ignore": None,
}
_STATES = tuple(state.value for state in SubscriberState)


@dataclass(frozen=True)
class ColumnMapping:
    """The columns and values that the author mapped.

    Attributes:
        fields: columns by fields of `FIELDS`. An empty column ignores the field.
        meanings: names of `MEANINGS` by columns.
        values: pairs of `COLUMN:VALUE` and a state. Both parts may contain colons.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    meanings: Mapping[str, str] = field(default_factory=dict)
    values: tuple[tuple[str, SubscriberState], ...] = ()


def parse_mapping(texts: Iterable[str]) -> ColumnMapping:
    """Parse mappings of the forms `FIELD=COLUMN`, `MEANING=COLUMN` and `COLUMN:VALUE=STATE`.

    Raises:
        NewsletterError: a mapping has another form.
    """
    fields: dict[str, str] = {}
    meanings: dict[str, str] = {}
    values: list[tuple[str, SubscriberState]] = []
    for text in texts:
        name, equals, column = text.partition("=")
        left, _, state = text.rpartition("=")
        if equals and name in FIELDS:
            fields[name] = column
        elif name in MEANINGS and column:
            meanings[column] = name
        elif ":" in left and state in _STATES:
            values.append((left, SubscriberState(state)))
        else:
            forms = f"Write FIELD=COLUMN, MEANING=COLUMN or COLUMN:VALUE=STATE. The fields are {', '.join(FIELDS)}"
            advice = f"{forms}; the meanings {', '.join(MEANINGS)}; the states {', '.join(_STATES)}."
            raise NewsletterError(f"--map {text} is not valid", advice)
    return ColumnMapping(fields, meanings, tuple(values))


def split_value(text: str, header: Iterable[str]) -> tuple[str, str] | None:
    """Split `COLUMN:VALUE` at the colon after the longest name of a column. Returns None if no column has the name."""
    keys = {text_key(name) for name in header}
    places = [place for place, character in enumerate(text) if character == ":" and text_key(text[:place]) in keys]
    return (text[: places[-1]], text[places[-1] + 1 :]) if places else None
