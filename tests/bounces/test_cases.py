"""Small messages, each of a kind that was once understood wrongly, and what is right."""

import json
import re
from base64 import b64encode
from pathlib import Path

import pytest

from newsletter.bounces.apply import apply_rejection
from newsletter.bounces.bounce import BounceEffect
from newsletter.database.database import Database
from newsletter.database.states import BounceKind, DeliveryState, SubscriberState, SuppressionReason
from newsletter.ledger.deliveries import Delivery
from newsletter.transports.base import Outgoing
from tests.bounces.sent_campaign import SentCampaigns
from tests.subscribers.people import NOW

IDA = "ida@reader.example.com"
_CASES = Path(__file__).parent / "cases"
ACTIVE = (SubscriberState.ACTIVE, None)


@pytest.fixture
def sent_campaigns(database: Database) -> SentCampaigns:
    """A database with one subscriber."""
    sent_campaigns = SentCampaigns(database)
    sent_campaigns.add(IDA)
    return sent_campaigns


def case(name: str, sent: Outgoing) -> bytes:
    """Return a message, with the identifiers of a sent message."""
    header = sent.content.partition(b"\r\n\r\n")[0].decode().replace("\r\n ", " ")
    token = re.search(r"/unsubscribe/([\w.-]+)>", header)
    message_id = re.search(r"Message-ID: (\S+)", header)
    assert token
    assert message_id
    values = {
        "@VERP@": sent.envelope_sender,
        "@LEAVE@": token[1],
        "@LEAVE64@": b64encode(f"unsubscribe {token[1]}".encode()).decode(),
        "@MID@": message_id[1],
    }
    text = (_CASES / f"{name}.eml").read_text(encoding="utf-8")
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text.encode()


@pytest.mark.parametrize("name", ["blocklist", "blacklisted"])
def test_a_block_list_is_never_about_the_subscriber(sent_campaigns: SentCampaigns, name: str) -> None:
    """Not even over three issues, and not if the status of the report says that there is no such mailbox."""
    for number in range(1, 4):
        result = sent_campaigns.apply(case(name, sent_campaigns.send(IDA, number)))
        assert (result.kind, result.effect) == (BounceKind.POLICY, BounceEffect.NOTED)
    assert sent_campaigns.state(IDA) == ACTIVE


def test_a_recipient_with_too_much_mail_is_a_soft_bounce(sent_campaigns: SentCampaigns) -> None:
    """The status says that the mailbox is disabled, and the reply that it gets too much mail."""
    result = sent_campaigns.apply(case("rate", sent_campaigns.send(IDA)))
    assert (result.kind, result.effect) == (BounceKind.SOFT, BounceEffect.COUNTED)


@pytest.mark.parametrize(
    ("enhanced", "text", "state"),
    [
        ("5.2.1", "The user you write to is receiving mail at a rate that lets no more in", ACTIVE),
        ("5.1.1", "Your server is on our block list", ACTIVE),
        ("5.2.1", "it is closed", (SubscriberState.BOUNCED, SuppressionReason.HARD_BOUNCE)),
    ],
)
def test_a_reply_while_sending_is_read_alike(
    sent_campaigns: SentCampaigns, enhanced: str, text: str, state: tuple[SubscriberState, SuppressionReason | None]
) -> None:
    """The words of a rejection during the campaign count as those of a bounce."""
    sent_campaigns.send(IDA)
    found = sent_campaigns.find(IDA)
    rejected = Delivery(
        found.id, found.address, DeliveryState.FAILED, 1, NOW, NOW, 550, enhanced, text, "<1@lantern.example>", "mx"
    )
    with sent_campaigns.database.write() as connection:
        apply_rejection(connection, 1, rejected, NOW)
    assert sent_campaigns.state(IDA) == state


def test_a_person_who_quotes_a_bounce_stays_subscribed(sent_campaigns: SentCampaigns) -> None:
    """An answer with its author as envelope sender is no bounce, whatever it quotes."""
    result = sent_campaigns.apply(case("person", sent_campaigns.send(IDA)))
    assert (result.kind, result.effect) == (BounceKind.UNKNOWN, BounceEffect.NOTHING)
    assert sent_campaigns.state(IDA) == ACTIVE
    assert sent_campaigns.events(IDA) == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("opensmtpd", BounceKind.HARD),
        ("nullfrom", BounceKind.HARD),
        ("norecipient", BounceKind.SOFT),
        ("expired", BounceKind.SOFT),
    ],
)
def test_a_return_path_with_a_null_sender_is_a_bounce(
    sent_campaigns: SentCampaigns, name: str, kind: BounceKind
) -> None:
    """In any form: soft at least, and hard if the text says so."""
    result = sent_campaigns.apply(case(name, sent_campaigns.send(IDA)))
    assert (result.kind, result.address) == (kind, IDA)


def test_any_text_with_a_proven_return_path_is_a_bounce(sent_campaigns: SentCampaigns) -> None:
    """With the null sender. Without it, or as an automatic reply, it is not."""
    sent = sent_campaigns.send(IDA)
    text = f"Delivered-To: {sent.envelope_sender}\nFrom: x@example.net\nSubject: Something\n\nwas wrong\n"
    assert sent_campaigns.apply(text.encode()).effect is BounceEffect.NOTHING
    away = f"Return-Path: <>\nAuto-Submitted: auto-replied\n{text}"
    assert sent_campaigns.apply(away.encode()).kind is BounceKind.AUTOMATIC
    result = sent_campaigns.apply(f"Return-Path: <>\n{text}".encode())
    assert (result.kind, result.effect) == (BounceKind.SOFT, BounceEffect.COUNTED)


@pytest.mark.parametrize("name", ["leave-base64", "leave-percent"])
def test_an_encoded_request_unsubscribes(sent_campaigns: SentCampaigns, name: str) -> None:
    """The subject in base64, or as it stands in the URL."""
    result = sent_campaigns.apply(case(name, sent_campaigns.send(IDA)))
    assert (result.kind, result.effect) == (BounceKind.UNSUBSCRIBE, BounceEffect.UNSUBSCRIBED)
    assert sent_campaigns.state(IDA)[0] is SubscriberState.UNSUBSCRIBED


def test_a_forwarded_message_is_a_complaint(sent_campaigns: SentCampaigns) -> None:
    """Microsoft's Junk Mail Reporting Program forwards the message without a report."""
    result = sent_campaigns.apply(case("jmrp", sent_campaigns.send(IDA)))
    assert (result.kind, result.effect) == (BounceKind.COMPLAINT, BounceEffect.SUPPRESSED)
    assert sent_campaigns.state(IDA)[0] is SubscriberState.COMPLAINED


def test_a_message_that_a_person_forwards_is_not_a_complaint(sent_campaigns: SentCampaigns) -> None:
    """Nor is a message that encloses another's."""
    sent = sent_campaigns.send(IDA)
    forwarded = case("jmrp", sent).replace(b"Subject: complaint about message", b"Subject: Fwd: your issue")
    forwarded = forwarded.replace(b"X-HmXmrOriginalRecipient", b"X-Other").replace(b"staff@hotmail", b"ida@reader")
    assert sent_campaigns.apply(forwarded).effect is BounceEffect.NOTHING
    foreign = re.sub(rb"(Message-ID|List-Unsubscribe): .*", b"X-Other: x", case("jmrp", sent))
    assert sent_campaigns.apply(foreign).effect is not BounceEffect.SUPPRESSED
    assert sent_campaigns.state(IDA) == ACTIVE


def test_a_notification_of_ses_as_json_is_identified_by_its_headers(sent_campaigns: SentCampaigns) -> None:
    """SNS sends it by mail. With the headers of the sent message, it is proven; without them, it may be forged."""
    header = sent_campaigns.send(IDA).content.decode()
    token = re.search(r"/unsubscribe/([\w.-]+)>", header)
    assert token
    link = {"name": "List-Unsubscribe", "value": f"<https://lantern.example/unsubscribe/{token[1]}>"}
    bounce = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": IDA}]}
    event = {"notificationType": "Bounce", "bounce": bounce, "mail": {"headers": []}}
    head = "From: AWS Notifications <no-reply@sns.amazonaws.com>\nSubject: AWS Notification Message\n\n"
    result = sent_campaigns.apply(f"{head}{json.dumps(event)}".encode())
    assert (result.kind, result.effect) == (BounceKind.SOFT, BounceEffect.COUNTED)
    event["mail"] = {"headers": [link]}
    result = sent_campaigns.apply(f"{head}{json.dumps({'Message': json.dumps(event)})}".encode())
    assert (result.kind, result.effect) == (BounceKind.HARD, BounceEffect.SUPPRESSED)


@pytest.mark.parametrize(
    "text", ["{", "{}", '{"Message": "["}', '{"notificationType": "Bounce", "bounce": [1]}', '{"a":' * 9999]
)
def test_other_json_changes_nothing(sent_campaigns: SentCampaigns, text: str) -> None:
    """Damaged JSON, or other notifications."""
    result = sent_campaigns.apply(f"From: AWS Notifications <no-reply@sns.amazonaws.com>\n\n{text}".encode())
    assert result.effect in (BounceEffect.NOTHING, BounceEffect.UNKNOWN)


@pytest.mark.parametrize(
    "link", ["https://lantern.example/unsubscribe/{}", "https://lantern.example/unsubscribe=\n/{}"]
)
def test_a_complaint_with_redacted_fields_is_identified_by_the_text(sent_campaigns: SentCampaigns, link: str) -> None:
    """AOL and Yahoo redact addresses. The unsubscribe link in the text has the token."""
    header = sent_campaigns.send(IDA).content.decode()
    token = re.search(r"/unsubscribe/([\w.-]+)>", header)
    assert token
    message = (
        "From: scomp@aol.example\nSubject: Email Feedback Report for IP 192.0.2.1\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="f"\n\n--f\nContent-Type: text/plain\n\n'
        "A report.\n\n--f\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nRedacted-Address: redacted\n"
        "Original-Mail-From: <redacted@lantern.example>\nOriginal-Rcpt-To: redacted\n\n--f\n"
        f"Content-Type: message/rfc822\n\nTo: redacted\nMessage-ID: <redacted>\n\n"
        f"Hello\n{link.format(token[1])}\n\n--f--\n"
    )
    result = sent_campaigns.apply(message.encode())
    assert (result.kind, result.effect) == (BounceKind.COMPLAINT, BounceEffect.SUPPRESSED)
