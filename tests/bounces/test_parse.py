"""Parsing and classifying bounces, including damaged and hostile messages."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.bounces.bounce import BounceForm, RecipientReport
from newsletter.bounces.classify import classify_bounce, find_status
from newsletter.bounces.parse import LIMIT, parse_bounce
from newsletter.database.states import BounceKind
from newsletter.transports.base import Outgoing
from tests.bounces.shapes import SHAPES, complaint, plain, postfix, recipient, report

SENT = Outgoing(
    "bounces+1-41-3.abcdefghijklmnopqrstuvwx@example.org",
    "ann@example.com",
    b"To: Ann <ann@example.com>\r\nMessage-ID: <abc@example.org>\r\nList-Unsubscribe: <https://lens.example.org/"
    b"unsubscribe/1-41-3.zzzzefghijklmnopqrstuvwx>,\r\n <mailto:bounces@example.org>\r\n\r\nHi\r\n",
)
HARD, SOFT, POLICY, NOTICE = BounceKind.HARD, BounceKind.SOFT, BounceKind.POLICY, BounceKind.NOTICE


def kinds(content: bytes) -> list[BounceKind]:
    return [classify_bounce(one) for one in parse_bounce(content).recipients]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_format_is_parsed(shape: Callable[[Outgoing, str], bytes]) -> None:
    """The recipient, its status, the token and the Message-ID are found in the format of every mail system."""
    found = parse_bounce(shape(SENT, "5.1.1"))
    (one,) = found.recipients
    assert found.form in (BounceForm.DELIVERY_STATUS, BounceForm.UNSTRUCTURED)
    assert {address.lower() for address in one.addresses} == {SENT.recipient}
    assert (classify_bounce(one), find_status(one)) == (HARD, "5.1.1")
    assert found.unsubscribe_tokens == ("1-41-3.zzzzefghijklmnopqrstuvwx",)
    assert len(found.message_ids) == 1
    assert any("+1-41-3." in path for path in found.return_paths) != (shape.__name__ == "ses")


@pytest.mark.parametrize("shape", SHAPES)
def test_a_full_mailbox_is_a_soft_bounce_in_every_format(shape: Callable[[Outgoing, str], bytes]) -> None:
    """Another status elsewhere in the text, 5.1.1, is ignored."""
    text = shape(SENT, "5.2.2").replace(b"Delivery has failed", b"550 5.1.1 Delivery has failed")
    assert kinds(text) == [SOFT]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, HARD) for status in ("5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10", "5.2.1")),
        *(
            (status, SOFT)
            for status in ("4.1.1", "4.2.2", "4.4.7", "5.0.0", "5.1.0", "5.2.0", "5.2.2", "5.4.4", "5.5.0")
        ),
        *((status, POLICY) for status in ("5.7.1", "4.7.0", "5.7.26", "5.6.0", "5.1.7", "5.1.8")),
        *((status, SOFT) for status in ("4.3.0", "4.3.1", "5.3.0", "5.2.3", "5.3.4")),
        *((status, SOFT) for status in ("", "nonsense", "5", "5.1", "9.1.1", "5.1.1.1", "5.1.1111")),
    ],
)
def test_the_status_determines_the_kind(status: str, kind: BounceKind) -> None:
    """Hard: the mailbox does not exist. Policy: about the message, sender or server. Soft: all others."""
    assert classify_bounce(RecipientReport(("ann@example.com",), "failed", status, "")) is kind


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_a_delivery_that_has_not_failed_is_a_notice(action: str) -> None:
    """The status does not matter."""
    text = report(SENT, recipient("ann@example.com", "5.1.1", action=action))
    assert kinds(text) == [NOTICE]


@pytest.mark.parametrize(
    ("status", "diagnostic", "exact"),
    [
        ("5.0.0", "smtp; 550 5.1.1 unknown", "5.1.1"),
        ("5.0.0", "smtp; 550-5.2.2 full\n 550 5.1.1 see", "5.2.2"),
        ("5.0.0", "smtp; 550 unknown, see 5.1.1", "5.0.0"),
        ("5.0.0", "smtp; 450 4.2.2 full", "4.2.2"),
        ("5.1.1", "smtp; 550 5.0.0 unknown", "5.1.1"),
        ("5.1.1", "host mx.example.com: 550 5.7.1 no", "5.7.1"),
        ("", "Sorry, it is not here. (#5.1.1)", "5.1.1"),
        ("5.0.0", "X-Unix; 550 5.1.1", "5.0.0"),
        ("5.2.2", "smtp; 550 5.1.1 unknown", "5.1.1"),
        ("5.1.1 (no such person)", "", "5.1.1"),
    ],
)
def test_the_status_in_the_reply_counts_before_the_status_of_the_report(
    status: str, diagnostic: str, exact: str
) -> None:
    """Unless it is x.0.0. Only the first reply of a server counts."""
    assert find_status(RecipientReport(("a@b.example",), "failed", status, diagnostic)) == exact


@pytest.mark.parametrize(
    ("status", "diagnostic", "text", "kind"),
    [
        ("5.0.0", "", "550 5.1.1 user unknown", HARD),
        ("", "", "550 it is on our block list", BounceKind.POLICY),
        ("5.0.0", "550 mailbox full", "550 5.1.1 user unknown", BounceKind.SOFT),
        ("5.2.2", "", "550 5.1.1 user unknown", BounceKind.SOFT),
        ("5.0.0", "", "It failed", BounceKind.SOFT),
    ],
)
def test_the_text_counts_if_the_report_states_no_cause(
    status: str, diagnostic: str, text: str, kind: BounceKind
) -> None:
    """A cause in the reply or in the status of the report counts before the text."""
    block = recipient(SENT.recipient, status, diagnostic=diagnostic)
    assert kinds(report(SENT, block, text=f"<{SENT.recipient}>:\n{text}")) == [kind]


def test_each_recipient_has_its_own_status() -> None:
    """The status is taken from the block of the recipient, not from the first block."""
    blocks = recipient("x@example.com", "5.1.1") + "\n" + recipient("ann@example.com", "4.2.2", action="delayed")
    assert kinds(report(SENT, blocks)) == [HARD, NOTICE]


@pytest.mark.parametrize(
    "value", ["rfc822; ann@example.com", "RFC822;<ann@example.com>", "ann@example.com", "X-Local ; ann@example.com"]
)
def test_the_address_type_is_removed(value: str) -> None:
    """The type may be in any case, followed by spaces, or missing."""
    (one,) = parse_bounce(report(SENT, f"Final-Recipient: {value}\nAction: failed\nStatus: 5.1.1\n")).recipients
    assert one.addresses == ("ann@example.com",)


@pytest.mark.parametrize(
    "name", ["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "To"]
)
def test_the_return_path_is_found_in_every_header_field_that_servers_use(name: str) -> None:
    """The address to which a bounce was delivered contains the token of the message."""
    text = postfix(SENT, "5.1.1").partition(b"From: ")[2].replace(b"To: ", b"X-To: ", 1)
    path = "bounces+1-41-3.abc@example.org"
    assert parse_bounce(f"{name}: <{path}>\nFrom: ".encode() + text).return_paths == (path,)


def test_quotations_in_a_report_are_ignored() -> None:
    """A status, recipient or Message-ID in the text of the report or of the returned message has no effect."""
    quoted = (
        "550 5.1.1 Final-Recipient: rfc822; eve@example.com\n\nFinal-Recipient: rfc822; eve@example.com\n"
        "Action: failed\nStatus: 5.1.1\n\nMessage-ID: <eve@example.org>\n"
    )
    body = f"To: ann@example.com\nMessage-ID: <abc@example.org>\n\n{quoted}\nStatus: 5.1.1\n"
    found = parse_bounce(report(SENT, recipient("ann@example.com", "4.4.1"), text=quoted, returned=body))
    assert [one.addresses for one in found.recipients] == [("ann@example.com",)]
    assert [classify_bounce(one) for one in found.recipients] == [SOFT]
    assert found.message_ids == ("<abc@example.org>",)


def test_a_forwarded_bounce_is_not_a_bounce() -> None:
    """A report that is attached to a message or quoted in a reply is not applied."""
    inner = postfix(SENT, "5.1.1").decode()
    forwarded = (
        "From: Ann <ann@example.com>\nSubject: Fwd: what is this?\nContent-Type: multipart/mixed; boundary=o\n\n"
        f"--o\nContent-Type: text/plain\n\nSee below.\n\n--o\nContent-Type: message/rfc822\n\n{inner}\n--o--\n"
    )
    assert parse_bounce(forwarded.encode()).form is BounceForm.OTHER
    quoted = "\n".join(f"> {line}" for line in inner.split("\n"))
    assert parse_bounce(plain("Re: what is this?", f"You wrote:\n{quoted}")).form is BounceForm.OTHER


@pytest.mark.parametrize(
    "message",
    [
        plain("Re: Issue 1", header="Auto-Submitted: auto-replied\n"),
        plain("Re: Issue 1", header="Auto-Submitted: auto-replied (vacation)\n"),
        plain("Re: Issue 1", header="Precedence: auto_reply\n"),
        plain("Re: Issue 1", header="X-Autoreply: yes\n"),
        plain("Out of office: Issue 1"),
        plain("Abwesenheitsnotiz: Issue 1"),
        plain("Automatic reply: Issue 1", "Hi. This is the office.\n\n<ann@example.com>:\n550 5.1.1 gone. (#5.1.1)\n"),
    ],
)
def test_an_automatic_reply_is_not_a_bounce(message: bytes) -> None:
    """Even if its text looks like a bounce."""
    assert parse_bounce(message).form is BounceForm.AUTO_REPLY


@pytest.mark.parametrize(
    ("sender", "header"),
    [
        ("MAILER-DAEMON@mail.example.org", ""),
        ("Mail Delivery System <bounces@mail.example.org>", ""),
        ("Postmaster <postmaster@mail.example.org>", ""),
        ("Server <server@mail.example.org>", "X-Failed-Recipients: ann@example.com\n"),
    ],
)
def test_a_message_of_a_mail_system_is_not_an_automatic_reply(sender: str, header: str) -> None:
    """Even if it is marked as automatic: the sender's name or X-Failed-Recipients identifies a mail system."""
    text = "Hi. This is the qmail-send program.\n\n<ann@example.com>:\nIt gives up. (#5.1.1)\n"
    message = plain("Automatic reply", text, sender=sender, header=f"{header}Auto-Submitted: auto-replied\n")
    assert parse_bounce(message).form is BounceForm.UNSTRUCTURED


@pytest.mark.parametrize(
    "message",
    [
        plain("Please confirm your message to ann@example.com"),
        plain("Re: Issue 1", header="X-TMDA-Fingerprint: abc\nAuto-Submitted: auto-replied\n"),
        plain("Your message awaits", sender="ann@example.com <reply@spamarrest.com>"),
    ],
)
def test_a_challenge_is_not_a_bounce(message: bytes) -> None:
    """A request to confirm that the sender is a person is not about the subscriber."""
    assert parse_bounce(message).form is BounceForm.CHALLENGE


@pytest.mark.parametrize("kind", ["abuse", "fraud", "opt-out", "Abuse"])
def test_feedback_of_a_recipient_is_a_complaint(kind: str) -> None:
    """The token is found in the unsubscribe link, even if the address was removed."""
    found = parse_bounce(complaint(SENT, kind))
    assert found.form is BounceForm.COMPLAINT
    assert found.unsubscribe_tokens == ("1-41-3.zzzzefghijklmnopqrstuvwx",)


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "virus", "other", "", "x-new"])
def test_other_feedback_is_not_a_complaint(kind: str) -> None:
    """Reports that a message is not spam, or that a signature failed, have no effect."""
    assert parse_bounce(complaint(SENT, kind)).form is BounceForm.FEEDBACK


def test_an_encoded_report_is_parsed() -> None:
    """Parts in base64 with CRLF, and addresses with non-ASCII characters (RFC 6533)."""
    from base64 import encodebytes

    block = encodebytes("Final-Recipient: utf-8; jörg@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n".encode())
    text = (
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/global-delivery-status\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + block + b"\r\n--b--\r\n"
    )
    (one,) = parse_bounce(text).recipients
    assert (one.addresses, classify_bounce(one)) == (("jörg@example.com",), HARD)


def test_line_endings_do_not_change_the_digest() -> None:
    """The same message from a maildir and over IMAP has the same digest."""
    text = postfix(SENT, "5.1.1")
    assert parse_bounce(text).digest == parse_bounce(text.replace(b"\n", b"\r\n")).digest


def test_ten_thousand_recipients_are_parsed() -> None:
    """One report with a status for each recipient."""
    blocks = "\n".join(
        f"Final-Recipient: rfc822; a{n}@example.com\nAction: failed\nStatus: 5.1.1\n" for n in range(10_000)
    )
    assert kinds(report(SENT, blocks)) == [HARD] * 10_000


def test_parts_after_a_thousand_boundaries_are_ignored() -> None:
    """With fewer boundaries, the report is read."""
    text = postfix(SENT, "5.1.1")
    part = b"--=.part/1\nContent-Type: message/delivery-status"
    assert kinds(text.replace(part, b"--=.part/1\n\n" * 900 + part)) == [HARD]
    assert parse_bounce(text.replace(part, b"--=.part/1\n\n" * 1000 + part)).form is BounceForm.UNSTRUCTURED


def test_recipients_far_down_in_a_long_text_are_ignored() -> None:
    """Only the first 32 KiB of a nonstandard bounce are read."""
    begin, end = "Hi. This is the qmail-send program.\n\n", "<ann@example.com>:\nIt gives up. (#5.1.1)\n"
    filler = "<bob@example.com>:\nIt gives up. (#5.1.1)\n\n"
    for count, named in ((1, {"ann@example.com", "bob@example.com"}), (1000, {"bob@example.com"})):
        found = parse_bounce(plain("failure", begin + filler * count + end, sender="MAILER-DAEMON@example.org"))
        assert {address for one in found.recipients for address in one.addresses} == named


HOSTILE = {
    "nothing": b"",
    "a huge line": b"Content-Type: multipart/report; " + b'a*0*="' * 400_000,
    "more than the limit": postfix(SENT, "5.1.1") + b"x" * 3 * LIMIT,
    "many boundaries": b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\n" * 200_000,
    "deep nesting": b"".join(
        b"--%d\nContent-Type: multipart/mixed; boundary=%d\n\n" % (n - 1, n) for n in range(20_000)
    ),
    "messages in messages": b"Content-Type: message/rfc822\n\n" * 20_000,
    "digests in digests": b"".join(
        b"--%d\n\nContent-Type: multipart/digest; boundary=%d\n\n" % (n - 1, n) for n in range(5_000)
    ),
    "a charset with a null": b"Content-Type: multipart/report; boundary*=a\x00b'x'%41\n\n",
    "a codec for other data": b"Content-Type: multipart/report; boundary*=idna''%e4\n\n--\xe4\n",
    "an unknown charset": postfix(SENT, "5.1.1").replace(b"us-ascii", b"utf-99").replace(b"Ann", b"\xff\xfe"),
    "no boundary": b"Content-Type: multipart/report\n\nFinal-Recipient: rfc822; a@example.com\n",
    "a missing part": b"Content-Type: multipart/report; boundary=b\n\n--b\n\n--b\n",
    "unclosed quotes": b'X-Failed-Recipients: "' + b"\\(" * 100_000 + b"\n\nx",
    "styles without end": b"From: MAILER-DAEMON\nContent-Type: text/html\n\n" + b"<style " * 300_000,
    "many replies": b"From: Ann\nContent-Type: text/x\n\n" + b"550 5.1.1 x\n" * 100_000,
    "invalid names for flufl.bounce": b"From: MAILER-DAEMON\nX-Failed-Recipients: =?x?q?=ff?= \xff <\x00@>\n\n\xff",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_messages_are_parsed(name: str) -> None:
    """Huge, deeply nested or damaged messages are parsed as far as possible and never raise."""
    found = parse_bounce(HOSTILE[name])
    expected = {"more than the limit": [HARD], "an unknown charset": [HARD]}
    assert [classify_bounce(one) for one in found.recipients] == expected.get(name, [])


@pytest.mark.parametrize("shape", SHAPES)
def test_a_truncated_bounce_is_not_worse(shape: Callable[[Outgoing, str], bytes]) -> None:
    """A soft bounce that is cut at any position never becomes a hard bounce or a complaint."""
    text = shape(SENT, "5.2.2")
    for end in range(0, len(text), 7):
        assert not {HARD, BounceKind.COMPLAINT} & set(kinds(text[:end])), text[:end]


_WORDS = st.sampled_from(
    [
        *(
            b"Content-Type: multipart/report; boundary=b\n",
            b"--b\n",
            b"--b--\n",
            b"\n",
            b"\n\n",
            b": ",
            b"; ",
            b"\r",
            b" ",
        ),
        *(
            b"Content-Type: message/delivery-status\n",
            b"Content-Type: message/feedback-report\n",
            b"\xff",
            b"\x00",
            b"=",
        ),
        *(b"Final-Recipient: rfc822; a@b.org\n", b"Action: failed\n", b"Status: 5.1.1\n", b"Feedback-Type: abuse\n"),
        *(
            b"Content-Transfer-Encoding: base64\n",
            b"boundary*0*=x''%",
            b"From: MAILER-DAEMON@x\n",
            b"<a@b.org>:\n",
            b"(",
        ),
        *(b"X-Failed-Recipients: ", b"Hi. This is the qmail\n", b'"', b"Content-Type: message/rfc822\n", b"=?utf-8?q?"),
    ]
)


@given(
    st.one_of(st.binary(max_size=2000), st.lists(st.one_of(_WORDS, st.binary(max_size=8)), max_size=60).map(b"".join))
)
def test_any_bytes_are_parsed(content: bytes) -> None:
    """Parsing never raises, each recipient has a kind, and diagnostics have one line."""
    for one in parse_bounce(content).recipients:
        assert classify_bounce(one) in BounceKind
        assert "\n" not in one.diagnostic


@given(st.integers(0, 3000), st.binary(max_size=12), st.sampled_from(SHAPES))
def test_a_damaged_bounce_is_parsed(position: int, damage: bytes, shape: Callable[[Outgoing, str], bytes]) -> None:
    """Parsing never raises if some bytes of a bounce are replaced."""
    text = shape(SENT, "5.1.1")
    kinds(text[:position] + damage + text[position + len(damage) :])
