"""Searching the list by parts of addresses and names, and counting it, on SQLite and PostgreSQL."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from newsletter.database.database import Database
from newsletter.database.states import SubscriberState, SuppressionReason
from newsletter.subscribers.list_overview import read_overview
from newsletter.subscribers.queries import add_subscriber, list_newest_subscribers
from newsletter.subscribers.search import build_search_condition
from newsletter.subscribers.suppressions import suppress
from newsletter.text.email_address import check_address
from tests.subscribers.people import NOW, subscriber

PEOPLE = {
    "Ann.Lee@example.org": "Ann Lee",
    "bob@example.org": "<b>Bob</b> 100%",
    "cid_1@bücher.example": "Ärzte Müller",
    "cid21@example.org": "山田 花子",
}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with Database.open(database_url) as database:
        _add_people(database)
        yield database


def _add_people(database: Database) -> None:
    with database.write() as connection:
        for address, name in PEOPLE.items():
            checked = check_address(address)
            one = subscriber(address, tags=("beta",) if name.startswith("A") else ("beta", "early"))
            add_subscriber(connection, replace(one, compared=checked.compared, name=name))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "cid21 cid_1 bob Ann.Lee"),
        ("ann", "Ann.Lee"),
        ("ANN.LEE@EXAMPLE", "Ann.Lee"),
        ("lee", "Ann.Lee"),
        ("example.org ANN", "Ann.Lee"),
        ("ann bob", ""),
        ("ärzte", "cid_1"),
        ("MÜLLER", "cid_1"),
        ("花子", "cid21"),
        ("cid_1", "cid_1"),
        ("%", "bob"),
        ("_", "cid_1"),
        ("<b>", "bob"),
        ("cid_1@BÜCHER.example", "cid_1"),
        ("cid_1@xn--bcher-kva.example", "cid_1"),
        ("nobody@example.org", ""),
        ("\\", ""),
        ("x" * 10_000, ""),
    ],
)
def test_search(database: Database, text: str, found: str) -> None:
    """Each word is in the address or the name. Case does not count, and no character has a meaning of its own."""
    with database.read() as connection:
        listed = list_newest_subscribers(connection, build_search_condition(text), None, 10)
    assert " ".join(one.address.partition("@")[0] for one in listed) == found


def test_pages(database: Database) -> None:
    """A page begins before the last id of the page before, whatever was added or erased meanwhile."""
    everybody = build_search_condition("")
    with database.write() as connection:
        first = list_newest_subscribers(connection, everybody, None, 2)
        add_subscriber(connection, subscriber("new@example.org"))
        second = list_newest_subscribers(connection, everybody, first[-1].id, 2)
    assert [one.address for one in first + second] == list(reversed(PEOPLE))
    assert second[-1].tags == ("beta",)


def test_overview(database: Database) -> None:
    """States, tags, languages and suppressions are counted. The most frequent are first."""
    with database.write() as connection:
        add_subscriber(connection, subscriber("gone@example.org", SubscriberState.UNSUBSCRIBED))
        suppress(connection, "erased@example.org", SuppressionReason.ERASED, NOW)
        found = read_overview(connection)
    assert found.states == {SubscriberState.ACTIVE: 4, SubscriberState.UNSUBSCRIBED: 1}
    assert list(found.tags.items()) == [("beta", 4), ("early", 3)]
    assert found.languages == {"": 5}
    assert found.suppressions == {SuppressionReason.ERASED: 1}
