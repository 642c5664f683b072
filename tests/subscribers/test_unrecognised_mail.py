"""Mail that was not understood: bounded, and part of what is stored about a person."""

from newsletter.database.database import Database
from newsletter.ledger.history import read_history
from newsletter.subscribers import admin
from newsletter.subscribers.apply_event import erase
from newsletter.subscribers.queries import add_subscriber, find_subscriber
from newsletter.subscribers.unrecognised_mail import (
    MAX_FIELD,
    MAX_MAIL,
    MAX_TEXT,
    forget_mail,
    keep_mail,
    list_mail,
)
from newsletter.text.email_address import check_address
from tests.subscribers.people import NOW, subscriber

ANN, EVE = "ann@example.com", "eve@example.com"


def keep(database: Database, number: int, sender: str = EVE, text: str = "Hello", subject: str = "Hi") -> None:
    """Keep a message."""
    with database.write() as connection:
        keep_mail(connection, number.to_bytes(32), None, sender, subject, text, NOW + number)


def subjects(database: Database) -> list[str]:
    """Return the subjects of the messages that are kept."""
    with database.read() as connection:
        return [mail.subject for mail in list_mail(connection)]


def test_the_newest_messages_are_kept(database: Database) -> None:
    """Their number is bounded, and each message is kept once."""
    for number in range(MAX_MAIL + 3):
        keep(database, number, subject=str(number))
    keep(database, MAX_MAIL + 2, subject="again")
    assert subjects(database) == [str(number) for number in range(3, MAX_MAIL + 3)]


def test_a_message_is_cut(database: Database) -> None:
    """Fields and text have a limit, and no characters that a database does not accept."""
    keep(database, 1, "a" * 5000, "b\x00\ud800\n" * 5000, "c\x1b" * 5000)
    with database.read() as connection:
        (mail,) = list_mail(connection)
    assert (len(mail.sender), len(mail.subject), len(mail.text)) == (MAX_FIELD, MAX_FIELD, MAX_TEXT)
    assert mail.text.startswith("b  \nb")
    assert "\x1b" not in mail.subject


def test_an_erasure_deletes_the_messages_about_a_person(database: Database) -> None:
    """Those that they sent, and those that contain their address. Others stay, also of similar addresses."""
    with database.write() as connection:
        add_subscriber(connection, subscriber(ANN))
        found = find_subscriber(connection, ANN)
        assert found
        keep_mail(connection, b"0" * 32, found.id, "other@example.net", "an answer", "Hello", NOW)
    keep(database, 1, "Ann <Ann@Example.com>", subject="from")
    keep(database, 2, text=f"Ask {ANN}.", subject="about")
    keep(database, 3, subject="other")
    keep(database, 4, f"Jo{ANN}", f"{ANN}.au", subject="similar")
    history = read_history(database, check_address(ANN))
    # What others wrote is not shown to this person.
    assert [(mail.subject, mail.text) for mail in history.unrecognised_mail] == [("", ""), ("from", "Hello"), ("", "")]
    with database.write() as connection:
        erase(connection, found, NOW)
    assert subjects(database) == ["other", "similar"]


def test_messages_of_a_person_who_never_subscribed_can_be_erased(database: Database) -> None:
    """By the same function, which finds their address in the messages alone."""
    keep(database, 1)
    address = check_address(EVE)
    assert [mail.subject for mail in read_history(database, address).unrecognised_mail] == ["Hi"]
    admin.remove(database, [address], now=NOW)
    assert subjects(database) == []


def test_all_messages_can_be_forgotten(database: Database) -> None:
    """The result is their number."""
    keep(database, 1)
    keep(database, 2)
    with database.write() as connection:
        assert forget_mail(connection) == 2
        assert forget_mail(connection) == 0
