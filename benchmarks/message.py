"""The message: a letter's own time for each recipient, beside building an EmailMessage for each."""

from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from benchmarks.clock import in_turns
from benchmarks.figures import Figure
from newsletter.mail.dkim import Signature
from newsletter.mail.message import Recipient, compose
from newsletter.mail.tokens import Purpose, sign
from tests.mail.messages import KEYS, head

# As a newsletter of 60 entries: 70 KB of HTML, 5 KB of text.
_ENTRY = '<p style="margin:0 0 12px">Rays bend as they did — <a href="https://example.org/rays/">more</a>.</p>\n'
HTML = _ENTRY * (70_000 // len(_ENTRY)) + '<p>To {{subscriber_name}}: <a href="{{unsubscribe_url}}">leave</a></p>\n'
TEXT = "Rays bend as they did, and lenses are ground as they were.\n" * 84 + "Leave: {{unsubscribe_url}}\n"
MANY, FEW, ROUNDS = 1_000, 20, 5
HEAD = head(verp=True)


def measure() -> Iterator[Figure]:
    """Processor time for each message, best of the rounds."""
    key = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    letter = compose(HTML, TEXT, HEAD, KEYS)
    signed = compose(HTML, TEXT, HEAD, KEYS, Signature("example.org", "press", key.decode()))
    size = len(letter.to(_recipient(0)).content)
    times = in_turns(
        {
            "letter": lambda _: [letter.to(_recipient(number)) for number in range(MANY)],
            "built": lambda _: [_built(_recipient(number)) for number in range(FEW)],
            "signed": lambda _: [signed.to(_recipient(number)) for number in range(FEW)],
            "composed": lambda _: [compose(HTML, TEXT, HEAD, KEYS) for _ in range(FEW)],
        },
        ROUNDS,
    )
    each = {name: min(found) * 1e3 / (MANY if name == "letter" else FEW) for name, found in times.items()}
    yield Figure(f"a message of {size:,} bytes, for each recipient", each["letter"], "ms", most=0.1)
    yield Figure("the same, an EmailMessage built for each", each["built"], "ms")
    yield Figure("the letter's time, as a part of that", each["letter"] / each["built"], "x")
    yield Figure("the letter composed, once a campaign", each["composed"], "ms")
    yield Figure("a message signed with DKIM, RSA of 2,048 bits", each["signed"], "ms")


def _recipient(number: int) -> Recipient:
    return Recipient(number, 3, number, f"reader{number}@example.com", "山田 太郎" if number % 2 else "Ada", "en")


def _built(recipient: Recipient) -> bytes:
    """The message as most programs make it."""
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
