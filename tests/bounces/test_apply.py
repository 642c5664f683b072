"""What follows from bounces, on SQLite and on PostgreSQL."""

from collections.abc import Callable

import pytest
from sqlalchemy import update

from newsletter.bounces.bounce import BounceEffect, BounceForm, Evidence
from newsletter.database.database import Database
from newsletter.database.states import BounceKind, EventKind, SubscriberState, SuppressionReason
from newsletter.database.tables import subscriber
from newsletter.subscribers.apply_event import erase
from newsletter.transports.base import Outgoing
from tests.bounces.sent_campaign import Office
from tests.bounces.shapes import SHAPES, complaint, exim_of_old, header_of, plain, postfix, recipient, report, ses
from tests.subscribers.people import NOW

ANN = "ann@example.com"
ACTIVE, BOUNCED, COMPLAINED = SubscriberState.ACTIVE, SubscriberState.BOUNCED, SubscriberState.COMPLAINED
HARD_BOUNCE, SOFT_BOUNCES = SuppressionReason.HARD_BOUNCE, SuppressionReason.SOFT_BOUNCES


@pytest.fixture
def office(database: Database) -> Office:
    """An office with one reader."""
    office = Office(database)
    office.add(ANN)
    return office


def without(sent: Outgoing, *names: str) -> str:
    """The header of a message without some fields."""
    lines = header_of(sent).replace("\n ", " ").split("\n")
    return "\n".join(line for line in lines if not line.startswith(names))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_hard_bounce_suppresses(office: Office, shape: Callable[[Outgoing, str], bytes]) -> None:
    """At once, whoever wrote it; the person's story says why, and in which campaign."""
    settled = office.take(shape(office.send(ANN), "5.1.1"))
    assert (settled.effect, settled.kind, settled.address) == (BounceEffect.SUPPRESSED, BounceKind.HARD, ANN)
    assert office.state(ANN) == (BOUNCED, HARD_BOUNCE)
    (event,) = office.events(ANN)
    assert (event.kind, event.campaign_id) == (EventKind.BOUNCED, settled.campaign_id)
    assert event.detail.startswith("hard, 5.1.1")


def test_the_same_bounce_counts_once(office: Office) -> None:
    """Read twice, it says so, and nothing is done again."""
    text = postfix(office.send(ANN), "4.2.2")
    assert office.take(text).effect is BounceEffect.COUNTED
    assert office.take(text.replace(b"\n", b"\r\n")).effect is BounceEffect.REPEATED
    assert len(office.events(ANN)) == 1


def test_a_bounce_is_not_of_who_has_the_number_later(office: Office) -> None:
    """A database from a backup gives Ann's number to Bob: what comes back of Ann's mail says nothing of him."""
    bounced, left = office.send(ANN), office.send(ANN, 2)
    with office.database.write() as connection:
        connection.execute(update(subscriber).values(address="bob@example.com", compared="bob@example.com"))
    assert office.take(postfix(bounced, "5.1.1")).effect is BounceEffect.UNKNOWN
    token = left.content.decode().partition("?subject=unsubscribe%20")[2].partition(">")[0]
    by_mail = f"From: ann@example.com\nSubject: unsubscribe {token}\n\n".encode()
    assert office.take(by_mail).effect is BounceEffect.UNKNOWN
    assert office.state("bob@example.com") == (ACTIVE, None)


def test_three_soft_campaigns_of_five_suppress(office: Office) -> None:
    """Bounces are counted by campaign, of the last five that went to the reader."""
    effects = []
    for number in range(1, 9):
        sent = office.send(ANN, number)
        if number in (1, 2, 6, 7, 8):
            effects.append(office.take(postfix(sent, "5.2.2")).effect)
            again = postfix(sent, "5.2.2").replace(b"Undelivered", b"Again undelivered")
            effects.append(office.take(again).effect)
    assert set(effects[:-2]) == {BounceEffect.COUNTED}
    assert effects[-2] is BounceEffect.SUPPRESSED
    assert office.state(ANN) == (BOUNCED, SOFT_BOUNCES)


def test_a_refusal_of_the_message_is_noted(office: Office) -> None:
    """A server that blocks us says nothing of the reader, however often."""
    for number in range(1, 6):
        assert office.take(postfix(office.send(ANN, number), "5.7.1")).effect is BounceEffect.NOTED
    assert office.state(ANN) == (ACTIVE, None)
    assert len(office.events(ANN)) == 5


def test_what_has_not_failed_changes_nothing(office: Office) -> None:
    """A delay, or that it has arrived."""
    sent = office.send(ANN)
    for action in ("delayed", "relayed", "delivered", "expanded"):
        assert office.take(report(sent, recipient(ANN, "4.0.0", action=action))).effect is BounceEffect.NOTHING
    assert office.state(ANN) == (ACTIVE, None)
    assert office.events(ANN) == []


def test_a_complaint_suppresses(office: Office) -> None:
    """Though the address was taken out of it; what the person said is stronger than a bounce."""
    sent = office.send(ANN)
    office.take(postfix(sent, "5.1.1"))
    settled = office.take(complaint(sent))
    assert (settled.effect, settled.kind) == (BounceEffect.SUPPRESSED, BounceKind.COMPLAINT)
    assert office.state(ANN) == (COMPLAINED, HARD_BOUNCE)


def test_a_bounce_does_not_lift_what_somebody_said(office: Office) -> None:
    """Who has left or complained stays so."""
    office.add("bob@example.com", state=SubscriberState.UNSUBSCRIBED)
    office.take(postfix(office.send("bob@example.com"), "5.1.1"))
    assert office.state("bob@example.com") == (SubscriberState.UNSUBSCRIBED, HARD_BOUNCE)


def test_a_request_to_leave_unsubscribes(office: Office) -> None:
    """By the address in List-Unsubscribe, whose subject has the reader's token; asked again it changes nothing."""
    sent = office.send(ANN)
    subject = header_of(sent).replace("\n ", " ").partition("?subject=")[2].partition(">")[0].replace("%20", " ")
    effects = [office.take(plain(text, sender="a@b.example")).effect for text in (subject, f"RE: {subject.upper()}")]
    assert effects == [BounceEffect.UNSUBSCRIBED, BounceEffect.NOTHING]
    assert office.state(ANN) == (SubscriberState.UNSUBSCRIBED, None)
    (event,) = office.events(ANN)
    assert (event.kind, event.detail, event.campaign_id) == (EventKind.UNSUBSCRIBED, "by mail", 1)


@pytest.mark.parametrize(
    "subject", ["unsubscribe", "Unsubscribe me please", "unsubscribe 1-1-1.aaaaaaaaaaaaaaaaaaaaaaaa"]
)
def test_leaving_by_mail_needs_a_token(office: Office, subject: str) -> None:
    """Anybody can write from any address; a person looks at it."""
    office.send(ANN)
    assert office.take(plain(subject)).effect in (BounceEffect.NOTHING, BounceEffect.UNKNOWN)
    assert office.state(ANN) == (ACTIVE, None)


@pytest.mark.parametrize("message", [plain("Out of office"), plain("Please verify your message"), plain("Hello")])
def test_other_mail_changes_nothing(office: Office, message: bytes) -> None:
    """Not even with a token in its envelope."""
    token = office.send(ANN).envelope_sender.encode()
    settled = office.take(message.replace(b"bounces@example.org", token))
    assert settled.effect is BounceEffect.NOTHING
    assert office.state(ANN) == (ACTIVE, None)


def test_a_stranger_changes_nobody(office: Office) -> None:
    """An address that is not on the list is told."""
    sent = Outgoing("bounces@example.org", "eve@example.com", b"Message-ID: <x@example.org>\r\n\r\n")
    settled = office.take(postfix(sent, "5.1.1"))
    assert (settled.effect, settled.named) == (BounceEffect.UNKNOWN, ("eve@example.com",))


def test_somebody_who_was_erased_stays_so(office: Office) -> None:
    """A late bounce finds nobody, and the next one who comes is somebody else."""
    sent = office.send(ANN)
    with office.database.write() as connection:
        erase(connection, office.person(ANN), NOW)
    office.add("bob@example.com")
    assert office.take(postfix(sent, "5.1.1")).effect is BounceEffect.UNKNOWN
    assert office.state("bob@example.com") == (ACTIVE, None)


class TestProof:
    """By what it is known whom a bounce is about."""

    def test_the_return_path_goes_before_the_address(self, office: Office) -> None:
        """A message that was passed on bounces from somewhere else; the token says to whom it was sent."""
        office.add("bob@example.com")
        sent = office.send(ANN)
        text = report(sent, recipient("bob@example.com", "5.1.1"), returned="", to=sent.envelope_sender.upper())
        settled = office.take(text)
        assert (settled.address, settled.evidence) == (ANN, Evidence.RETURN_PATH)
        assert office.state("bob@example.com") == (ACTIVE, None)

    def test_the_own_block_counts(self, office: Office) -> None:
        """Where several recipients are named, theirs says what became of their message."""
        sent = office.send(ANN)
        blocks = "\n".join(
            [recipient("x@example.com", "5.1.1"), recipient(ANN, "4.2.2"), recipient("y@x.org", "5.1.1")]
        )
        assert office.take(report(sent, blocks)).kind is BounceKind.SOFT

    def test_of_foreign_blocks_the_mildest_counts(self, office: Office) -> None:
        """An alias of which one member is gone still reaches the others."""
        blocks = "\n".join([recipient("x@example.com", "5.1.1"), recipient("y@x.org", "4.4.1", action="delayed")])
        assert office.take(report(office.send(ANN), blocks)).effect is BounceEffect.NOTHING

    def test_the_message_id_proves(self, database: Database) -> None:
        """Without a token anywhere, the header that comes back has a Message-ID that only we could write."""
        office = Office(database, verp=False)
        office.add(ANN)
        text = report(office.send(ANN), recipient(ANN, "5.1.1"))
        returned = without(office.send(ANN, 2), "List-Unsubscribe")
        settled = office.take(report(office.send(ANN, 3), recipient(ANN, "5.1.1"), returned=returned))
        assert (settled.effect, settled.evidence) == (BounceEffect.SUPPRESSED, Evidence.MESSAGE_ID)
        assert office.take(text).evidence is Evidence.UNSUBSCRIBE_LINK

    @pytest.mark.parametrize("lost", [("List-Unsubscribe",), ("List-Unsubscribe", "To")])
    def test_the_message_id_finds_who_has_moved(self, database: Database, lost: tuple[str, ...]) -> None:
        """The recipient is an address that we do not know, but the Message-ID is ours."""
        office = Office(database, verp=False)
        office.add(ANN)
        returned = without(office.send(ANN), *lost)
        sent = Outgoing("bounces@example.org", "old@example.net", b"")
        settled = office.take(report(sent, recipient("old@example.net", "5.1.1"), returned=returned))
        assert (settled.address, settled.evidence, settled.effect) == (
            ANN,
            Evidence.MESSAGE_ID,
            BounceEffect.SUPPRESSED,
        )

    def test_the_unsubscribe_link_proves(self, database: Database) -> None:
        """A service that writes Message-IDs of its own leaves the link."""
        office = Office(database, verp=False)
        office.add(ANN)
        settled = office.take(ses(office.send(ANN), "5.1.1"))
        assert (settled.evidence, settled.effect) == (Evidence.UNSUBSCRIBE_LINK, BounceEffect.SUPPRESSED)

    def test_words_without_a_standard_prove_too(self, database: Database) -> None:
        """The header within the prose is ours."""
        office = Office(database, verp=False)
        office.add(ANN)
        assert office.take(exim_of_old(office.send(ANN), "5.1.1")).evidence is Evidence.UNSUBSCRIBE_LINK


class TestForged:
    """Anybody can write a bounce about an address that they know."""

    def test_an_address_alone_is_counted_as_soft(self, office: Office) -> None:
        """It takes three campaigns, whatever it says and however many come."""
        for number in range(1, 4):
            office.send(ANN, number)
            for attempt in range(5):
                text = report(Outgoing("", ANN, b""), recipient(ANN, "5.1.1", diagnostic=f"{number} {attempt}"))
                settled = office.take(text)
                assert settled.evidence is Evidence.ADDRESS
                assert settled.kind is BounceKind.SOFT
            assert (office.state(ANN)[0] is BOUNCED) == (number == 3)

    def test_an_address_that_was_never_written_to_is_not_counted(self, office: Office) -> None:
        """Where nothing was sent, nothing can have come back."""
        text = report(Outgoing("", ANN, b""), recipient(ANN, "5.1.1"))
        assert office.take(text).effect is BounceEffect.UNKNOWN

    def test_one_bounce_names_one_reader(self, office: Office) -> None:
        """Each message goes to one person: a list of readers without a proof is about none of them."""
        others = [f"r{number}@example.com" for number in range(30)]
        office.add(*others)
        for address in (ANN, *others):
            office.send(address)
        for some in ([ANN, others[0]], [ANN, *others]):
            blocks = "\n".join(recipient(address, "5.1.1") for address in some)
            assert office.take(report(Outgoing("", ANN, b""), blocks)).effect is BounceEffect.UNKNOWN

    def test_a_complaint_needs_proof(self, office: Office) -> None:
        """An address in it is not enough."""
        sent = office.send(ANN)
        text = complaint(sent, fields=f"Original-Rcpt-To: <{ANN}>\n", returned=f"To: {ANN}")
        settled = office.take(text)
        assert (settled.effect, settled.address) == (BounceEffect.UNPROVEN, ANN)
        assert office.state(ANN) == (ACTIVE, None)

    @pytest.mark.parametrize("purpose", ["bounces+{}@example.org", "bounces+{}x@example.org"])
    def test_another_links_token_is_no_return_path(self, office: Office, purpose: str) -> None:
        """A token is good for one purpose, and a changed one for none."""
        sent = office.send(ANN)
        token = header_of(sent).partition("/unsubscribe/")[2].partition(">")[0]
        forged = Outgoing(purpose.format(token), "eve@example.com", b"")
        settled = office.take(report(forged, recipient("eve@example.com", "5.1.1"), returned=""))
        assert (settled.effect, settled.form) == (BounceEffect.UNKNOWN, BounceForm.DELIVERY_STATUS)
