"""Actions of subscribers: limits of requested mail, their history, and sign-ups that are never confirmed."""

import pytest

from newsletter.database.database import Database
from newsletter.database.states import EventKind
from newsletter.subscribers.consent import (
    CONFIRM_WITHIN,
    DAY,
    Profile,
    SignUpOutcome,
    change_preferences,
    confirm,
    delete_unconfirmed,
    request_data,
    request_subscription,
)
from newsletter.subscribers.events import list_events
from newsletter.subscribers.queries import add_subscriber, find_subscriber, find_subscriber_by_id
from newsletter.subscribers.request_limits import RequestLimit
from newsletter.text.email_address import check_address
from tests.subscribers.people import NOW, subscriber

MINUTE = 60
ANN, BOB, EVE = (check_address(f"{name}@example.org") for name in ("ann", "bob", "eve"))


@pytest.mark.parametrize(
    ("minutes", "allowed"),
    [
        ((0, 10, 20), [True, True, True]),
        ((0, 9), [True, False]),
        ((0, 10, 19), [True, True, False]),
        ((0, 10, 20, 600), [True, True, True, False]),
        ((0, 10, 20, 24 * 60), [True, True, True, True]),
    ],
)
def test_an_address_gets_three_requested_messages_a_day(
    database: Database, minutes: tuple[int, ...], allowed: list[bool]
) -> None:
    """At least ten minutes apart. A refused request does not count."""
    with database.write() as connection:
        id = add_subscriber(connection, subscriber("ann@example.org"))
        assert id is not None
        found = find_subscriber_by_id(connection, id)
        assert found is not None
        requests = [request_data(connection, found, "a page", NOW + at * MINUTE) for at in minutes]
        assert [request.allowed for request in requests] == allowed
        assert [event.kind for event in list_events(connection, id)] == [EventKind.REQUESTED] * allowed.count(True)


@pytest.mark.parametrize(
    ("minutes", "last", "next_at"),
    [((0, 4), 0, 10), ((0, 10, 19), 10, 20), ((0, 10, 20, 21), 20, 24 * 60), ((0, 60, 700, 750), 700, 24 * 60)],
)
def test_a_reached_limit_tells_when_the_next_request_is_allowed(
    database: Database, minutes: tuple[int, ...], last: int, next_at: int
) -> None:
    """Not a second earlier, and then it is."""
    with database.write() as connection:
        id = add_subscriber(connection, subscriber("ann@example.org"))
        assert id is not None
        found = find_subscriber_by_id(connection, id)
        assert found is not None
        *_, request = [request_data(connection, found, "a page", NOW + at * MINUTE) for at in minutes]
        assert request.limit == RequestLimit(NOW + last * MINUTE, NOW + next_at * MINUTE)
        assert not request_data(connection, found, "a page", NOW + next_at * MINUTE - 1).allowed
        assert request_data(connection, found, "a page", NOW + next_at * MINUTE).allowed


def test_a_sign_up_counts_as_requested_mail(database: Database) -> None:
    """A second sign-up is refused within ten minutes, and allowed afterwards."""
    with database.write() as connection:
        outcomes = [request_subscription(connection, ANN, "", "a page", NOW + at * MINUTE).outcome for at in (0, 9, 10)]
    assert outcomes == [SignUpOutcome.CONFIRM, SignUpOutcome.LIMITED, SignUpOutcome.CONFIRM]


def test_changed_preferences_are_in_the_history(database: Database) -> None:
    """As one event. Tags that are not offered stay, and unchanged preferences are not recorded."""
    with database.write() as connection:
        id = add_subscriber(connection, subscriber("ann@example.org", tags=("beta", "vip")))
        assert id is not None
        for _ in range(2):
            found = find_subscriber_by_id(connection, id)
            assert found is not None
            change_preferences(connection, found, "ja", Profile(None, ("gamma",), ("beta", "gamma")), NOW)
        found = find_subscriber_by_id(connection, id)
        assert found is not None
        assert (found.language, found.tags) == ("ja", ("gamma", "vip"))
        assert [(event.kind, event.detail) for event in list_events(connection, id)] == [
            (EventKind.CHANGED, "language none → ja, +gamma, -beta")
        ]


def test_an_unconfirmed_sign_up_is_deleted_when_its_link_has_expired(database: Database) -> None:
    """Not earlier, and not if the subscriber confirmed or signed up again."""
    with database.write() as connection:
        for address in (ANN, BOB, EVE):
            signed_up = request_subscription(connection, address, "", "a page", NOW)
        confirm(connection, signed_up.subscriber_id, NOW, "a page", NOW)
        request_subscription(connection, BOB, "", "a page", NOW + DAY)
        assert delete_unconfirmed(connection, NOW + CONFIRM_WITHIN) == 0
        assert delete_unconfirmed(connection, NOW + CONFIRM_WITHIN + 1) == 1
        remaining = [find_subscriber(connection, address.compared) is not None for address in (ANN, BOB, EVE)]
    assert remaining == [False, True, True]


def test_no_subscriber_is_deleted_after_a_month_without_events(database: Database) -> None:
    """The clock may be wrong, so sign-ups stay until the next event."""
    with database.write() as connection:
        request_subscription(connection, ANN, "", "a page", NOW)
        assert delete_unconfirmed(connection, NOW + 30 * DAY + 1) == 0
        assert delete_unconfirmed(connection, NOW + 30 * DAY) == 1
