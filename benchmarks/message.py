"""Messages: the time to make each recipient's message from a composed one, compared with an EmailMessage for each."""

from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks.clock import time_in_turns
from benchmarks.figures import Figure
from newsletter.mail.dkim import Signature
from newsletter.mail.message import Recipient, compose
from newsletter.mail.tokens import Purpose, sign
from tests.mail.messages import KEYS, head

# The size of a newsletter with 60 entries: 70 KB of HTML, 5 KB of text.
_ENTRY = '<p style="margin:0 0 12px">Rays bend as they did — <a href="https://example.org/rays/">more</a>.</p>\n'
HTML = (
    _ENTRY * (70_000 // len(_ENTRY)) + '<p>To {{subscriber_name}}: <a href="{{unsubscribe_url}}">Unsubscribe</a></p>\n'
)
TEXT = "Rays bend as they did, and lenses are ground as they were.\n" * 84 + "Unsubscribe: {{unsubscribe_url}}\n"
MANY, FEW, ROUNDS = 1_000, 20, 5
HEAD = head(verp=True)


def measure() -> Iterator[Figure]:
    """Yield the CPU time of a message, the best of all rounds."""
    key = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    composed = compose(HTML, TEXT, HEAD, KEYS)
    signed = compose(HTML, TEXT, HEAD, KEYS, Signature("example.org", "mail", key.decode()))
    size = len(composed.to(_make_recipient(0)).content)
    times = time_in_turns(
        {
            "message": lambda _: [composed.to(_make_recipient(number)) for number in range(MANY)],
            "built": lambda _: [_build_message(_make_recipient(number)) for number in range(FEW)],
            "signed": lambda _: [signed.to(_make_recipient(number)) for number in range(FEW)],
            "compose": lambda _: [compose(HTML, TEXT, HEAD, KEYS) for _ in range(FEW)],
        },
        ROUNDS,
    )
    each = {name: min(found) * 1e3 / (MANY if name == "message" else FEW) for name, found in times.items()}
    yield Figure(f"message of {size:,} bytes, per recipient", each["message"], "ms", most=0.1)
    yield Figure("EmailMessage built for each recipient", each["built"], "ms")
    yield Figure("message / EmailMessage", each["message"] / each["built"], "x")
    yield Figure("composing, once per campaign", each["compose"], "ms")
    yield Figure("message signed with DKIM, RSA 2,048 bits", each["signed"], "ms")


def _make_recipient(number: int) -> Recipient:
    return Recipient(number, 3, number, f"reader{number}@example.com", "山田 太郎" if number % 2 else "Ada", "en")


def _build_message(recipient: Recipient) -> bytes:
    """Build a message as most programs do."""
    url = (
        f"{HEAD.pages_url}unsubscribe/{sign(KEYS, Purpose.UNSUBSCRIBE, recipient.subscriber_id, recipient.address, 3)}"
    )
    message = EmailMessage(SMTP)
    message["Date"] = format_datetime(HEAD.date)
    message["From"] = f"{HEAD.sender_name} <{HEAD.sender}>"
    message["To"] = f"{recipient.name} <{recipient.address}>"
    message["Subject"] = HEAD.subject
    message["List-Unsubscribe"] = f"<{url}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    text, html = (
        part.replace("{{unsubscribe_url}}", url).replace("{{subscriber_name}}", escape(recipient.name))
        for part in (TEXT, HTML)
    )
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message.as_bytes()
