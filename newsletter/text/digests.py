"""Digests of content, in hexadecimal digits.

Names of assets, anchors, database rows and cache files contain them. Changing a digest changes all of these.
"""

import hashlib
import json


def sha256_hex(content: bytes | str, digits: int = 64) -> str:
    """Return the first digits of the SHA-256 (FIPS 180-4) of bytes, or of a text in UTF-8."""
    return hashlib.sha256(_bytes(content)).hexdigest()[:digits]


def blake2b_hex(content: bytes | str, digits: int = 32) -> str:
    """Return the BLAKE2b (RFC 7693) of bytes, or of a text in UTF-8.

    The length is a parameter of the digest, so a short digest is not a prefix of a longer one. The link index on disk
    contains these digests.
    """
    return hashlib.blake2b(_bytes(content), digest_size=digits // 2).hexdigest()


def values_hex(*values: object) -> str:
    """Return one SHA-256 of several values, cut to 32 digits.

    Args:
        values: Values that JSON supports, or dataclasses with slots.

    Raises:
        TypeError: A value has another type.
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
