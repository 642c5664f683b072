"""Header fields: names, addresses and subjects in the syntax of RFC 5322 and RFC 2047, safe from header injection.

Subjects are folded by the standard library. Names are not, because it needs 340 µs for a name (measured), and a
campaign has one for each recipient.
"""

import base64
import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from functools import lru_cache
from urllib.parse import quote, urlsplit, urlunsplit

import idna

from newsletter.errors import CampaignError

# Characters that a header cannot contain: control characters, line and paragraph separators, lone surrogates.
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_ADDRESS = re.compile(r"[^\s\x00-\x20\x7f-\x9f\"(),:;<>@\[\\\]\ud800-\udfff]+")
_LONGEST_PLAIN = 60
# An encoded word has at most 75 characters, 12 of them around its base64 (RFC 2047, §2).
_WORD_BYTES = 45


def header_text(text: str) -> str:
    """Return a text on one line, without the characters that a header cannot contain."""
    return " ".join(_UNWRITABLE.sub(" ", text).split())


def format_name(name: str) -> bytes:
    """Format a display name: unchanged, quoted, or as folded encoded words."""
    if not name.isascii() or len(name) > _LONGEST_PLAIN or "=?" in name:
        return b"\r\n ".join(_encoded_words(name))
    if _ATOMS.fullmatch(name):
        return name.encode("ascii")
    return b'"' + re.sub(r'(["\\])', r"\\\1", name).encode("ascii") + b'"'


def format_mailbox(name: str, address: str) -> bytes:
    """Format a mailbox: a name and an address, folded if they are long."""
    if not name:
        return address.encode()
    formatted = format_name(name)
    fold = b"\r\n " if len(formatted) + len(address) > _LONGEST_PLAIN else b" "
    return b"%b%b<%b>" % (formatted, fold, address.encode())


def format_subject(text: str) -> bytes:
    """Return the complete Subject field (RFC 2047), folded at 78 characters."""
    text = header_text(text)
    message = EmailMessage(SMTP)
    message["Subject"] = text
    field = SMTP.fold_binary("Subject", message["Subject"])
    # The standard library loses a space between some encoded words (seen in Python 3.11). A correct encoding is kept,
    # because campaigns that an earlier version started store the digest of it.
    if message_from_bytes(field, policy=SMTP)["Subject"] != text:
        field = b"Subject: " + b"\r\n ".join(_encoded_words(text)) + b"\r\n"
    return field


def wire_address(address: str) -> str:
    """Return an address for envelopes and headers, with its domain in ASCII (RFC 5891).

    A local part that is not ASCII is kept. It needs a server with SMTPUTF8 (RFC 6531).

    Raises:
        CampaignError: The address is not valid.
    """
    local, _, domain = address.rpartition("@")
    if not _ADDRESS.fullmatch(local) or not _ADDRESS.fullmatch(domain):
        raise CampaignError(f"{address!r} is not a valid email address", "Correct the address.")
    return f"{local}@{wire_domain(domain)}"


def sender_address(address: str) -> str:
    """Return a sender address in ASCII, which every server accepts.

    Raises:
        CampaignError: The address is not valid, or its local part is not ASCII.
    """
    ascii_address = wire_address(address)
    if not ascii_address.isascii():
        raise CampaignError(
            f"few servers accept messages from {address}", "Use an address with only ASCII characters before the @."
        )
    return ascii_address


@lru_cache(maxsize=4096)
def wire_domain(domain: str) -> str:
    """Return a domain in ASCII (RFC 5891).

    Raises:
        CampaignError: The domain is not valid.
    """
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise CampaignError(f"{domain!r} is not a valid domain: {error}", "Correct the domain.") from error


def wire_url(url: str) -> str:
    """Return a URL in ASCII (RFC 3987, §3.1).

    Raises:
        CampaignError: The host is not a valid domain.
    """
    if url.isascii():
        return url
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    name, colon, port = host.partition(":")
    path, query = (quote(part, safe="/%:=&?~#+!$,;'@()*[]-._") for part in (parts.path, parts.query))
    return urlunsplit((parts.scheme, wire_domain(name) + colon + port, path, query, ""))


def _encoded_words(text: str) -> list[bytes]:
    """Encode a text as base64 encoded words. No character is split between two of them."""
    words: list[bytes] = []
    chunk = b""
    for character in text:
        octets = character.encode()
        if len(chunk) + len(octets) > _WORD_BYTES:
            words.append(chunk)
            chunk = b""
        chunk += octets
    return [b"=?utf-8?b?%b?=" % base64.b64encode(word) for word in (*words, chunk)]
