"""What the store promises, on SQLite and on PostgreSQL."""

import io
from dataclasses import replace
from itertools import product
from threading import Thread

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from newsletter.bounces.bounce_queries import WorstBounce, counts_by_campaign, record_bounce, worst_bounces
from newsletter.database import tables
from newsletter.database.database import Database
from newsletter.database.driver_errors import translate_error
from newsletter.database.signing_keys import make_key, signing_keys
from newsletter.database.states import BounceKind, EventKind, SubscriberState, SuppressionReason
from newsletter.database.tables import campaign, delivery, metadata
from newsletter.ledger.history import history_of
from newsletter.subscribers.apply_event import erase
from newsletter.subscribers.consent import (
    SignUp,
    SignUpOutcome,
    request_subscription,
    unsubscribe,
)
from newsletter.subscribers.csv.merge import Change, MergeOutcome, merge_batch
from newsletter.subscribers.events import Event, events_of, record
from newsletter.subscribers.queries import (
    add_subscriber,
    change_tag,
    count_subscribers,
    find_subscriber,
    subscribers,
)
from newsletter.subscribers.segments import read_segment, segment_condition
from newsletter.subscribers.subscriber import ImportedSubscriber, Subscriber
from newsletter.subscribers.suppressions import find_suppression, lift, suppress, suppressed
from newsletter.text.email_address import check_address
from newsletter.web.access_log import access_log, log_error
from tests.subscribers.people import NOW, imported, subscriber

ACTIVE, PENDING = SubscriberState.ACTIVE, SubscriberState.PENDING
UNSUBSCRIBED, BOUNCED, COMPLAINED = SubscriberState.UNSUBSCRIBED, SubscriberState.BOUNCED, SubscriberState.COMPLAINED


def take(database: Database, *people: ImportedSubscriber) -> dict[str, tuple[MergeOutcome, str]]:
    """Import people; each one's outcome by address."""
    translate_error: list[Change] = []
    with database.write() as connection:
        counts = merge_batch(connection, {person.compared: person for person in people}, NOW, translate_error.append)
    assert sum(counts.values()) == len(translate_error) == len({person.compared for person in people})
    return {change.row.address: (change.outcome, change.detail) for change in translate_error}


def state_of(database: Database, address: str) -> SubscriberState | None:
    with database.read() as connection:
        found = find_subscriber(connection, address)
    return found.state if found else None


def add(database: Database, *people: Subscriber) -> list[int]:
    with database.write() as connection:
        return [id for person in people if (id := add_subscriber(connection, person))]


def found(database: Database, text: str) -> list[str]:
    """The addresses that a filter finds in an English publication."""
    with database.read() as connection:
        return [one.address for one in subscribers(connection, segment_condition(read_segment(text, "--to"), "en"))]


def test_a_subscriber_comes_back_as_they_were_added(database: Database) -> None:
    """All that is known of somebody is kept, letters of every script too; tags come in order."""
    new = Subscriber(
        0, "Jörg@Bücher.example", "jörg@xn--bcher-kva.example", "约尔格 🙂", "zh-Hant", ("b", "a"), ACTIVE, "é", 5, 6
    )
    (id,) = add(database, new)
    with database.read() as connection:
        one = find_subscriber(connection, new.compared)
    assert one == replace(new, id=id, tags=("a", "b"))


def test_an_id_is_never_used_again(database: Database) -> None:
    """Tokens and pages that name an id stay right after an erasure."""
    first, second = add(database, subscriber("a@x.org"), subscriber("b@x.org"))
    with database.write() as connection:
        one = find_subscriber(connection, "b@x.org")
        assert one
        erase(connection, one, NOW)
    (third,) = add(database, subscriber("c@x.org"))
    assert first < second < third


def test_more_than_a_page_of_subscribers_is_listed_in_order(database: Database) -> None:
    """Everybody is listed once, in the order in which they came."""
    people = [imported(f"{number:04}@x.org", tags=("t",) if number % 2 else ()) for number in range(2500)]
    take(database, *people)
    assert found(database, "") == [person.address for person in people]
    assert len(found(database, "tag:t")) == 1250


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "abcd"),
        ("tag:beta", "ab"),
        ("tag:beta,vip", "abc"),
        ("tag:beta tag:vip", "b"),
        ("-tag:beta", "cd"),
        ('tag:"early bird"', "d"),
        ("language:ja", "a"),
        ("language:zh", "b"),
        ("language:zh-hant", "b"),
        ("language:zh-TW", ""),
        ("language:en", "cd"),
        ("-language:en", "ab"),
        ("domain:X.org", "abc"),
        ("domain:x_org,%", ""),
        ("state:active", "abc"),
        ("state:pending,bounced", "d"),
        ("since:2023-01-01 before:2024-01-01", "abcd"),
        ("before:2023-01-01", ""),
        ("tag:beta -language:ja state:active", "b"),
    ],
)
def test_a_filter_finds_whom_it_names(database: Database, text: str, expected: str) -> None:
    """All conditions hold, of several values one; those without a language have the publication's."""
    take(
        database,
        imported("a@x.org", language="ja", tags=("beta",)),
        imported("b@x.org", language="zh-Hant", tags=("beta", "vip")),
        imported("c@x.org", tags=("vip",)),
        imported("d@sub.x.org", PENDING, language="en", tags=("early bird",)),
    )
    assert sorted(address[0] for address in found(database, text)) == sorted(expected)


def test_subscribers_are_counted_by_state(database: Database) -> None:
    """The counts are those of the condition, and a state that nobody has is left out."""
    take(database, imported("a@x.org"), imported("b@x.org"), imported("c@x.org", UNSUBSCRIBED))
    with database.read() as connection:
        condition = segment_condition(read_segment("domain:x.org", ""), "en")
        assert count_subscribers(connection, condition) == {ACTIVE: 2, UNSUBSCRIBED: 1}


def test_consent_only_goes_down_by_import(database: Database) -> None:
    """Nobody becomes active by an import, nobody who left is less gone, and who left elsewhere has left here."""
    order = [BOUNCED, UNSUBSCRIBED, COMPLAINED]
    pairs = list(product(SubscriberState, SubscriberState))
    take(database, *(imported(f"{known}-{said}@x.org", known) for known, said in pairs))
    take(database, *(imported(f"{known}-{said}@X.org", said) for known, said in pairs))
    for known, said in pairs:
        expected = max(known, said, key=lambda state: order.index(state) if state in order else -1)
        assert (known, said, state_of(database, f"{known}-{said}@x.org")) == (known, said, expected)


def test_an_import_never_brings_a_suppressed_address_back(database: Database) -> None:
    """It is left out, whatever the line says and whatever the reason was, and the suppression stays."""
    addresses = {reason: f"{number}@x.org" for number, reason in enumerate(SuppressionReason)}
    with database.write() as connection:
        for reason, address in addresses.items():
            suppress(connection, address, reason, NOW)
    assert take(database, *map(imported, addresses.values()), imported("b@x.org")) == {
        **{address: (MergeOutcome.SUPPRESSED, reason.value) for reason, address in addresses.items()},
        "b@x.org": (MergeOutcome.ADDED, "active"),
    }
    assert found(database, "") == ["b@x.org"]
    with database.read() as connection:
        assert len(suppressed(connection, addresses.values())) == len(addresses)


def test_of_somebody_suppressed_on_the_list_only_consent_is_heard(database: Database) -> None:
    """A new name does not come in by an import; a complaint does."""
    take(database, imported("a@x.org", BOUNCED))
    assert take(database, imported("a@x.org", name="Ann", tags=("t",)))["a@x.org"] == (MergeOutcome.SAME, "")
    detail = "bounced → complained"
    assert take(database, imported("a@x.org", COMPLAINED, name="Ann"))["a@x.org"] == (MergeOutcome.LOWERED, detail)


def test_what_bounced_or_complained_elsewhere_is_suppressed_here(database: Database) -> None:
    """A dead address is not tried again; somebody who left may still come back on their own."""
    take(database, imported("a@x.org", BOUNCED), imported("b@x.org", COMPLAINED), imported("c@x.org", UNSUBSCRIBED))
    with database.read() as connection:
        assert {
            address: one.reason for address, one in suppressed(connection, ["a@x.org", "b@x.org", "c@x.org"]).items()
        } == {"a@x.org": SuppressionReason.HARD_BOUNCE, "b@x.org": SuppressionReason.COMPLAINT}


def test_an_import_adds_to_what_is_known_and_takes_nothing_away(database: Database) -> None:
    """A blank field leaves what is known; what changed is told and kept as an event."""
    take(database, imported("a@x.org", name="Ann", language="ja", tags=("beta",)))
    assert take(database, imported("a@x.org")) == {"a@x.org": (MergeOutcome.SAME, "")}
    detail = "name `Ann` → `Ann Lee`, +vip"
    assert take(database, imported("a@x.org", name="Ann Lee", tags=("vip", "beta"))) == {
        "a@x.org": (MergeOutcome.CHANGED, detail)
    }
    with database.read() as connection:
        one = find_subscriber(connection, "a@x.org")
        assert one
        assert (one.name, one.language, one.tags) == ("Ann Lee", "ja", ("beta", "vip"))
        assert (one.consent_source, one.consent_at) == ("moved", NOW - 1000)
        assert events_of(connection, one.id) == [Event(EventKind.IMPORTED, NOW, detail, None)]


def test_an_erasure_leaves_a_keyed_hash_and_nothing_else(database: Database) -> None:
    """No table holds the address any more, in any column; who was written to is not known to the ledger."""
    (id,) = add(database, subscriber("gone@x.org", tags=("beta",)))
    with database.write() as connection:
        record(connection, id, EventKind.CONFIRMED, NOW, "gone@x.org")
        sent = insert(campaign).values(
            slug="1", content="c", subject="s", state="sending", git_clean=True, created_at=1
        )
        connection.execute(sent)
        row = {"campaign_id": 1, "subscriber_id": id, "address": "gone@x.org", "domain": "x.org", "state": "accepted"}
        connection.execute(insert(delivery).values(row | {"text": "250 <gone@x.org> ok"}))
    with database.write() as connection:
        one = find_subscriber(connection, "gone@x.org")
        assert one
        erase(connection, one, NOW)
    with database.read() as connection:
        for table in metadata.sorted_tables:
            assert "gone" not in str(connection.execute(select(table)).all())
        assert connection.execute(select(delivery.c.state)).scalars().all() == ["accepted"]
        assert history_of(connection, "gone@x.org").suppression
    assert take(database, imported("Gone@x.org"))["Gone@x.org"][0] is MergeOutcome.SUPPRESSED


def test_a_message_that_waits_for_somebody_erased_is_taken_out(database: Database) -> None:
    """Nobody is written to after their erasure."""
    (id,) = add(database, subscriber("gone@x.org"))
    with database.write() as connection:
        sent = insert(campaign).values(
            slug="1", content="c", subject="s", state="sending", git_clean=True, created_at=1
        )
        connection.execute(sent)
        row = {"campaign_id": 1, "subscriber_id": id, "address": "gone@x.org", "domain": "x.org", "state": "pending"}
        connection.execute(insert(delivery).values(row))
        one = find_subscriber(connection, "gone@x.org")
        assert one
        erase(connection, one, NOW)
        assert connection.execute(select(func.count()).select_from(delivery)).scalar() == 0


def test_a_suppression_keeps_its_first_reason_until_it_is_lifted(database: Database) -> None:
    """It is found by the address alone, also after its key was followed by another."""
    with database.write() as connection:
        suppress(connection, "a@x.org", SuppressionReason.COMPLAINT, 5)
        make_key(connection, "suppression")
        suppress(connection, "a@x.org", SuppressionReason.AUTHOR, 6)
        one = find_suppression(connection, "a@x.org")
        assert one
        assert (one.reason, one.since) == (SuppressionReason.COMPLAINT, 5)
        lift(connection, "a@x.org")
        assert find_suppression(connection, "a@x.org") is None


def test_keys_are_made_once_for_each_purpose(database: Database) -> None:
    """The first on demand, each of its own; the newest stands last."""
    with database.write() as connection:
        first = signing_keys(connection, "token")
        assert first == signing_keys(connection, "token")
        assert [len(key) for key in first] == [32]
        assert signing_keys(connection, "other") != first
        assert signing_keys(connection, "token") == [*first[:-1], first[-1]]
        assert [*first, make_key(connection, "token")] == signing_keys(connection, "token")


def test_what_came_back_is_counted_by_person_and_by_campaign(database: Database) -> None:
    """Two bounces of a kind from one person count once; those of who was erased each; a complaint is the gravest."""
    with database.write() as connection:
        begun = {"slug": "1", "content": "", "subject": "", "state": "complete", "git_clean": True, "created_at": NOW}
        for _ in range(2):
            connection.execute(insert(campaign).values(begun))
        ann, bob, eve = (
            add_subscriber(connection, subscriber(f"{name}@example.com")) for name in ("ann", "bob", "eve")
        )
        soft, hard, complaint = BounceKind.SOFT, BounceKind.HARD, BounceKind.COMPLAINT
        said = [(ann, 1, soft), (ann, 1, soft), (ann, 1, complaint), (bob, 1, hard), (eve, 1, soft), (eve, 1, soft)]
        for number, (id, campaign_id, kind) in enumerate([*said, (ann, 2, hard), (ann, None, soft)]):
            assert id
            assert record_bounce(connection, bytes([number]) * 32, id, campaign_id, kind, NOW + number)
        one = find_subscriber(connection, "eve@example.com")
        assert one
        erase(connection, one, NOW)
    with database.read() as connection:
        first = {soft: 3, complaint: 1, hard: 1}
        assert counts_by_campaign(connection) == {1: first, 2: {hard: 1}}
        assert counts_by_campaign(connection, 1) == {1: first}
        assert counts_by_campaign(connection, 3) == {}
        assert worst_bounces(connection, 1) == {ann: WorstBounce(complaint, NOW + 2), bob: WorstBounce(hard, NOW + 3)}


def test_tags_are_given_and_taken_once(database: Database) -> None:
    """Only those who did not have it get it, and only those who had it lose it; both are kept as events."""
    ids = add(database, subscriber("a@x.org", tags=("vip",)), subscriber("b@x.org"), subscriber("c@y.org"))
    condition = segment_condition(read_segment("domain:x.org", ""), "en")
    with database.write() as connection:
        assert change_tag(connection, condition, "vip", NOW, off=False) == 1
        assert change_tag(connection, condition, "vip", NOW, off=True) == 2
        assert [event.detail for event in events_of(connection, ids[1])] == ["+vip", "-vip"]


def test_a_transaction_that_fails_changes_nothing(database: Database) -> None:
    """What raises is undone as a whole."""
    with pytest.raises(IntegrityError), database.write() as connection:  # noqa: PT012 (the first of them is undone)
        add_subscriber(connection, subscriber("a@x.org"))
        record(connection, 99, EventKind.ADDED, NOW)
    assert found(database, "") == []


def test_an_address_is_on_the_list_once(database: Database) -> None:
    """Whoever adds it a second time is told so, and may go on."""
    with database.write() as connection:
        assert add_subscriber(connection, subscriber("a@x.org"))
        assert add_subscriber(connection, subscriber("a@x.org", PENDING, ("vip",))) is None
    assert state_of(database, "a@x.org") is ACTIVE


def test_two_processes_may_be_asked_for_the_same_person(empty_postgresql: str) -> None:
    """The one that comes second waits for the first, and then finds whom it has added."""
    address = check_address("ann@x.org")
    asked: list[SignUp] = []

    def second() -> None:
        with Database.open(empty_postgresql) as other, other.write() as connection:
            asked.append(request_subscription(connection, address, "", "a page", NOW))

    Database.upgrade(empty_postgresql)
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    with Database.open(empty_postgresql) as database:
        thread = Thread(target=second)
        with database.write() as connection:
            first = request_subscription(connection, address, "", "a page", NOW)
            thread.start()
            while not connection.exec_driver_sql(waits).scalar():
                assert thread.is_alive()
        thread.join()
    assert (first.outcome, asked) == (SignUpOutcome.CONFIRM, [SignUp(SignUpOutcome.LIMITED)])


def test_what_postgresql_shows_of_values_is_not_told(empty_postgresql: str) -> None:
    """An address that was in the way stands below the server's message, and neither in ours nor in the journal."""
    Database.upgrade(empty_postgresql)
    lines = io.StringIO()
    with Database.open(empty_postgresql) as database, access_log(lines):
        values = {"address": "ann@x.org", "compared": "ann@x.org", "state": "active", "consent_at": 0, "created_at": 0}
        with pytest.raises(IntegrityError) as caught, database.write() as connection:
            connection.execute(insert(tables.subscriber), [values, values])
        assert "ann@x.org" in str(caught.value)
        log_error("fault", caught.value)
        assert "ann@x.org" not in translate_error(caught.value, database.name).message
    assert "duplicate key value" in lines.getvalue()
    assert "ann@x.org" not in lines.getvalue()


def test_a_reader_sees_one_moment(database: Database) -> None:
    """What is written meanwhile does not show in a reading that has begun."""
    (id,) = add(database, subscriber("a@x.org"))
    with database.read() as reader:
        assert find_subscriber(reader, "a@x.org")
        with database.write() as writer:
            unsubscribe(writer, id, 0, "", NOW)
        one = find_subscriber(reader, "a@x.org")
        assert one
        assert one.state is ACTIVE
    assert state_of(database, "a@x.org") is UNSUBSCRIBED
