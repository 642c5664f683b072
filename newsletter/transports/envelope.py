"""The SMTP commands for the envelope of a message. Invalid envelopes are rejected before anything is written."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.transports.base import Answer, Outgoing, Stage, Verdict

# White space and control characters would end a command, angle brackets would end an address, and surrogates cannot be
# encoded.
_FORBIDDEN = re.compile("[\x00-\x20\x7f-\xa0<>\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Envelope:
    """The MAIL and RCPT commands (RFC 5321, §4.1.1), each with its line end."""

    mail: bytes
    recipient: bytes


def envelope_for(message: Outgoing, extensions: Mapping[str, str]) -> Envelope | Answer:
    """Return the commands for a message, or the rejection if they cannot be sent.

    Args:
        message: The message.
        extensions: The server's extensions and their parameters, with names in lower case.
    """
    if _FORBIDDEN.search(message.envelope_sender) or len(message.envelope_sender) > 320:
        return _rejection(Stage.MAIL, "5.1.7", "the envelope sender is not a valid email address")
    if _FORBIDDEN.search(message.recipient) or not 3 <= len(message.recipient) <= 320:
        return _rejection(Stage.RCPT, "5.1.3", "the recipient is not a valid email address")
    try:
        sender, recipient = _ascii_domain(message.envelope_sender), _ascii_domain(message.recipient)
    except ValueError as error:
        return _rejection(Stage.RCPT, "5.1.3", f"the domain of the address is not valid: {error}")
    parameters = b""
    if not (sender.isascii() and recipient.isascii()):
        if "smtputf8" not in extensions:
            return _rejection(Stage.RCPT, "5.6.7", "the server does not support internationalized addresses (SMTPUTF8)")
        parameters += b" SMTPUTF8"
    if not message.content.isascii():
        if "8bitmime" not in extensions:
            return _rejection(Stage.MAIL, "5.6.3", "the server does not support 8-bit content (8BITMIME)")
        parameters += b" BODY=8BITMIME"
    if "size" in extensions:
        most = extensions["size"]
        if most.isdecimal() and 0 < int(most) < len(message.content):
            text = f"the message has {len(message.content):,} bytes, and the server accepts at most {int(most):,}"
            return _rejection(Stage.MAIL, "5.3.4", text)
        parameters += b" SIZE=%d" % len(message.content)
    return Envelope(b"MAIL FROM:<%s>%s\r\n" % (sender.encode(), parameters), b"RCPT TO:<%s>\r\n" % recipient.encode())


def _ascii_domain(address: str) -> str:
    """Return an address with its domain in ASCII (RFC 5891), which every server supports."""
    if address.isascii():
        return address
    # Loads large Unicode tables, which few addresses need.
    import idna

    local, _, domain = address.rpartition("@")
    return f"{local}@{idna.encode(domain, uts46=True).decode()}"


def _rejection(stage: Stage, enhanced: str, text: str) -> Answer:
    return Answer(Verdict.REFUSED, stage, 0, enhanced, text)
