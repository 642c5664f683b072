"""Digests of contents, in hexadecimal digits.

Names of assets, anchors, rows in databases and cache files are made of them: a change of the
digest of a content is a change of all of these.
"""

import hashlib
import json


def sha256_hex(content: bytes | str, digits: int = 64) -> str:
    """Return the first digits of the SHA-256 (FIPS 180-4) of bytes, or of a text in UTF-8."""
    return hashlib.sha256(_bytes(content)).hexdigest()[:digits]


def blake2b_hex(content: bytes | str, digits: int = 32) -> str:
    """Return the BLAKE2b (RFC 7693) of bytes, or of a text in UTF-8.

    The index of links has it on disk. It is not a part of a longer digest: the length is one of its parameters.
    """
    return hashlib.blake2b(_bytes(content), digest_size=digits // 2).hexdigest()


def values_hex(*values: object) -> str:
    """Return one SHA-256 of several values, cut to 32 digits.

    Args:
        values: what JSON can hold, and dataclasses with slots.

    Raises:
        TypeError: a value is something else.
    """
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=_slots)
    return sha256_hex(text, 32)


def _bytes(content: bytes | str) -> bytes:
    return content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content


def _slots(value: object) -> list[object]:
    names = getattr(type(value), "__slots__", None)
    if names is None:
        raise TypeError(f"{type(value).__name__} has no digest")
    return [getattr(value, name) for name in names]
