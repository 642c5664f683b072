"""Queries of all packages, on SQLite and PostgreSQL."""

import io
from dataclasses import replace
from itertools import product
from threading import Thread

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from newsletter.bounces.bounce_queries import WorstBounce, count_bounces_by_campaign, find_worst_bounces, record_bounce
from newsletter.database import tables
from newsletter.database.database import Database
from newsletter.database.driver_errors import translate_error
from newsletter.database.signing_keys import make_key, signing_keys
from newsletter.database.states import BounceKind, EventKind, SubscriberState, SuppressionReason
from newsletter.database.tables import campaign, delivery, metadata
from newsletter.ledger.history import read_history_by_address
from newsletter.subscribers.apply_event import erase
from newsletter.subscribers.consent import (
    SignUp,
    SignUpOutcome,
    request_subscription,
    unsubscribe,
)
from newsletter.subscribers.csv.merge import Change, MergeOutcome, merge_batch
from newsletter.subscribers.events import Event, list_events, record_event
from newsletter.subscribers.queries import (
    add_subscriber,
    change_tag,
    count_subscribers,
    find_subscriber,
    list_subscribers,
)
from newsletter.subscribers.segments import build_segment_condition, parse_segment
from newsletter.subscribers.subscriber import ImportedSubscriber, Subscriber
from newsletter.subscribers.suppressions import find_suppression, find_suppressions, lift_suppression, suppress
from newsletter.text.email_address import check_address
from newsletter.web.access_log import access_log, log_error
from tests.subscribers.people import NOW, imported, subscriber

ACTIVE, PENDING = SubscriberState.ACTIVE, SubscriberState.PENDING
UNSUBSCRIBED, BOUNCED, COMPLAINED = SubscriberState.UNSUBSCRIBED, SubscriberState.BOUNCED, SubscriberState.COMPLAINED


def import_rows(database: Database, *people: ImportedSubscriber) -> dict[str, tuple[MergeOutcome, str]]:
    """Import rows. Returns outcome and detail of each by address."""
    changes: list[Change] = []
    with database.write() as connection:
        counts = merge_batch(connection, {person.compared: person for person in people}, NOW, changes.append)
    assert sum(counts.values()) == len(changes) == len({person.compared for person in people})
    return {change.row.address: (change.outcome, change.detail) for change in changes}


def state_of(database: Database, address: str) -> SubscriberState | None:
    with database.read() as connection:
        found = find_subscriber(connection, address)
    return found.state if found else None


def add(database: Database, *people: Subscriber) -> list[int]:
    with database.write() as connection:
        return [id for person in people if (id := add_subscriber(connection, person))]


def found(database: Database, text: str) -> list[str]:
    """Return the addresses that a filter matches, in a publication with English as its language."""
    with database.read() as connection:
        return [
            one.address
            for one in list_subscribers(connection, build_segment_condition(parse_segment(text, "--to"), "en"))
        ]


def test_a_subscriber_is_read_as_added(database: Database) -> None:
    """All fields are stored, in any script. Tags are sorted."""
    new = Subscriber(
        0, "Jörg@Bücher.example", "jörg@xn--bcher-kva.example", "约尔格 🙂", "zh-Hant", ("b", "a"), ACTIVE, "é", 5, 6
    )
    (id,) = add(database, new)
    with database.read() as connection:
        one = find_subscriber(connection, new.compared)
    assert one == replace(new, id=id, tags=("a", "b"))


def test_ids_are_never_reused(database: Database) -> None:
    """Tokens and pages with the id of an erased subscriber never refer to another one."""
    first, second = add(database, subscriber("a@x.org"), subscriber("b@x.org"))
    with database.write() as connection:
        one = find_subscriber(connection, "b@x.org")
        assert one
        erase(connection, one, NOW)
    (third,) = add(database, subscriber("c@x.org"))
    assert first < second < third


def test_subscribers_are_listed_in_pages(database: Database) -> None:
    """Each subscriber is listed once, in the order of addition."""
    people = [imported(f"{number:04}@x.org", tags=("t",) if number % 2 else ()) for number in range(2500)]
    import_rows(database, *people)
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
def test_a_filter_matches_subscribers(database: Database, text: str, expected: str) -> None:
    """All conditions must match; of several values, one must. The default language is that of the publication."""
    import_rows(
        database,
        imported("a@x.org", language="ja", tags=("beta",)),
        imported("b@x.org", language="zh-Hant", tags=("beta", "vip")),
        imported("c@x.org", tags=("vip",)),
        imported("d@sub.x.org", PENDING, language="en", tags=("early bird",)),
    )
    assert sorted(address[0] for address in found(database, text)) == sorted(expected)


def test_subscribers_are_counted_by_state(database: Database) -> None:
    """Only subscribers that match the condition are counted. States without subscribers are omitted."""
    import_rows(database, imported("a@x.org"), imported("b@x.org"), imported("c@x.org", UNSUBSCRIBED))
    with database.read() as connection:
        condition = build_segment_condition(parse_segment("domain:x.org", ""), "en")
        assert count_subscribers(connection, condition) == {ACTIVE: 2, UNSUBSCRIBED: 1}


def test_an_import_never_raises_consent(database: Database) -> None:
    """An import activates no existing subscriber, but can unsubscribe them or record a bounce or complaint."""
    order = [BOUNCED, UNSUBSCRIBED, COMPLAINED]
    pairs = list(product(SubscriberState, SubscriberState))
    import_rows(database, *(imported(f"{known}-{new}@x.org", known) for known, new in pairs))
    import_rows(database, *(imported(f"{known}-{new}@X.org", new) for known, new in pairs))
    for known, new in pairs:
        expected = max(known, new, key=lambda state: order.index(state) if state in order else -1)
        assert (known, new, state_of(database, f"{known}-{new}@x.org")) == (known, new, expected)


def test_an_import_skips_suppressed_addresses(database: Database) -> None:
    """They are skipped for any reason of suppression, and stay suppressed."""
    addresses = {reason: f"{number}@x.org" for number, reason in enumerate(SuppressionReason)}
    with database.write() as connection:
        for reason, address in addresses.items():
            suppress(connection, address, reason, NOW)
    assert import_rows(database, *map(imported, addresses.values()), imported("b@x.org")) == {
        **{address: (MergeOutcome.SUPPRESSED, reason.value) for reason, address in addresses.items()},
        "b@x.org": (MergeOutcome.ADDED, "active"),
    }
    assert found(database, "") == ["b@x.org"]
    with database.read() as connection:
        assert len(find_suppressions(connection, addresses.values())) == len(addresses)


def test_an_import_changes_only_the_consent_of_suppressed_subscribers(database: Database) -> None:
    """A new name is ignored; a complaint is recorded."""
    import_rows(database, imported("a@x.org", BOUNCED))
    assert import_rows(database, imported("a@x.org", name="Ann", tags=("t",)))["a@x.org"] == (MergeOutcome.SAME, "")
    detail = "bounced → complained"
    assert import_rows(database, imported("a@x.org", COMPLAINED, name="Ann"))["a@x.org"] == (
        MergeOutcome.LOWERED,
        detail,
    )


def test_an_import_suppresses_bounced_and_complained_addresses(database: Database) -> None:
    """Unsubscribed addresses are not suppressed: they may subscribe again."""
    import_rows(
        database, imported("a@x.org", BOUNCED), imported("b@x.org", COMPLAINED), imported("c@x.org", UNSUBSCRIBED)
    )
    with database.read() as connection:
        assert {
            address: one.reason
            for address, one in find_suppressions(connection, ["a@x.org", "b@x.org", "c@x.org"]).items()
        } == {"a@x.org": SuppressionReason.HARD_BOUNCE, "b@x.org": SuppressionReason.COMPLAINT}


def test_an_import_adds_fields_and_removes_none(database: Database) -> None:
    """A blank field changes nothing. Changes are reported and recorded as an event."""
    import_rows(database, imported("a@x.org", name="Ann", language="ja", tags=("beta",)))
    assert import_rows(database, imported("a@x.org")) == {"a@x.org": (MergeOutcome.SAME, "")}
    detail = "name `Ann` → `Ann Lee`, +vip"
    assert import_rows(database, imported("a@x.org", name="Ann Lee", tags=("vip", "beta"))) == {
        "a@x.org": (MergeOutcome.CHANGED, detail)
    }
    with database.read() as connection:
        one = find_subscriber(connection, "a@x.org")
        assert one
        assert (one.name, one.language, one.tags) == ("Ann Lee", "ja", ("beta", "vip"))
        assert (one.consent_source, one.consent_at) == ("moved", NOW - 1000)
        assert list_events(connection, one.id) == [Event(EventKind.IMPORTED, NOW, detail, None)]


def test_an_erasure_leaves_a_keyed_hash_and_nothing_else(database: Database) -> None:
    """No column of any table contains the address. The delivery stays in the ledger without it."""
    (id,) = add(database, subscriber("gone@x.org", tags=("beta",)))
    with database.write() as connection:
        record_event(connection, id, EventKind.CONFIRMED, NOW, "gone@x.org")
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
        assert read_history_by_address(connection, "gone@x.org").suppression
    assert import_rows(database, imported("Gone@x.org"))["Gone@x.org"][0] is MergeOutcome.SUPPRESSED


def test_an_erasure_deletes_pending_deliveries(database: Database) -> None:
    """An erased subscriber is never mailed again."""
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
    """It is also found after a newer key was made."""
    with database.write() as connection:
        suppress(connection, "a@x.org", SuppressionReason.COMPLAINT, 5)
        make_key(connection, "suppression")
        suppress(connection, "a@x.org", SuppressionReason.AUTHOR, 6)
        one = find_suppression(connection, "a@x.org")
        assert one
        assert (one.reason, one.since) == (SuppressionReason.COMPLAINT, 5)
        lift_suppression(connection, "a@x.org")
        assert find_suppression(connection, "a@x.org") is None


def test_each_purpose_has_its_own_keys(database: Database) -> None:
    """The first key is made on demand. The newest key is the last."""
    with database.write() as connection:
        first = signing_keys(connection, "token")
        assert first == signing_keys(connection, "token")
        assert [len(key) for key in first] == [32]
        assert signing_keys(connection, "other") != first
        assert signing_keys(connection, "token") == [*first[:-1], first[-1]]
        assert [*first, make_key(connection, "token")] == signing_keys(connection, "token")


def test_bounces_are_counted_by_subscriber_and_campaign(database: Database) -> None:
    """Bounces of one kind count once per subscriber, but each for erased ones. A complaint is the most serious."""
    with database.write() as connection:
        begun = {"slug": "1", "content": "", "subject": "", "state": "complete", "git_clean": True, "created_at": NOW}
        for _ in range(2):
            connection.execute(insert(campaign).values(begun))
        ann, bob, eve = (
            add_subscriber(connection, subscriber(f"{name}@example.com")) for name in ("ann", "bob", "eve")
        )
        soft, hard, complaint = BounceKind.SOFT, BounceKind.HARD, BounceKind.COMPLAINT
        bounces = [(ann, 1, soft), (ann, 1, soft), (ann, 1, complaint), (bob, 1, hard), (eve, 1, soft), (eve, 1, soft)]
        for number, (id, campaign_id, kind) in enumerate([*bounces, (ann, 2, hard), (ann, None, soft)]):
            assert id
            assert record_bounce(connection, bytes([number]) * 32, id, campaign_id, kind, NOW + number)
        one = find_subscriber(connection, "eve@example.com")
        assert one
        erase(connection, one, NOW)
    with database.read() as connection:
        first = {soft: 3, complaint: 1, hard: 1}
        assert count_bounces_by_campaign(connection) == {1: first, 2: {hard: 1}}
        assert count_bounces_by_campaign(connection, 1) == {1: first}
        assert count_bounces_by_campaign(connection, 3) == {}
        assert find_worst_bounces(connection, 1) == {
            ann: WorstBounce(complaint, NOW + 2),
            bob: WorstBounce(hard, NOW + 3),
        }


def test_tags_are_added_and_removed_once(database: Database) -> None:
    """Only subscribers whose tags change are counted, and each change is recorded as an event."""
    ids = add(database, subscriber("a@x.org", tags=("vip",)), subscriber("b@x.org"), subscriber("c@y.org"))
    condition = build_segment_condition(parse_segment("domain:x.org", ""), "en")
    with database.write() as connection:
        assert change_tag(connection, condition, "vip", NOW, off=False) == 1
        assert change_tag(connection, condition, "vip", NOW, off=True) == 2
        assert [event.detail for event in list_events(connection, ids[1])] == ["+vip", "-vip"]


def test_a_failed_transaction_changes_nothing(database: Database) -> None:
    """All of it is rolled back."""
    with pytest.raises(IntegrityError), database.write() as connection:  # noqa: PT012 (the first statement is rolled back)
        add_subscriber(connection, subscriber("a@x.org"))
        record_event(connection, 99, EventKind.ADDED, NOW)
    assert found(database, "") == []


def test_an_address_is_on_the_list_once(database: Database) -> None:
    """Adding it again returns None, and the transaction can continue."""
    with database.write() as connection:
        assert add_subscriber(connection, subscriber("a@x.org"))
        assert add_subscriber(connection, subscriber("a@x.org", PENDING, ("vip",))) is None
    assert state_of(database, "a@x.org") is ACTIVE


def test_two_processes_may_request_the_same_subscription(empty_postgresql: str) -> None:
    """The second waits for the first, and then finds the subscriber that it has added."""
    address = check_address("ann@x.org")
    second_results: list[SignUp] = []

    def second() -> None:
        with Database.open(empty_postgresql) as other, other.write() as connection:
            second_results.append(request_subscription(connection, address, "", "a page", NOW))

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
    assert (first.outcome, second_results) == (SignUpOutcome.CONFIRM, [SignUp(SignUpOutcome.LIMITED)])


def test_errors_contain_no_values_of_rows(empty_postgresql: str) -> None:
    """PostgreSQL reports the duplicate address; neither the message nor the log contains it."""
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


def test_a_read_transaction_sees_one_state(database: Database) -> None:
    """Later writes are not visible in it."""
    (id,) = add(database, subscriber("a@x.org"))
    with database.read() as reader:
        assert find_subscriber(reader, "a@x.org")
        with database.write() as writer:
            unsubscribe(writer, id, 0, "", NOW)
        one = find_subscriber(reader, "a@x.org")
        assert one
        assert one.state is ACTIVE
    assert state_of(database, "a@x.org") is UNSUBSCRIBED
