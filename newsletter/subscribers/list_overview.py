"""Count the list: by state, by tag, by language, and its suppressions."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select, true

from newsletter.database.states import SubscriberState, SuppressionReason
from newsletter.database.tables import subscriber, subscriber_tag
from newsletter.subscribers.queries import count_subscribers
from newsletter.subscribers.suppressions import count_suppressions

# A list may have very many tags. More than these are of little use in an overview.
_MOST = 60


@dataclass(frozen=True, slots=True)
class ListOverview:
    """The counts of a list. Those that are 0 are left out.

    Attributes:
        states: The subscribers by state.
        tags: The subscribers by tag, most first. Rare tags are left out.
        languages: The subscribers by language, most first. Empty is the publication's language.
        suppressions: The suppressed addresses by reason. They need not be on the list.
    """

    states: dict[SubscriberState, int]
    tags: dict[str, int]
    languages: dict[str, int]
    suppressions: dict[SuppressionReason, int]


def read_overview(connection: Connection) -> ListOverview:
    """Count the list."""
    number = func.count()
    tag, language = subscriber_tag.c.tag, subscriber.c.language
    tags = select(tag, number).group_by(tag).order_by(number.desc(), tag).limit(_MOST)
    languages = select(language, number).group_by(language).order_by(number.desc(), language).limit(_MOST)
    return ListOverview(
        states=count_subscribers(connection, true()),
        tags={name: count for name, count in connection.execute(tags)},  # noqa: C416 (rows are not pairs)
        languages={name: count for name, count in connection.execute(languages)},  # noqa: C416 (rows are not pairs)
        suppressions=count_suppressions(connection),
    )
