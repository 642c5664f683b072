"""The mail queue in the database: claims, leases, retries, and mail that is no longer needed."""

import pytest
from sqlalchemy import Connection, insert, select, true, update

from newsletter.database.database import Database
from newsletter.database.states import EventKind, MailKind, MailState, SubscriberState
from newsletter.database.tables import delivery, transactional_mail
from newsletter.ledger.new_campaign import NewCampaign, create_campaign
from newsletter.mail.mail_queue import (
    QueuedMail,
    cancel_mail,
    claim_mail,
    due_mail,
    finish_mail,
    next_due_at,
    postpone_mail,
    request_mail,
    retry_now,
)
from newsletter.subscribers.apply_event import erase
from newsletter.subscribers.events import list_events
from newsletter.subscribers.queries import add_subscriber, find_subscriber_by_id, write_state
from tests.subscribers.people import NOW, subscriber

CONFIRMATION, DATA_LINK, WELCOME = MailKind.CONFIRMATION, MailKind.DATA_LINK, MailKind.WELCOME


def requested(connection: Connection, kind: MailKind = CONFIRMATION, now: int = NOW, address: str = "ann@x.org") -> int:
    """Add a subscriber and queue a mail to them. Returns the subscriber's id."""
    state = SubscriberState.PENDING if kind is CONFIRMATION else SubscriberState.ACTIVE
    id = add_subscriber(connection, subscriber(address, state))
    assert id
    request_mail(connection, kind, id, "ja", now)
    return id


def claimed(connection: Connection, now: int = NOW) -> QueuedMail:
    """Claim the only mail that is due."""
    (id,) = due_mail(connection, now)
    mail = claim_mail(connection, id, now)
    assert mail
    return mail


def states(connection: Connection) -> list[str]:
    return list(connection.execute(select(transactional_mail.c.state).order_by(transactional_mail.c.id)).scalars())


def test_a_mail_is_claimed_once(database: Database) -> None:
    """It can be claimed again when the lease has ended. Clocks that are behind do not end it."""
    with database.write() as connection:
        ann = requested(connection)
        first = claimed(connection)
        assert (first.kind, first.subscriber.id, first.language, first.requested_at) == (CONFIRMATION, ann, "ja", NOW)
        for now in (NOW - 60, NOW - 1, NOW, NOW + 1, NOW + 3600):
            assert due_mail(connection, now) == []
            assert claim_mail(connection, first.id, now) is None
        assert next_due_at(connection) == NOW + 3601
        second = claimed(connection, NOW + 3601)
        assert (first.attempts, second.attempts) == (1, 2)
        finish_mail(connection, first, MailState.SENT, "accepted 250", NOW + 3602)
        assert states(connection) == ["waiting"]
        assert list_events(connection, ann) == []


def test_a_sent_mail_is_finished(database: Database) -> None:
    """It is never due again, and is in the subscriber's history."""
    with database.write() as connection:
        ann = requested(connection)
        finish_mail(connection, claimed(connection), MailState.SENT, "accepted 250", NOW + 2)
        assert (due_mail(connection, NOW + 9999), next_due_at(connection)) == ([], None)
        (row,) = connection.execute(select(transactional_mail)).all()
        assert (row.state, row.sent_at, row.attempts, row.last_error) == ("sent", NOW + 2, 1, "")
        (event,) = list_events(connection, ann)
        assert (event.kind, event.at, event.detail) == (EventKind.WRITTEN, NOW + 2, "confirm: accepted 250")


@pytest.mark.parametrize("state", [MailState.FAILED, MailState.UNCERTAIN])
def test_a_failed_or_uncertain_mail_is_finished(database: Database, state: MailState) -> None:
    """The server has rejected it, or may have accepted it."""
    with database.write() as connection:
        ann = requested(connection)
        finish_mail(connection, claimed(connection), state, "refused 550", NOW + 2)
        assert due_mail(connection, NOW + 9999) == []
        (row,) = connection.execute(select(transactional_mail)).all()
        assert (row.state, row.sent_at, row.last_error) == (state.value, None, "refused 550")
        assert [event.detail for event in list_events(connection, ann)] == ["confirm: refused 550"]


def test_a_postponed_mail_is_due_when_its_wait_ends(database: Database) -> None:
    """It is also due when a process starts, unless another process has claimed it."""
    with database.write() as connection:
        requested(connection)
        mail = claimed(connection)
        retry_now(connection, NOW + 1)
        assert due_mail(connection, NOW + 1) == []
        postpone_mail(connection, mail, NOW + 60, "deferred 450")
        assert (due_mail(connection, NOW + 59), due_mail(connection, NOW + 60)) == ([], [mail.id])
        retry_now(connection, NOW + 1)
        assert due_mail(connection, NOW + 1) == [mail.id]


def test_a_cancelled_mail_is_finished(database: Database) -> None:
    """It is not sent, and is not in the history."""
    with database.write() as connection:
        ann = requested(connection)
        cancel_mail(connection, claimed(connection))
        assert (states(connection), due_mail(connection, NOW + 9999)) == (["cancelled"], [])
        assert list_events(connection, ann) == []


def test_a_mail_expires(database: Database) -> None:
    """It is cancelled a day after its request."""
    with database.write() as connection:
        requested(connection)
        (id,) = due_mail(connection, NOW + 24 * 3600)
        assert claim_mail(connection, id, NOW + 24 * 3600) is None
        assert states(connection) == ["cancelled"]


def test_a_newer_request_replaces_a_waiting_one(database: Database) -> None:
    """Mail of another kind is not replaced."""
    with database.write() as connection:
        ann = requested(connection)
        request_mail(connection, DATA_LINK, ann, "", NOW + 650)
        request_mail(connection, CONFIRMATION, ann, "", NOW + 700)
        mail = [claim_mail(connection, id, NOW + 700) for id in due_mail(connection, NOW + 700)]
        kept = [(one.kind, one.requested_at) for one in mail if one]
        assert kept == [(DATA_LINK, NOW + 650), (CONFIRMATION, NOW + 700)]
        assert states(connection) == ["cancelled", "waiting", "waiting"]


def test_a_subscriber_who_has_confirmed_gets_no_second_confirmation(database: Database) -> None:
    """They get the mail for subscribers who are already on the list."""
    with database.write() as connection:
        ann = requested(connection)
        write_state(connection, ann, SubscriberState.ACTIVE)
        assert claimed(connection).kind is MailKind.ALREADY_SUBSCRIBED


def test_a_welcome_mail_is_for_active_subscribers_without_an_issue(database: Database) -> None:
    """It is cancelled if the subscriber has unsubscribed or was sent an issue since."""
    with database.write() as connection:
        ids = {name: requested(connection, WELCOME, address=f"{name}@x.org") for name in ("ann", "bob", "eve")}
        write_state(connection, ids["bob"], SubscriberState.UNSUBSCRIBED)
        create_campaign(connection, NewCampaign("first", "", "", "", "", True, NOW), true())
        of_eve = delivery.c.subscriber_id == ids["eve"]
        connection.execute(update(delivery).where(of_eve).values(attempted_at=NOW + 5))
        mail = [claim_mail(connection, id, NOW + 9) for id in due_mail(connection, NOW + 9)]
        assert [one.subscriber.id for one in mail if one] == [ids["ann"]]
        assert states(connection) == ["waiting", "cancelled", "cancelled"]


def test_a_clock_that_was_ahead_does_not_keep_mail_waiting(database: Database) -> None:
    """No wait is longer than a lease, so a later time is treated as wrong."""
    with database.write() as connection:
        requested(connection, now=NOW + 365 * 24 * 3600)
        (id,) = due_mail(connection, NOW)
        assert claim_mail(connection, id, NOW)


def test_an_erased_subscriber_has_no_mail(database: Database) -> None:
    """The result of a mail that was being sent is not recorded, and the id of the mail is not reused."""
    with database.write() as connection:
        ann = requested(connection)
        mail = claimed(connection)
        found = find_subscriber_by_id(connection, ann)
        assert found
        erase(connection, found, NOW)
        assert states(connection) == []
        bob = requested(connection, address="bob@x.org")
        finish_mail(connection, mail, MailState.SENT, "accepted 250", NOW)
        assert states(connection) == ["waiting"]
        assert list_events(connection, bob) == []
        assert claimed(connection).id != mail.id


def test_the_queue_is_copied(database: Database, empty_postgresql: str) -> None:
    """`db copy` copies waiting and sent mail, and new ids follow the last one."""
    from newsletter.database.copy_rows import copy_into

    Database.upgrade(empty_postgresql)
    with database.write() as connection:
        ann = requested(connection)
        finish_mail(connection, claimed(connection), MailState.SENT, "accepted 250", NOW)
        request_mail(connection, DATA_LINK, ann, "", NOW)
        dropped = connection.execute(
            insert(transactional_mail)
            .values(subscriber_id=ann, kind="own", state="waiting", requested_at=NOW, due_at=NOW)
            .returning(transactional_mail.c.id)
        ).scalar_one()
        connection.execute(transactional_mail.delete().where(transactional_mail.c.id == dropped))
    with Database.open(empty_postgresql) as target:
        copy_into(database, target, lambda *_: None)
        with database.read() as before, target.write() as after:
            query = select(transactional_mail).order_by(transactional_mail.c.id)
            assert after.execute(query).all() == before.execute(query).all()
            request_mail(after, DATA_LINK, ann, "", NOW)
            assert max(row.id for row in after.execute(query)) == dropped + 1
