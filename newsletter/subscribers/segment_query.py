"""An audience as SQL: the condition that its subscribers fulfil."""

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, true

from newsletter.database.tables import subscriber, subscriber_tag
from newsletter.subscribers.audience import Audience, Condition, Trait


def selected(audience: Audience, language: str) -> ColumnElement[bool]:
    """The condition on the table `subscriber`. `language` is the publication's, for those who chose none."""
    return and_(true(), *(_condition(condition, language) for condition in audience.conditions))


def _condition(condition: Condition, language: str) -> ColumnElement[bool]:
    found = or_(*(_value(condition.trait, value, language) for value in condition.values))
    return ~found if condition.negated else found


def _value(trait: Trait, value: str, language: str) -> ColumnElement[bool]:
    match trait:
        case Trait.TAG:
            return subscriber.c.id.in_(select(subscriber_tag.c.subscriber_id).where(subscriber_tag.c.tag == value))
        case Trait.LANGUAGE:
            # zh is everybody who reads Chinese; zh-Hant is not everybody who wrote zh (RFC 4647, 3.3.1).
            spoken = func.lower(func.coalesce(func.nullif(subscriber.c.language, ""), language))
            return or_(spoken == value.lower(), spoken.startswith(f"{value.lower()}-", autoescape=True))
        case Trait.DOMAIN:
            return subscriber.c.compared.endswith(f"@{value.lower()}", autoescape=True)
        case Trait.STATE:
            return subscriber.c.state == value
        case Trait.SINCE:
            return subscriber.c.created_at >= _seconds(value)
        case Trait.BEFORE:
            return subscriber.c.created_at < _seconds(value)


def _seconds(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
