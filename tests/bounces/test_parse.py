"""Bounces read: what a message says, and that no bytes can do harm."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.bounces.bounce import BounceForm, RecipientReport
from newsletter.bounces.classify import bounce_kind, status_code
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
HARD, SOFT, REFUSED, NOTICE = BounceKind.HARD, BounceKind.SOFT, BounceKind.REFUSED, BounceKind.NOTICE


def kinds(content: bytes) -> list[BounceKind]:
    return [bounce_kind(one) for one in parse_bounce(content).recipients]


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_is_read(shape: Callable[[Outgoing, str], bytes]) -> None:
    """Whoever wrote it: the recipient, the status of that recipient and what proves it are found."""
    found = parse_bounce(shape(SENT, "5.1.1"))
    (one,) = found.recipients
    assert found.form in (BounceForm.DELIVERY_STATUS, BounceForm.UNSTRUCTURED)
    assert {address.lower() for address in one.addresses} == {SENT.recipient}
    assert (bounce_kind(one), status_code(one)) == (HARD, "5.1.1")
    assert found.unsubscribe_tokens == ("1-41-3.zzzzefghijklmnopqrstuvwx",)
    assert len(found.message_ids) == 1
    assert any("+1-41-3." in path for path in found.return_paths) != (shape.__name__ == "ses")


@pytest.mark.parametrize("shape", SHAPES)
def test_a_full_mailbox_is_soft_in_each_shape(shape: Callable[[Outgoing, str], bytes]) -> None:
    """Though each of them names 5.1.1 somewhere else in the text."""
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
        *((status, REFUSED) for status in ("5.7.1", "4.7.0", "5.7.26", "5.6.0", "5.1.7", "5.1.8", "5.2.3", "5.3.4")),
        *((status, REFUSED) for status in ("4.3.0", "4.3.1", "5.3.0")),
        *((status, SOFT) for status in ("", "nonsense", "5", "5.1", "9.1.1", "5.1.1.1", "5.1.1111")),
    ],
)
def test_the_kind_comes_from_the_status(status: str, kind: BounceKind) -> None:
    """The mailbox is gone: hard. It is about message, sender or server: nothing of the reader. Else soft."""
    assert bounce_kind(RecipientReport(("ann@example.com",), "failed", status, "")) is kind


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
def test_what_has_not_failed_is_a_notice(action: str) -> None:
    """Whatever its status says."""
    text = report(SENT, recipient("ann@example.com", "5.1.1", action=action))
    assert kinds(text) == [NOTICE]


@pytest.mark.parametrize(
    ("status", "diagnostic", "exact"),
    [
        ("5.0.0", "smtp; 550 5.1.1 unknown", "5.1.1"),
        ("5.0.0", "smtp; 550-5.2.2 full\n 550 5.1.1 see", "5.2.2"),
        ("5.0.0", "smtp; 550 unknown, see 5.1.1", "5.0.0"),
        ("5.0.0", "smtp; 450 4.2.2 full", "5.0.0"),
        ("5.0.0", "X-Unix; 550 5.1.1", "5.0.0"),
        ("5.2.2", "smtp; 550 5.1.1 unknown", "5.2.2"),
        ("5.1.1 (no such person)", "", "5.1.1"),
    ],
)
def test_a_status_that_says_nothing_gives_way_to_the_reply(status: str, diagnostic: str, exact: str) -> None:
    """Only x.0.0, and only to the code that the first reply begins with."""
    assert status_code(RecipientReport(("a@b.example",), "failed", status, diagnostic)) == exact


def test_each_recipient_has_a_status_of_its_own() -> None:
    """The block of a recipient says what became of it, not the first block."""
    blocks = recipient("x@example.com", "5.1.1") + "\n" + recipient("ann@example.com", "4.2.2", action="delayed")
    assert kinds(report(SENT, blocks)) == [HARD, NOTICE]


@pytest.mark.parametrize(
    "value", ["rfc822; ann@example.com", "RFC822;<ann@example.com>", "ann@example.com", "X-Local ; ann@example.com"]
)
def test_the_type_of_an_address_is_left_out(value: str) -> None:
    """In any case, with any space, and where there is none."""
    (one,) = parse_bounce(report(SENT, f"Final-Recipient: {value}\nAction: failed\nStatus: 5.1.1\n")).recipients
    assert one.addresses == ("ann@example.com",)


@pytest.mark.parametrize(
    "name", ["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "To"]
)
def test_the_return_path_is_found_in_each_header_that_servers_write(name: str) -> None:
    """The address to which a bounce was delivered has the token of the message."""
    text = postfix(SENT, "5.1.1").partition(b"From: ")[2].replace(b"To: ", b"X-To: ", 1)
    path = "bounces+1-41-3.abc@example.org"
    assert parse_bounce(f"{name}: <{path}>\nFrom: ".encode() + text).return_paths == (path,)


def test_what_a_report_quotes_is_not_believed() -> None:
    """Neither its prose nor the text of the message that comes back is a status, a recipient, or a proof."""
    prose = (
        "550 5.1.1 Final-Recipient: rfc822; eve@example.com\n\nFinal-Recipient: rfc822; eve@example.com\n"
        "Action: failed\nStatus: 5.1.1\n\nMessage-ID: <eve@example.org>\n"
    )
    body = f"To: ann@example.com\nMessage-ID: <abc@example.org>\n\n{prose}\nStatus: 5.1.1\n"
    found = parse_bounce(report(SENT, recipient("ann@example.com", "4.4.1"), prose=prose, returned=body))
    assert [one.addresses for one in found.recipients] == [("ann@example.com",)]
    assert [bounce_kind(one) for one in found.recipients] == [SOFT]
    assert found.message_ids == ("<abc@example.org>",)


def test_a_bounce_that_somebody_sends_on_is_none() -> None:
    """A report within a message, or quoted in a reply, is about a message of somebody else's."""
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
def test_an_automatic_reply_is_none(message: bytes) -> None:
    """Not even where its text looks like a bounce."""
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
def test_a_mail_systems_own_message_is_no_automatic_reply(sender: str, header: str) -> None:
    """Though it says that it is automatic: the sender's name shows a mail system, or X-Failed-Recipients does."""
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
def test_a_challenge_is_none(message: bytes) -> None:
    """A program that wants to know whether we are a person says nothing of the reader."""
    assert parse_bounce(message).form is BounceForm.CHALLENGE


@pytest.mark.parametrize("kind", ["abuse", "fraud", "opt-out", "Abuse"])
def test_a_complaint_is_what_a_reader_said(kind: str) -> None:
    """The token is in the unsubscribe link, though the address is taken out."""
    found = parse_bounce(complaint(SENT, kind))
    assert found.form is BounceForm.COMPLAINT
    assert found.unsubscribe_tokens == ("1-41-3.zzzzefghijklmnopqrstuvwx",)


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "virus", "other", "", "x-new"])
def test_other_feedback_is_no_complaint(kind: str) -> None:
    """That it is no spam after all, or that a signature failed, is no wish to leave."""
    assert parse_bounce(complaint(SENT, kind)).form is BounceForm.FEEDBACK


def test_an_encoded_report_is_read() -> None:
    """Parts in base64, CRLF, and addresses beyond ASCII (RFC 6533)."""
    from base64 import encodebytes

    block = encodebytes("Final-Recipient: utf-8; jörg@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n".encode())
    text = (
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/global-delivery-status\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + block + b"\r\n--b--\r\n"
    )
    (one,) = parse_bounce(text).recipients
    assert (one.addresses, bounce_kind(one)) == (("jörg@example.com",), HARD)


def test_line_ends_do_not_make_another_message() -> None:
    """A message from a maildir and the same one over IMAP have one digest."""
    text = postfix(SENT, "5.1.1")
    assert parse_bounce(text).digest == parse_bounce(text.replace(b"\n", b"\r\n")).digest


def test_ten_thousand_recipients_are_read() -> None:
    """One report, each recipient with its own status."""
    blocks = "\n".join(
        f"Final-Recipient: rfc822; a{n}@example.com\nAction: failed\nStatus: 5.1.1\n" for n in range(10_000)
    )
    assert kinds(report(SENT, blocks)) == [HARD] * 10_000


def test_what_follows_a_thousand_boundaries_is_not_read() -> None:
    """No bounce has so many parts; with fewer of them the report is read."""
    text = postfix(SENT, "5.1.1")
    part = b"--=.part/1\nContent-Type: message/delivery-status"
    assert kinds(text.replace(part, b"--=.part/1\n\n" * 900 + part)) == [HARD]
    assert kinds(text.replace(part, b"--=.part/1\n\n" * 1000 + part)) == []


def test_a_recipient_far_down_in_prose_is_not_believed() -> None:
    """Of a bounce without a standard the first 32 KiB are read."""
    begin, end = "Hi. This is the qmail-send program.\n\n", "<ann@example.com>:\nIt gives up. (#5.1.1)\n"
    filler = "<bob@example.com>:\nIt gives up. (#5.1.1)\n\n"
    for count, named in ((1, {"ann@example.com", "bob@example.com"}), (1000, {"bob@example.com"})):
        found = parse_bounce(plain("failure", begin + filler * count + end, sender="MAILER-DAEMON@example.org"))
        assert {address for one in found.recipients for address in one.addresses} == named


HOSTILE = {
    "nothing": b"",
    "a huge line": b"Content-Type: multipart/report; " + b'a*0*="' * 400_000,
    "more than is read": postfix(SENT, "5.1.1") + b"x" * 3 * LIMIT,
    "many boundaries": b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\n" * 200_000,
    "deep nesting": b"".join(
        b"--%d\nContent-Type: multipart/mixed; boundary=%d\n\n" % (n - 1, n) for n in range(20_000)
    ),
    "messages in messages": b"Content-Type: message/rfc822\n\n" * 20_000,
    "digests in digests": b"".join(
        b"--%d\n\nContent-Type: multipart/digest; boundary=%d\n\n" % (n - 1, n) for n in range(5_000)
    ),
    "a charset with a null": b"Content-Type: multipart/report; boundary*=a\x00b'x'%41\n\n",
    "a codec that is none": b"Content-Type: multipart/report; boundary*=idna''%e4\n\n--\xe4\n",
    "a wrong charset": postfix(SENT, "5.1.1").replace(b"us-ascii", b"utf-99").replace(b"Ann", b"\xff\xfe"),
    "no boundary": b"Content-Type: multipart/report\n\nFinal-Recipient: rfc822; a@example.com\n",
    "a missing part": b"Content-Type: multipart/report; boundary=b\n\n--b\n\n--b\n",
    "unclosed quotes": b'X-Failed-Recipients: "' + b"\\(" * 100_000 + b"\n\nx",
    "odd flufl": b"From: MAILER-DAEMON\nX-Failed-Recipients: =?x?q?=ff?= \xff <\x00@>\n\n\xff",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_messages_are_read(name: str) -> None:
    """Huge, deep, broken: what can be understood is, the rest is no bounce."""
    found = parse_bounce(HOSTILE[name])
    expected = [HARD] if name in ("more than is read", "a wrong charset") else []
    assert [bounce_kind(one) for one in found.recipients] == expected


@pytest.mark.parametrize("shape", SHAPES)
def test_a_message_may_be_cut_anywhere(shape: Callable[[Outgoing, str], bytes]) -> None:
    """What is left of it never makes a graver bounce than the whole."""
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
def test_no_bytes_make_it_raise(content: bytes) -> None:
    """Whatever comes in, it is read, and each recipient has a kind."""
    for one in parse_bounce(content).recipients:
        assert bounce_kind(one) in BounceKind
        assert "\n" not in one.diagnostic


@given(st.integers(0, 3000), st.binary(max_size=12), st.sampled_from(SHAPES))
def test_no_damage_makes_it_raise(place: int, damage: bytes, shape: Callable[[Outgoing, str], bytes]) -> None:
    """Nor does a bounce with other bytes in some place."""
    text = shape(SENT, "5.1.1")
    kinds(text[:place] + damage + text[place + len(damage) :])
