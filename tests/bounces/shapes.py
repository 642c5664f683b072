"""Sample bounces in the formats of common mail systems. The texts are not copied from them."""

from base64 import encodebytes
from textwrap import dedent

from newsletter.transports.base import Outgoing


def header_of(sent: Outgoing) -> str:
    """Return the header of a sent message, as servers return it in a bounce."""
    return sent.content.partition(b"\r\n\r\n")[0].decode().replace("\r\n", "\n")


def report(
    sent: Outgoing, status: str, *, text: str = "", returned: str | None = None, to: str = "", enclosed: str = "rfc822"
) -> bytes:
    """Build a report: a header, a text, the delivery status `status`, and the returned header."""
    status = dedent(status).strip("\n")
    return (
        f"Return-Path: <>\nDelivered-To: {to or sent.envelope_sender}\n"
        "From: Mail Delivery System <MAILER-DAEMON@mx.example.net>\n"
        f"To: {to or sent.envelope_sender}\nSubject: Undelivered mail\nAuto-Submitted: auto-replied\n"
        'Content-Type: multipart/report; report-type=delivery-status;\n boundary="=.part/1"\n\n'
        f"This is a MIME message.\n\n--=.part/1\nContent-Type: text/plain; charset=us-ascii\n\n{text}\n\n"
        f"--=.part/1\nContent-Type: message/delivery-status\n\n{status}\n\n"
        f"--=.part/1\nContent-Type: {'text' if enclosed == 'rfc822-headers' else 'message'}/{enclosed}\n\n"
        f"{header_of(sent) if returned is None else returned}\n\n--=.part/1--\n"
    ).encode()


def recipient(address: str, status: str, *, action: str = "failed", diagnostic: str = "") -> str:
    """Build the delivery status of one recipient."""
    code = f"Diagnostic-Code: smtp; {diagnostic}\n" if diagnostic else ""
    return (
        f"Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; {address}\nAction: {action}\n"
        f"Status: {status}\n{code}"
    )


def words(status: str) -> str:
    """Return what servers write with a status."""
    return {"5.1.1": "user unknown", "5.2.2": "mailbox full"}.get(status, "refused")


def postfix(sent: Outgoing, status: str) -> bytes:
    """Postfix: returns only the header, and folds the reply of the other server."""
    return report(
        sent,
        f"""
        Reporting-MTA: dns; mail.example.org
        X-Postfix-Queue-ID: 4F2aB1
        X-Postfix-Sender: rfc822; {sent.envelope_sender}
        Arrival-Date: Mon,  6 May 2024 08:30:00 +0000 (UTC)

        Final-Recipient: rfc822; {sent.recipient}
        Original-Recipient: rfc822;{sent.recipient}
        Action: failed
        Status: {status}
        Remote-MTA: dns; mx.example.com
        Diagnostic-Code: smtp; 550 {status} <{sent.recipient}>: Recipient address
            rejected by the server
        """,
        text=f"<{sent.recipient}>: host mx.example.com replied: 550 {status}",
        enclosed="rfc822-headers",
    )


def exim(sent: Outgoing, status: str) -> bytes:
    """Exim: the status is always 5.0.0, the server's own status is in its reply. Adds X-Failed-Recipients."""
    text = report(
        sent,
        f"""
        Reporting-MTA: dns; mail.example.org

        Action: failed
        Final-Recipient: rfc822;{sent.recipient}
        Status: 5.0.0
        Remote-MTA: dns; mx.example.com
        Diagnostic-Code: smtp; 550-{status} The address is not valid.
         550 {status} See the help pages.
        """,
    )
    return b"X-Failed-Recipients: " + sent.recipient.encode() + b"\n" + text


def old_exim(sent: Outgoing, status: str) -> bytes:
    """Exim before it wrote reports: text with the returned message in it, and X-Failed-Recipients."""
    return (
        f"Return-path: <>\nEnvelope-to: {sent.envelope_sender}\nX-Failed-Recipients: {sent.recipient}\n"
        "Auto-Submitted: auto-replied\nFrom: Mail Delivery System <Mailer-Daemon@mail.example.org>\n"
        f"To: {sent.envelope_sender}\nSubject: Mail delivery failed: returning message to sender\n\n"
        "Your message could not be handed to one of its recipients, and is returned.\n\n"
        f"  {sent.recipient}\n    SMTP error from remote mail server after RCPT TO:<{sent.recipient}>:\n"
        f"    550 {status} no such thing\n\n------ This is a copy of the message, including all the headers. ------\n\n"
        f"{header_of(sent)}\n\n550 5.1.1 5.2.2 4.0.0\n"
    ).encode()


def qmail(sent: Outgoing, status: str) -> bytes:
    """Qmail's own format: an introduction, a paragraph for each recipient, a separator, the message."""
    return (
        f"Return-Path: <>\nDelivered-To: {sent.envelope_sender}\nFrom: MAILER-DAEMON@mail.example.org\n"
        f"To: {sent.envelope_sender}\nSubject: failure notice\n\n"
        "Hi. This is the qmail-send program at mail.example.org, and it gives up.\n\n"
        f"<{sent.recipient}>:\n192.0.2.1 does not like the recipient.\nIt gives up on it. (#{status})\n\n"
        f"--- Below this line is a copy of the message.\n\n{header_of(sent)}\n\nA body with (#5.1.1) in it.\n"
    ).encode()


def exchange(sent: Outgoing, status: str) -> bytes:
    """Exchange: a multipart inside the report, HTML in base64, fields in an unusual order."""
    html = encodebytes(f"<p>{sent.recipient} was not found. 550 5.1.1</p>".encode()).decode()
    return (
        "From: Microsoft Outlook <MicrosoftExchange329e@example.com>\n"
        f"To: <{sent.envelope_sender}>\nSubject: Undeliverable: Issue 1\nAuto-Submitted: auto-replied\n"
        'Content-Type: multipart/report; report-type="delivery-status"; boundary="_b_"\n\n'
        '--_b_\nContent-Type: multipart/alternative; differences=Content-Type; boundary="_a_"\n\n'
        f"--_a_\nContent-Type: text/plain\n\nDelivery has failed.\n\n--_a_\nContent-Type: text/html\n"
        f"Content-Transfer-Encoding: base64\n\n{html}\n--_a_--\n\n--_b_\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns;mail.example.com\nReceived-From-MTA: dns;out.example.org\n\n"
        f"Original-Recipient: rfc822;{sent.recipient}\nFinal-Recipient: rfc822;{sent.recipient.upper()}\n"
        f"Action: failed\nStatus: {status}\nDiagnostic-Code: smtp;550 {status} RESOLVER.ADR.Example; a word\n"
        f"X-Display-Name: Ann\n\n--_b_\nContent-Type: message/rfc822\n\n{header_of(sent)}\n\n--_b_--\n"
    ).encode()


def gmail(sent: Outgoing, status: str) -> bytes:
    """Gmail: a related multipart with an image; the status is followed by an explanation."""
    return (
        f"Delivered-To: {sent.envelope_sender}\nReturn-Path: <>\nX-Failed-Recipients: {sent.recipient}\n"
        "From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nAuto-Submitted: auto-replied\n"
        'Content-Type: multipart/report; boundary="0000"; report-type=delivery-status\n\n'
        '--0000\nContent-Type: multipart/related; boundary="1111"\n\n--1111\n'
        'Content-Type: multipart/alternative; boundary="2222"\n\n--2222\n'
        'Content-Type: text/plain; charset="UTF-8"\n\n'
        "** Message not delivered **\n\n--2222--\n\n--1111\nContent-Type: image/png\n"
        "Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--1111--\n\n"
        "--0000\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; googlemail.com\n\n"
        f"Final-Recipient: rfc822; {sent.recipient}\nAction: failed\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; 550-{status} {words(status)}.\n Please see the help pages\n"
        f"Last-Attempt-Date: Mon, 06 May 2024 01:31:00 -0700 (PDT)\n\n--0000\nContent-Type: message/rfc822\n\n"
        f"{header_of(sent)}\n\n--0000--\n"
    ).encode()


def yahoo(sent: Outgoing, status: str) -> bytes:
    """Yahoo: the reply has no enhanced status, and its text is unusual."""
    return report(
        sent,
        f"""
        Reporting-MTA: dns; mta.mail.example.com

        Final-Recipient: rfc822; {sent.recipient}
        Action: failed
        Status: {status}
        Diagnostic-Code: smtp; 554 30 Sorry, your message cannot be delivered. [-10]
        """,
    )


def ses(sent: Outgoing, status: str) -> bytes:
    """Amazon SES: replaces the Message-ID, and the envelope contains no token."""
    lines = [line for line in header_of(sent).split("\n") if not line.startswith("Message-ID")]
    return report(
        sent,
        f"""
        Reporting-MTA: dsn; a8-40.smtp-out.amazonses.com

        Action: failed
        Final-Recipient: rfc822; {sent.recipient}
        Diagnostic-Code: smtp; 550 {status} {words(status)}
        Status: {status}
        """,
        to="bounces@example.org",
        returned="\n".join([*lines, "Message-ID: <0100018f-1@email.amazonses.com>"]),
    )


SHAPES = (postfix, exim, old_exim, qmail, exchange, gmail, yahoo, ses)


def complaint(sent: Outgoing, kind: str = "abuse", *, fields: str = "", returned: str | None = None) -> bytes:
    """Build a complaint (ARF) from which the recipient's address was removed."""
    return (
        "From: feedback@mail.example.com\nTo: abuse@example.org\nSubject: FW: Issue 1\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="f"\n\n'
        "--f\nContent-Type: text/plain\n\nThis is an abuse report.\n\n--f\nContent-Type: message/feedback-report\n\n"
        f"Feedback-Type: {kind}\nUser-Agent: Example-FBL/1.0\nVersion: 1\n{fields}"
        f"Original-Mail-From: <bounces@example.org>\n\n--f\nContent-Type: message/rfc822\n\n"
        f"{header_of(sent) if returned is None else returned}\n\nText.\n--f--\n"
    ).encode()


def plain(subject: str, text: str = "I am away.", *, header: str = "", sender: str = "Ann <ann@example.com>") -> bytes:
    """Build a plain text message, such as a person or an automatic responder writes."""
    return f"From: {sender}\nTo: bounces@example.org\nSubject: {subject}\n{header}\n{text}\n".encode()
