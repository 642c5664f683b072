"""Tokens: who a link or a bounce is about, signed, in letters that survive a change of case.

A token is `VERSION-SUBSCRIBER-CAMPAIGN[-TIME]-MARK.SIGNATURE`: numbers in the clear, 25 bits that
stand for the subscriber's address, and 80 bits of HMAC-SHA-256, both in base32. It is as short as
that since it stands in every link and in the local part of an envelope sender, which has 64 octets
(RFC 5321, §4.5.3.1.1).

The number alone does not say who it is: a database that was put back from a backup gives the
numbers after it to other people. Whoever acts on a token has to ask `is_for`.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from hashlib import sha256

from itsdangerous import BadSignature, Signer
from itsdangerous.signer import HMACAlgorithm

from newsletter.errors import TokenError

_VERSION = 1
# 10 bytes are 16 letters of base32 without padding; RFC 2104, §5 asks for 80 bits at least.
_SIGNATURE_BYTES = 10
_MARK_LETTERS = 5
_VALUE = re.compile(rb"(\d{1,4})-(\d{1,19})-(\d{1,19})(?:-(\d{1,12}))?-([a-z2-7]{%d})" % _MARK_LETTERS)


class Purpose(StrEnum):
    """What a token is good for; for anything else it is none."""

    CONFIRM = "confirm"
    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    ERASE = "erase"
    BOUNCE = "bounce"


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says: `campaign_id` is 0 outside of a campaign, and both are in a test send.

    `issued_at` is in seconds since 1970 (UTC), and 0 in a token without a time. `mark` stands for the address.
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
    """A token for the subscriber at an address, signed with the last of the keys; with a time, it can grow old."""
    time = "" if issued_at is None else f"-{issued_at}"
    value = f"{_VERSION}-{subscriber_id}-{campaign_id}{time}-{_mark(keys[-1], address)}"
    return _signer(tuple(keys), purpose).sign(value).decode()


def read(keys: Sequence[bytes], purpose: Purpose, token: str, *, now: int = 0, max_age: int | None = None) -> Token:
    """What a token says that any of the keys has signed for the purpose; `now` and `max_age` are in seconds.

    Raises:
        TokenError: it was signed for something else or by somebody else, was cut, or has no time or
            is older than `max_age` where that is given (`expired` says so).
    """
    try:
        value = _signer(tuple(keys), purpose).unsign(token.strip().lower().encode("ascii"))
    except (BadSignature, UnicodeEncodeError) as error:
        raise TokenError("this link is not one of ours, or was cut short", "Copy it whole from the email.") from error
    said = _VALUE.fullmatch(value)
    if not said or int(said[1]) != _VERSION:
        raise TokenError("this link is of another version", "Ask for a new one.")
    issued_at = int(said[4] or 0)
    if max_age is not None and now - issued_at > max_age:
        raise TokenError("this link is too old", "Ask for a new one.", expired=True)
    return Token(purpose, int(said[2]), int(said[3]), issued_at, said[5].decode())


def is_for(keys: Sequence[bytes], token: Token, address: str) -> bool:
    """Whether a token was signed for this address, and not for one that had the subscriber's number before."""
    return any(token.mark == _mark(key, address) for key in keys)


class _Short(HMACAlgorithm):
    """HMAC cut to the bytes that come first (RFC 2104, §5)."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return super().get_signature(key, value)[:_SIGNATURE_BYTES]


class _CaselessSigner(Signer):
    """A signer whose signatures are in small letters and digits: mail servers change the case of a local part."""

    def get_signature(self, value: str | bytes) -> bytes:
        mac = self.algorithm.get_signature(self._newest, _bytes(value))
        return base64.b32encode(mac).lower()

    @cached_property
    def _newest(self) -> bytes:
        return self.derive_key()

    def verify_signature(self, value: str | bytes, sig: str | bytes) -> bool:
        try:
            mac = base64.b32decode(sig, casefold=True)
        except (binascii.Error, ValueError):
            return False
        keys = map(self.derive_key, self.secret_keys)
        return any(self.algorithm.verify_signature(key, _bytes(value), mac) for key in keys)


def _mark(key: bytes, address: str) -> str:
    """What tells an address from another, and says nothing of it to who has not the key."""
    mac = hmac.digest(key, b"address " + address.casefold().encode(), "sha256")
    return base64.b32encode(mac[:5]).decode("ascii").lower()[:_MARK_LETTERS]


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value


@lru_cache(maxsize=16)
def _signer(keys: tuple[bytes, ...], purpose: Purpose) -> _CaselessSigner:
    salt = f"newsletter {purpose}"
    return _CaselessSigner(keys, salt=salt, key_derivation="hmac", digest_method=sha256, algorithm=_Short(sha256))
