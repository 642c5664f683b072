"""Messages: the time to make each recipient's message from a composed one, compared with an EmailMessage for each.

Signed messages are compared with dkimpy, the reference of the tests.
"""

from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import partial
from html import escape

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from dkim import DKIM

from benchmarks.clock import time_in_turns
from benchmarks.figures import Figure
from newsletter.mail.dkim import SIGNED, DkimKey, KeyType, Signature
from newsletter.mail.message import Recipient, compose
from newsletter.mail.tokens import Purpose, sign
from tests.mail.messages import KEYS, head

# The size of a newsletter with 60 entries: 70 KB of HTML, 5 KB of text.
_ENTRY = '<p style="margin:0 0 12px">Rays bend as they did — <a href="https://example.org/rays/">more</a>.</p>\n'
HTML = (
    _ENTRY * (70_000 // len(_ENTRY)) + '<p>To {{subscriber_name}}: <a href="{{unsubscribe_url}}">Unsubscribe</a></p>\n'
)
TEXT = "Rays bend as they did, and lenses are ground as they were.\n" * 84 + "Unsubscribe: {{unsubscribe_url}}\n"
MANY, FEW, SIGNED_MESSAGES, ROUNDS = 1_000, 20, 100, 5
HEAD = head(verp=True)


def measure() -> Iterator[Figure]:
    """Yield the CPU time of a message, the best of all rounds."""
    keys = [_make_key("mail", KeyType.RSA), _make_key("mail-ed", KeyType.ED25519)]
    composed = compose(HTML, TEXT, HEAD, KEYS)
    signed, twice = (
        compose(HTML, TEXT, HEAD, KEYS, Signature("example.org", tuple(used))) for used in (keys[:1], keys)
    )
    size = len(composed.to(_make_recipient(0)).content)
    counts = {
        "message": MANY,
        "built": FEW,
        "signed": SIGNED_MESSAGES,
        "twice": SIGNED_MESSAGES,
        "dkimpy": FEW,
        "compose": FEW,
    }
    makers: dict[str, Callable[[int], object]] = {
        "message": lambda number: composed.to(_make_recipient(number)),
        "built": lambda number: _build_message(_make_recipient(number)),
        "signed": lambda number: signed.to(_make_recipient(number)),
        "twice": lambda number: twice.to(_make_recipient(number)),
        "dkimpy": lambda number: _sign_with_dkimpy(composed.to(_make_recipient(number)).content, keys[0]),
        "compose": lambda _: compose(HTML, TEXT, HEAD, KEYS),
    }
    jobs = {name: partial(_repeat, make, counts[name]) for name, make in makers.items()}
    each = {name: min(found) * 1e3 / counts[name] for name, found in time_in_turns(jobs, ROUNDS).items()}
    yield Figure("message, per recipient", each["message"], "ms", most=0.1, note=f"{size:,} bytes")
    yield Figure("EmailMessage built for each recipient", each["built"], "ms")
    yield Figure("message / EmailMessage", each["message"] / each["built"], "x")
    yield Figure("composing, once per campaign", each["compose"], "ms")
    yield Figure("message signed with DKIM, RSA 2,048 bits", each["signed"], "ms")
    yield Figure("message signed with DKIM, RSA and Ed25519", each["twice"], "ms")
    yield Figure("message signed by dkimpy, RSA 2,048 bits", each["dkimpy"], "ms")
    yield Figure("message signed with DKIM / by dkimpy", each["signed"] / each["dkimpy"], "x", most=0.1)


def _repeat(make: Callable[[int], object], times: int, _: int) -> None:
    for number in range(times):
        make(number)


def _make_key(selector: str, type: KeyType) -> DkimKey:
    key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey = ed25519.Ed25519PrivateKey.generate()
    if type is KeyType.RSA:
        key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL if type is KeyType.RSA else PrivateFormat.PKCS8, NoEncryption()
    )
    return DkimKey(selector, pem.decode(), type)


def _sign_with_dkimpy(content: bytes, key: DkimKey) -> bytes:
    field: bytes = DKIM(content).sign(
        key.selector.encode(),
        b"example.org",
        key.pem.encode(),
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=list(SIGNED),
    )
    return field + content


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
