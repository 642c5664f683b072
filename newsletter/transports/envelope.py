"""The envelope of a message as SMTP's commands, and what is refused before a byte of it is written."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.transports.base import Answer, Outgoing, Stage, Verdict

# White space and control characters would end a command, angle brackets an address; surrogates have no bytes.
_FORBIDDEN = re.compile("[\x00-\x20\x7f-\xa0<>\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Envelope:
    """MAIL and RCPT (RFC 5321, §4.1.1), each with its line end."""

    mail: bytes
    recipient: bytes


def envelope_for(message: Outgoing, extensions: Mapping[str, str]) -> Envelope | Answer:
    """The commands for a server with these extensions (by their names in lower case), or why it cannot be asked."""
    if _FORBIDDEN.search(message.envelope_sender) or len(message.envelope_sender) > 320:
        return _refused(Stage.MAIL, "5.1.7", "the envelope sender holds a character that no address may")
    if _FORBIDDEN.search(message.recipient) or not 3 <= len(message.recipient) <= 320:
        return _refused(Stage.RCPT, "5.1.3", "the address holds a character that no address may")
    try:
        sender, recipient = _ascii_domain(message.envelope_sender), _ascii_domain(message.recipient)
    except ValueError as error:
        return _refused(Stage.RCPT, "5.1.3", f"the address has no possible domain: {error}")
    parameters = b""
    if not (sender.isascii() and recipient.isascii()):
        if "smtputf8" not in extensions:
            return _refused(Stage.RCPT, "5.6.7", "the server takes no internationalised addresses (SMTPUTF8)")
        parameters += b" SMTPUTF8"
    if not message.content.isascii():
        if "8bitmime" not in extensions:
            return _refused(Stage.MAIL, "5.6.3", "the server takes no bytes beyond ASCII (8BITMIME)")
        parameters += b" BODY=8BITMIME"
    if "size" in extensions:
        most = extensions["size"]
        if most.isdecimal() and 0 < int(most) < len(message.content):
            text = f"the message has {len(message.content):,} bytes, and the server takes {int(most):,}"
            return _refused(Stage.MAIL, "5.3.4", text)
        parameters += b" SIZE=%d" % len(message.content)
    return Envelope(b"MAIL FROM:<%s>%s\r\n" % (sender.encode(), parameters), b"RCPT TO:<%s>\r\n" % recipient.encode())


def _ascii_domain(address: str) -> str:
    """An address with its domain in ASCII (RFC 5891), as every server knows it."""
    if address.isascii():
        return address
    # Brings tables of Unicode, for the few whose domain needs them.
    import idna

    local, _, domain = address.rpartition("@")
    return f"{local}@{idna.encode(domain, uts46=True).decode()}"


def _refused(stage: Stage, enhanced: str, text: str) -> Answer:
    return Answer(Verdict.REFUSED, stage, 0, enhanced, text)
