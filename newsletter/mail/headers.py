"""Header fields: names, addresses and subjects in the syntax of RFC 5322 and RFC 2047, safe from header injection.

The standard library folds subjects. It does not fold names, because it takes 340 µs for one, and a campaign has one for
each recipient.
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

# What a header cannot hold: control characters, line and paragraph separators, lone surrogates.
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_ADDRESS = re.compile(r"[^\s\x00-\x20\x7f-\x9f\"(),:;<>@\[\\\]\ud800-\udfff]+")
_LONGEST_PLAIN = 60
# An encoded word has at most 75 characters, 12 of them around its base64 (RFC 2047, §2).
_WORD_BYTES = 45


def header_text(text: str) -> str:
    """Return a text without what a header cannot hold, and without surrounding white space."""
    return " ".join(_UNWRITABLE.sub(" ", text).split())


def phrase(name: str) -> bytes:
    """Return a display name: as it is, quoted, or as folded encoded words."""
    if not name.isascii() or len(name) > _LONGEST_PLAIN or "=?" in name:
        return b"\r\n ".join(_encoded_words(name))
    if _ATOMS.fullmatch(name):
        return name.encode("ascii")
    return b'"' + re.sub(r'(["\\])', r"\\\1", name).encode("ascii") + b'"'


def mailbox(name: str, address: str) -> bytes:
    """Return a mailbox: a name and an address, folded if they are long."""
    if not name:
        return address.encode()
    written = phrase(name)
    fold = b"\r\n " if len(written) + len(address) > _LONGEST_PLAIN else b" "
    return b"%b%b<%b>" % (written, fold, address.encode())


def subject(text: str) -> bytes:
    """Return the whole Subject field (RFC 2047), folded at 78 characters."""
    text = header_text(text)
    message = EmailMessage(SMTP)
    message["Subject"] = text
    field = SMTP.fold_binary("Subject", message["Subject"])
    # The standard library loses a space between some encoded words (seen in Python 3.11). Its encoding stays where it
    # is right: a campaign that an earlier version began has the digest of that encoding.
    if message_from_bytes(field, policy=SMTP)["Subject"] != text:
        field = b"Subject: " + b"\r\n ".join(_encoded_words(text)) + b"\r\n"
    return field


def wire_address(address: str) -> str:
    """Return an address for envelopes and headers: its domain in ASCII (RFC 5891).

    A local part that is not ASCII stays as it is, and needs a server with SMTPUTF8 (RFC 6531).

    Raises:
        CampaignError: It is not an address, or holds a line break.
    """
    local, _, domain = address.rpartition("@")
    if not _ADDRESS.fullmatch(local) or not _ADDRESS.fullmatch(domain):
        raise CampaignError(f"{address!r} is not an email address", "Nothing is sent to it.")
    return f"{local}@{wire_domain(domain)}"


def sender_address(address: str) -> str:
    """Return an address of the publication in ASCII, so that every server accepts its messages.

    Raises:
        CampaignError: It is not an address, or its local part is not ASCII.
    """
    written = wire_address(address)
    if not written.isascii():
        raise CampaignError(
            f"few servers take a message from {address}", "Take an address with ASCII letters before the @."
        )
    return written


@lru_cache(maxsize=4096)
def wire_domain(domain: str) -> str:
    """Return a domain in ASCII (RFC 5891).

    Raises:
        CampaignError: It is not a domain.
    """
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise CampaignError(f"{domain!r} is not a domain: {error}", "Nothing is sent to it.") from error


def wire_url(url: str) -> str:
    """Return a URL in ASCII (RFC 3987, §3.1).

    Raises:
        CampaignError: Its host is not a domain.
    """
    if url.isascii():
        return url
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    name, colon, port = host.partition(":")
    path, query = (quote(part, safe="/%:=&?~#+!$,;'@()*[]-._") for part in (parts.path, parts.query))
    return urlunsplit((parts.scheme, wire_domain(name) + colon + port, path, query, ""))


def _encoded_words(text: str) -> list[bytes]:
    """Encode a text as encoded words in base64, none of which splits a character."""
    words: list[bytes] = []
    chunk = b""
    for character in text:
        octets = character.encode()
        if len(chunk) + len(octets) > _WORD_BYTES:
            words.append(chunk)
            chunk = b""
        chunk += octets
    return [b"=?utf-8?b?%b?=" % base64.b64encode(word) for word in (*words, chunk)]
