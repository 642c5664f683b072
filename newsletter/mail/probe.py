"""Probe links. The preflight uses them to recognise public pages that have the same keys."""

import hmac
from collections.abc import Sequence

from newsletter.mail.tokens import Purpose, Token, read, sign

# Seconds for which a probe link is valid.
_MAX_AGE = 600


def probe_token(keys: Sequence[bytes], now: int) -> str:
    """Return the token of a probe link, which belongs to no subscriber."""
    return sign(keys, Purpose.PROBE, 0, "", issued_at=now)


def read_probe(keys: Sequence[bytes], token: str, now: int) -> Token:
    """Verify a probe token.

    Raises:
        TokenError: It is not one, or is older than ten minutes.
    """
    return read(keys, Purpose.PROBE, token, now=now, max_age=_MAX_AGE)


def answer_of(keys: Sequence[bytes], token: str) -> str:
    """Return the response to a probe link. Only programs that have the keys know it."""
    return "newsletter " + hmac.digest(keys[-1], b"probe " + token.encode(), "sha256").hex()
