"""Signed tokens, which identify the subscriber in a link or a return path.

A token is `VERSION-SUBSCRIBER-CAMPAIGN[-TIME]-MARK.SIGNATURE`. The numbers are not encrypted, the mark is 25 bits of a
keyed hash of the address, and the signature is 80 bits of HMAC-SHA-256. Mark and signature are base32 in lower case,
because mail servers may change the case of local parts. Tokens are short because the local part of an envelope sender
has at most 64 octets (RFC 5321, §4.5.3.1.1).

The number alone does not identify a subscriber: after a database is restored from a backup, the same numbers are given
to other subscribers. Code that acts on a token must call `is_for`.
"""

import base64
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from newsletter.errors import TokenError

_VERSION = 1
# 10 bytes are 16 base32 characters without padding. RFC 2104, §5 requires at least 80 bits.
_SIGNATURE_BYTES = 10
_MARK_LETTERS = 5
_VALUE = re.compile(rb"(\d{1,4})-(\d{1,19})-(\d{1,19})(?:-(\d{1,12}))?-([a-z2-7]{%d})" % _MARK_LETTERS)


class Purpose(StrEnum):
    """The purpose of a token. A token is not valid for any other purpose."""

    CONFIRM = "confirm"
    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    ERASE = "erase"
    BOUNCE = "bounce"
    PROBE = "probe"


@dataclass(frozen=True, slots=True)
class Token:
    """The content of a verified token.

    Attributes:
        purpose: What the token is valid for.
        subscriber_id: The subscriber; 0 in a test send.
        campaign_id: The campaign; 0 outside a campaign and in a test send.
        issued_at: Seconds since 1970 (UTC); 0 in a token without a time.
        mark: Part of a keyed hash of the address; see `is_for`.
    """

    purpose: Purpose
    subscriber_id: int
    campaign_id: int
    issued_at: int
    mark: str


def sign(
    keys: Sequence[bytes],
    purpose: Purpose,
    subscriber_id: int,
    address: str,
    campaign_id: int = 0,
    issued_at: int | None = None,
) -> str:
    """Return a token for a subscriber at an address, signed with the last of `keys`.

    Args:
        keys: The signing keys, oldest first.
        purpose: What the token is valid for.
        subscriber_id: The subscriber.
        address: The subscriber's current address.
        campaign_id: The campaign, or 0.
        issued_at: Seconds since 1970 (UTC). Only a token with a time can expire.
    """
    time = "" if issued_at is None else f"-{issued_at}"
    value = f"{_VERSION}-{subscriber_id}-{campaign_id}{time}-{_mark(keys[-1], address)}"
    return f"{value}.{_signature(keys[-1], purpose, value.encode()).decode()}"


def read(keys: Sequence[bytes], purpose: Purpose, token: str, *, now: int = 0, max_age: int | None = None) -> Token:
    """Verify a token against each of `keys` and return its content.

    Args:
        keys: The signing keys.
        purpose: The purpose for which it must have been signed.
        token: The token, in upper or lower case.
        now: Seconds since 1970 (UTC); only used with `max_age`.
        max_age: The age in seconds at which a token expires. A token without a time counts as expired. None for no
            limit.

    Raises:
        TokenError: The signature is not valid for this purpose, or the token has expired (`expired` is true).
    """
    encoded = token.strip().lower().encode("ascii", "replace")
    value, _, signature = encoded.rpartition(b".")
    if not any(hmac.compare_digest(signature, _signature(key, purpose, value)) for key in keys):
        raise TokenError("the link is not valid or not complete", "Copy the whole link from the email.")
    fields = _VALUE.fullmatch(value)
    if not fields or int(fields[1]) != _VERSION:
        raise TokenError("the link is from another version of newsletter", "Request a new link.")
    issued_at = int(fields[4] or 0)
    if max_age is not None and now - issued_at > max_age:
        raise TokenError("the link has expired", "Request a new link.", expired=True)
    return Token(purpose, int(fields[2]), int(fields[3]), issued_at, fields[5].decode())


def is_for(keys: Sequence[bytes], token: Token, address: str) -> bool:
    """Return whether a token was signed for this address, and not for an earlier subscriber with the same number."""
    return any(token.mark == _mark(key, address) for key in keys)


def _signature(key: bytes, purpose: Purpose, value: bytes) -> bytes:
    """Return the first 80 bits of the HMAC of a token's value (RFC 2104, §5), in base32."""
    mac = hmac.digest(_purpose_key(key, purpose), value, "sha256")
    return base64.b32encode(mac[:_SIGNATURE_BYTES]).lower()


@lru_cache(maxsize=64)
def _purpose_key(key: bytes, purpose: Purpose) -> bytes:
    """Derive a separate key for each purpose, so that a signature is valid for that purpose only."""
    return hmac.digest(key, f"newsletter {purpose}".encode(), "sha256")


# A message has several tokens for the same address, and they are signed one after another.
@lru_cache(maxsize=1)
def _mark(key: bytes, address: str) -> str:
    """Return a keyed hash of an address. The address cannot be computed from it."""
    mac = hmac.digest(key, b"address " + address.casefold().encode(), "sha256")
    return base64.b32encode(mac[:5]).decode("ascii").lower()[:_MARK_LETTERS]
