"""The effects of bounces on subscribers, on SQLite and PostgreSQL."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import delete, insert, select, update

from newsletter.bounces.bounce import BounceEffect, BounceForm, Evidence
from newsletter.bounces.pause_campaign import pause_if_rejected
from newsletter.database.database import Database
from newsletter.database.states import BounceKind, CampaignState, EventKind, SubscriberState, SuppressionReason
from newsletter.database.tables import bounce, campaign, delivery, subscriber
from newsletter.subscribers.apply_event import erase
from newsletter.transports.base import Outgoing
from tests.bounces.sent_campaign import SentCampaigns
from tests.bounces.shapes import SHAPES, complaint, header_of, old_exim, plain, postfix, recipient, report, ses
from tests.subscribers.people import NOW

ANN = "ann@example.com"
ACTIVE, BOUNCED, COMPLAINED = SubscriberState.ACTIVE, SubscriberState.BOUNCED, SubscriberState.COMPLAINED
HARD_BOUNCE, SOFT_BOUNCES = SuppressionReason.HARD_BOUNCE, SuppressionReason.SOFT_BOUNCES


@pytest.fixture
def sent_campaigns(database: Database) -> SentCampaigns:
    """A database with one subscriber."""
    sent_campaigns = SentCampaigns(database)
    sent_campaigns.add(ANN)
    return sent_campaigns


def without(sent: Outgoing, *names: str) -> str:
    """Return the header of a message without some fields."""
    lines = header_of(sent).replace("\n ", " ").split("\n")
    return "\n".join(line for line in lines if not line.startswith(names))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_hard_bounce_suppresses(sent_campaigns: SentCampaigns, shape: Callable[[Outgoing, str], bytes]) -> None:
    """Immediately, in the format of every mail system. The history contains the status and the campaign."""
    result = sent_campaigns.apply(shape(sent_campaigns.send(ANN), "5.1.1"))
    assert (result.effect, result.kind, result.address) == (BounceEffect.SUPPRESSED, BounceKind.HARD, ANN)
    assert sent_campaigns.state(ANN) == (BOUNCED, HARD_BOUNCE)
    (event,) = sent_campaigns.events(ANN)
    assert (event.kind, event.campaign_id) == (EventKind.BOUNCED, result.campaign_id)
    assert event.detail.startswith("hard, 5.1.1")


def test_the_same_bounce_counts_once(sent_campaigns: SentCampaigns) -> None:
    """A second message with the same content is reported as repeated and changes nothing."""
    text = postfix(sent_campaigns.send(ANN), "4.2.2")
    assert sent_campaigns.apply(text).effect is BounceEffect.COUNTED
    assert sent_campaigns.apply(text.replace(b"\n", b"\r\n")).effect is BounceEffect.REPEATED
    assert len(sent_campaigns.events(ANN)) == 1


def test_a_bounce_never_applies_to_a_later_subscriber_with_the_same_id(sent_campaigns: SentCampaigns) -> None:
    """After a restore from a backup, Bob may get Ann's id. Bounces of messages to Ann do not change Bob."""
    bounced, unsubscribed = sent_campaigns.send(ANN), sent_campaigns.send(ANN, 2)
    with sent_campaigns.database.write() as connection:
        connection.execute(update(subscriber).values(address="bob@example.com", compared="bob@example.com"))
    assert sent_campaigns.apply(postfix(bounced, "5.1.1")).effect is BounceEffect.UNKNOWN
    token = unsubscribed.content.decode().partition("?subject=unsubscribe%20")[2].partition(">")[0]
    by_mail = f"From: ann@example.com\nSubject: unsubscribe {token}\n\n".encode()
    assert sent_campaigns.apply(by_mail).effect is BounceEffect.UNKNOWN
    assert sent_campaigns.state("bob@example.com") == (ACTIVE, None)


def test_three_soft_campaigns_of_five_suppress(sent_campaigns: SentCampaigns) -> None:
    """Soft bounces count once per campaign, among the last five campaigns to the subscriber."""
    effects = []
    for number in range(1, 9):
        sent = sent_campaigns.send(ANN, number)
        if number in (1, 2, 6, 7, 8):
            effects.append(sent_campaigns.apply(postfix(sent, "5.2.2")).effect)
            again = postfix(sent, "5.2.2").replace(b"Undelivered", b"Again undelivered")
            effects.append(sent_campaigns.apply(again).effect)
    assert set(effects[:-2]) == {BounceEffect.COUNTED}
    assert effects[-2] is BounceEffect.SUPPRESSED
    assert sent_campaigns.state(ANN) == (BOUNCED, SOFT_BOUNCES)


def test_a_rejection_of_the_message_is_recorded(sent_campaigns: SentCampaigns) -> None:
    """A server that blocks the sender does not suppress the subscriber, even after five campaigns."""
    for number in range(1, 6):
        assert sent_campaigns.apply(postfix(sent_campaigns.send(ANN, number), "5.7.1")).effect is BounceEffect.NOTED
    assert sent_campaigns.state(ANN) == (ACTIVE, None)
    assert len(sent_campaigns.events(ANN)) == 5


@pytest.mark.parametrize("status", ["5.3.0", "4.3.1", "5.3.4", "5.2.3"])
def test_trouble_that_may_be_the_senders_does_not_count(sent_campaigns: SentCampaigns, status: str) -> None:
    """A mail system error, or a message that is too large, is a soft bounce, but suppresses nobody."""
    for number in range(1, 6):
        result = sent_campaigns.apply(postfix(sent_campaigns.send(ANN, number), status))
        assert (result.kind, result.effect) == (BounceKind.SOFT, BounceEffect.NOTED)
    assert sent_campaigns.state(ANN) == (ACTIVE, None)


def test_a_delivery_that_has_not_failed_changes_nothing(sent_campaigns: SentCampaigns) -> None:
    """The message was delayed, relayed, delivered or expanded."""
    sent = sent_campaigns.send(ANN)
    for action in ("delayed", "relayed", "delivered", "expanded"):
        assert sent_campaigns.apply(report(sent, recipient(ANN, "4.0.0", action=action))).effect is BounceEffect.NOTHING
    assert sent_campaigns.state(ANN) == (ACTIVE, None)
    assert sent_campaigns.events(ANN) == []


def test_a_diagnostic_is_stored_without_what_it_quotes(sent_campaigns: SentCampaigns) -> None:
    """Neither the address, nor the return path with its token, nor a link."""
    sent = sent_campaigns.send(ANN)
    quoted = f"550 <{ANN}>: mail from <{sent.envelope_sender}> refused, see https://p.example/?a={ANN}"
    sent_campaigns.apply(report(sent, recipient(ANN, "5.1.1", diagnostic=quoted)))
    (event,) = sent_campaigns.events(ANN)
    assert event.detail == "hard, 5.1.1, smtp; 550 <…>: mail from <…> refused, see https://p.example/?…"


def test_a_complaint_suppresses(sent_campaigns: SentCampaigns) -> None:
    """Even if the address was removed from it. The state `complained` replaces `bounced`."""
    sent = sent_campaigns.send(ANN)
    sent_campaigns.apply(postfix(sent, "5.1.1"))
    result = sent_campaigns.apply(complaint(sent))
    assert (result.effect, result.kind) == (BounceEffect.SUPPRESSED, BounceKind.COMPLAINT)
    assert sent_campaigns.state(ANN) == (COMPLAINED, HARD_BOUNCE)


def test_a_bounce_keeps_the_state_unsubscribed(sent_campaigns: SentCampaigns) -> None:
    """The address is suppressed in addition."""
    sent_campaigns.add("bob@example.com", state=SubscriberState.UNSUBSCRIBED)
    sent_campaigns.apply(postfix(sent_campaigns.send("bob@example.com"), "5.1.1"))
    assert sent_campaigns.state("bob@example.com") == (SubscriberState.UNSUBSCRIBED, HARD_BOUNCE)


def test_an_unsubscribe_request_by_mail_unsubscribes(sent_campaigns: SentCampaigns) -> None:
    """The subject contains the token, as in the `mailto` of List-Unsubscribe. A second request changes nothing."""
    sent = sent_campaigns.send(ANN)
    subject = header_of(sent).replace("\n ", " ").partition("?subject=")[2].partition(">")[0].replace("%20", " ")
    effects = [
        sent_campaigns.apply(plain(text, sender="a@b.example")).effect for text in (subject, f"RE: {subject.upper()}")
    ]
    assert effects == [BounceEffect.UNSUBSCRIBED, BounceEffect.NOTHING]
    assert sent_campaigns.state(ANN) == (SubscriberState.UNSUBSCRIBED, None)
    (event,) = sent_campaigns.events(ANN)
    assert (event.kind, event.detail, event.campaign_id) == (EventKind.UNSUBSCRIBED, "by mail", 1)


@pytest.mark.parametrize(
    "subject", ["unsubscribe", "Unsubscribe me please", "unsubscribe 1-1-1.aaaaaaaaaaaaaaaaaaaaaaaa"]
)
def test_an_unsubscribe_request_needs_a_valid_token(sent_campaigns: SentCampaigns, subject: str) -> None:
    """The sender's address is no evidence, because it can be forged."""
    sent_campaigns.send(ANN)
    assert sent_campaigns.apply(plain(subject)).effect in (BounceEffect.NOTHING, BounceEffect.UNKNOWN)
    assert sent_campaigns.state(ANN) == (ACTIVE, None)


@pytest.mark.parametrize("message", [plain("Out of office"), plain("Please verify your message"), plain("Hello")])
def test_other_mail_changes_nothing(sent_campaigns: SentCampaigns, message: bytes) -> None:
    """Even if it was sent to an address with a valid token."""
    token = sent_campaigns.send(ANN).envelope_sender.encode()
    result = sent_campaigns.apply(message.replace(b"bounces@example.org", token))
    assert result.effect is BounceEffect.NOTHING
    assert sent_campaigns.state(ANN) == (ACTIVE, None)


def test_a_bounce_of_an_unknown_address_changes_nothing(sent_campaigns: SentCampaigns) -> None:
    """The result names the address."""
    sent = Outgoing("bounces@example.org", "eve@example.com", b"Message-ID: <x@example.org>\r\n\r\n")
    result = sent_campaigns.apply(postfix(sent, "5.1.1"))
    assert (result.effect, result.named) == (BounceEffect.UNKNOWN, ("eve@example.com",))


def test_a_bounce_of_an_erased_subscriber_changes_nothing(sent_campaigns: SentCampaigns) -> None:
    """A late bounce does not match a subscriber who is added afterwards."""
    sent = sent_campaigns.send(ANN)
    with sent_campaigns.database.write() as connection:
        erase(connection, sent_campaigns.find(ANN), NOW)
    sent_campaigns.add("bob@example.com")
    assert sent_campaigns.apply(postfix(sent, "5.1.1")).effect is BounceEffect.UNKNOWN
    assert sent_campaigns.state("bob@example.com") == (ACTIVE, None)


class TestEvidence:
    """How the subscriber of a bounce is identified."""

    def test_the_return_path_has_priority_over_the_address(self, sent_campaigns: SentCampaigns) -> None:
        """A forwarded message bounces from another address. The token identifies the original recipient."""
        sent_campaigns.add("bob@example.com")
        sent = sent_campaigns.send(ANN)
        text = report(sent, recipient("bob@example.com", "5.1.1"), returned="", to=sent.envelope_sender.upper())
        result = sent_campaigns.apply(text)
        assert (result.address, result.evidence) == (ANN, Evidence.RETURN_PATH)
        assert sent_campaigns.state("bob@example.com") == (ACTIVE, None)

    def test_the_block_of_the_subscriber_counts(self, sent_campaigns: SentCampaigns) -> None:
        """Of several recipients in a report, the others are ignored."""
        sent = sent_campaigns.send(ANN)
        blocks = "\n".join(
            [recipient("x@example.com", "5.1.1"), recipient(ANN, "4.2.2"), recipient("y@x.org", "5.1.1")]
        )
        assert sent_campaigns.apply(report(sent, blocks)).kind is BounceKind.SOFT

    def test_the_mildest_block_counts_if_none_is_about_the_subscriber(self, sent_campaigns: SentCampaigns) -> None:
        """If one member of an alias fails, the message still reaches the others."""
        blocks = "\n".join([recipient("x@example.com", "5.1.1"), recipient("y@x.org", "4.4.1", action="delayed")])
        assert sent_campaigns.apply(report(sent_campaigns.send(ANN), blocks)).effect is BounceEffect.NOTHING

    def test_a_message_id_identifies_the_subscriber(self, database: Database) -> None:
        """The returned header contains the Message-ID, which is not known to others, and no token."""
        sent_campaigns = SentCampaigns(database, verp=False)
        sent_campaigns.add(ANN)
        text = report(sent_campaigns.send(ANN), recipient(ANN, "5.1.1"))
        returned = without(sent_campaigns.send(ANN, 2), "List-Unsubscribe")
        result = sent_campaigns.apply(report(sent_campaigns.send(ANN, 3), recipient(ANN, "5.1.1"), returned=returned))
        assert (result.effect, result.evidence) == (BounceEffect.SUPPRESSED, Evidence.MESSAGE_ID)
        assert sent_campaigns.apply(text).evidence is Evidence.UNSUBSCRIBE_LINK

    @pytest.mark.parametrize("lost", [("List-Unsubscribe",), ("List-Unsubscribe", "To")])
    def test_a_message_id_identifies_a_subscriber_with_another_address(
        self, database: Database, lost: tuple[str, ...]
    ) -> None:
        """The recipient in the report is unknown, but the Message-ID is in the ledger."""
        sent_campaigns = SentCampaigns(database, verp=False)
        sent_campaigns.add(ANN)
        returned = without(sent_campaigns.send(ANN), *lost)
        sent = Outgoing("bounces@example.org", "old@example.net", b"")
        result = sent_campaigns.apply(report(sent, recipient("old@example.net", "5.1.1"), returned=returned))
        assert (result.address, result.evidence, result.effect) == (
            ANN,
            Evidence.MESSAGE_ID,
            BounceEffect.SUPPRESSED,
        )

    def test_an_unsubscribe_link_identifies_the_subscriber(self, database: Database) -> None:
        """A service that replaces the Message-ID keeps the link."""
        sent_campaigns = SentCampaigns(database, verp=False)
        sent_campaigns.add(ANN)
        result = sent_campaigns.apply(ses(sent_campaigns.send(ANN), "5.1.1"))
        assert (result.evidence, result.effect) == (Evidence.UNSUBSCRIBE_LINK, BounceEffect.SUPPRESSED)

    def test_a_link_in_a_nonstandard_bounce_identifies_the_subscriber(self, database: Database) -> None:
        """The returned header is part of the text."""
        sent_campaigns = SentCampaigns(database, verp=False)
        sent_campaigns.add(ANN)
        assert sent_campaigns.apply(old_exim(sent_campaigns.send(ANN), "5.1.1")).evidence is Evidence.UNSUBSCRIBE_LINK


class TestForged:
    """A bounce for a known address can be forged."""

    def test_an_address_alone_counts_as_a_soft_bounce(self, sent_campaigns: SentCampaigns) -> None:
        """Suppression takes three campaigns, regardless of the status and the number of bounces."""
        for number in range(1, 4):
            sent_campaigns.send(ANN, number)
            for attempt in range(5):
                text = report(Outgoing("", ANN, b""), recipient(ANN, "5.1.1", diagnostic=f"{number} {attempt}"))
                result = sent_campaigns.apply(text)
                assert result.evidence is Evidence.ADDRESS
                assert result.kind is BounceKind.SOFT
            assert (sent_campaigns.state(ANN)[0] is BOUNCED) == (number == 3)

    def test_a_bounce_of_an_address_that_was_never_mailed_is_ignored(self, sent_campaigns: SentCampaigns) -> None:
        """The subscriber has no deliveries, so the bounce must be forged."""
        text = report(Outgoing("", ANN, b""), recipient(ANN, "5.1.1"))
        assert sent_campaigns.apply(text).effect is BounceEffect.UNKNOWN

    def test_a_bounce_with_several_subscribers_is_ignored(self, sent_campaigns: SentCampaigns) -> None:
        """Each message has one recipient. Without other evidence, a bounce that names several is about none."""
        others = [f"r{number}@example.com" for number in range(30)]
        sent_campaigns.add(*others)
        for address in (ANN, *others):
            sent_campaigns.send(address)
        for some in ([ANN, others[0]], [ANN, *others]):
            blocks = "\n".join(recipient(address, "5.1.1") for address in some)
            assert sent_campaigns.apply(report(Outgoing("", ANN, b""), blocks)).effect is BounceEffect.UNKNOWN

    def test_a_complaint_needs_evidence(self, sent_campaigns: SentCampaigns) -> None:
        """An address alone changes nothing."""
        sent = sent_campaigns.send(ANN)
        text = complaint(sent, fields=f"Original-Rcpt-To: <{ANN}>\n", returned=f"To: {ANN}")
        result = sent_campaigns.apply(text)
        assert (result.effect, result.address) == (BounceEffect.UNPROVEN, ANN)
        assert sent_campaigns.state(ANN) == (ACTIVE, None)

    @pytest.mark.parametrize("purpose", ["bounces+{}@example.org", "bounces+{}x@example.org"])
    def test_a_token_for_another_purpose_is_not_a_return_path(
        self, sent_campaigns: SentCampaigns, purpose: str
    ) -> None:
        """A token is valid for one purpose, and invalid if it was changed."""
        sent = sent_campaigns.send(ANN)
        token = header_of(sent).partition("/unsubscribe/")[2].partition(">")[0]
        forged = Outgoing(purpose.format(token), "eve@example.com", b"")
        result = sent_campaigns.apply(report(forged, recipient("eve@example.com", "5.1.1"), returned=""))
        assert (result.effect, result.form) == (BounceEffect.UNKNOWN, BounceForm.DELIVERY_STATUS)


class TestPausing:
    """Bounces about the sender, while their campaign is being sent."""

    def bounce(self, sent_campaigns: SentCampaigns, number: int, status: str = "5.7.1", others: int = 0) -> str:
        """Apply bounces from so many domains, while others accept. Returns why the campaign was paused."""
        first = sent_campaigns.send(ANN)
        with sent_campaigns.database.write() as connection:
            connection.execute(update(campaign).values(state=CampaignState.SENDING.value))
            for one in range(others):
                row = {"campaign_id": 1, "address": f"{one}@x.example", "domain": "x.example", "state": "accepted"}
                connection.execute(insert(delivery).values(**row))
        reasons = [sent_campaigns.apply(postfix(first, status)).paused]
        reasons += [self.bounce_of(sent_campaigns, f"ann@d{one}.example", status) for one in range(1, number)]
        return "".join(reasons)

    def bounce_of(self, sent_campaigns: SentCampaigns, address: str, status: str) -> str:
        """Apply a bounce of a new subscriber who received the campaign. Returns why the campaign was paused."""
        sent_campaigns.add(address)
        found, message_id, domain = sent_campaigns.find(address), f"<{address}>", address.partition("@")[2]
        with sent_campaigns.database.write() as connection:
            row = {"campaign_id": 1, "subscriber_id": found.id, "address": address, "domain": domain}
            connection.execute(insert(delivery).values(**row, state="accepted", message_id=message_id))
        sent = Outgoing("", address, f"Message-ID: {message_id}\r\n\r\n".encode())
        return sent_campaigns.apply(postfix(sent, status)).paused

    def campaign_state(self, sent_campaigns: SentCampaigns) -> str:
        """Return the state of the campaign."""
        with sent_campaigns.database.read() as connection:
            return str(connection.execute(select(campaign.c.state)).scalar_one())

    def test_bounces_of_many_domains_pause_the_campaign(self, sent_campaigns: SentCampaigns) -> None:
        """Five are enough. The reason has the number and the last reply."""
        reason = self.bounce(sent_campaigns, 5)
        assert reason.startswith(
            "the servers of 5 domains reject the sender or the message, the last one with: smtp; 550"
        )
        assert self.campaign_state(sent_campaigns) == "paused"
        assert sent_campaigns.state(ANN) == (ACTIVE, None)

    @pytest.mark.parametrize(("number", "status"), [(4, "5.7.1"), (6, "5.2.2")])
    def test_others_do_not(self, sent_campaigns: SentCampaigns, number: int, status: str) -> None:
        """Those of a few domains, and those that are about the recipients."""
        assert self.bounce(sent_campaigns, number, status) == ""
        assert self.campaign_state(sent_campaigns) == "sending"

    def test_bounces_that_may_be_forged_do_not(self, sent_campaigns: SentCampaigns) -> None:
        """With the address alone, a stranger could pause a campaign."""
        forged = Outgoing("bounces@example.org", ANN, b"Subject: Hi\r\n\r\n")
        self.bounce(sent_campaigns, 4, "5.2.2")
        with sent_campaigns.database.write() as connection:
            connection.execute(update(bounce).values(kind=BounceKind.POLICY.value))
        sent_campaigns.add("ann@d9.example")
        found = sent_campaigns.find("ann@d9.example")
        with sent_campaigns.database.write() as connection:
            row = {"campaign_id": 1, "subscriber_id": found.id, "address": found.address, "domain": "d9.example"}
            connection.execute(insert(delivery).values(**row, state="accepted", message_id="<9@x.example>"))
        for message_id, state in (("", "sending"), ("Message-ID: <9@x.example>\r\n", "paused")):
            sent = replace(forged, recipient=found.address, content=f"{message_id}X: 1\r\n\r\n".encode())
            with sent_campaigns.database.write() as connection:
                connection.execute(delete(bounce).where(bounce.c.subscriber_id == found.id))
            sent_campaigns.apply(postfix(sent, "5.7.1"))
            assert self.campaign_state(sent_campaigns) == state

    def test_a_resumed_campaign_pauses_when_the_number_doubles(self, sent_campaigns: SentCampaigns) -> None:
        """Not with each further bounce."""
        assert self.bounce(sent_campaigns, 9).count("domains") == 1
        with sent_campaigns.database.write() as connection:
            assert pause_if_rejected(connection, 1, sent_campaigns.find(ANN).id, "", NOW) == ""

    def test_a_resumed_campaign_pauses_for_no_further_bounce_of_the_same_domain(
        self, sent_campaigns: SentCampaigns
    ) -> None:
        """Its domain is among the five for which it was paused."""
        assert self.bounce(sent_campaigns, 5)
        with sent_campaigns.database.write() as connection:
            connection.execute(update(campaign).values(state=CampaignState.SENDING.value))
        assert self.bounce_of(sent_campaigns, "bob@d4.example", "5.7.1") == ""
        assert self.campaign_state(sent_campaigns) == "sending"

    def test_few_of_many_messages_do_not_pause(self, sent_campaigns: SentCampaigns) -> None:
        """If more than twenty were accepted for each bounce, most servers accept the sender."""
        assert self.bounce(sent_campaigns, 5, others=96) == ""
        assert self.campaign_state(sent_campaigns) == "sending"
