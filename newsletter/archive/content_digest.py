"""Digests: what an output depends on, as one short text."""

import hashlib
import json


def digest(*parts: object) -> str:
    """One digest of several values: what JSON can write, and dataclasses with slots."""
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"), default=_values)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def digest_bytes(content: bytes) -> str:
    """The digest of a file's content."""
    return hashlib.sha256(content).hexdigest()[:32]


def _values(value: object) -> list[object]:
    names = getattr(type(value), "__slots__", None)
    if names is None:
        raise TypeError(f"{type(value).__name__} has no digest")
    return [getattr(value, name) for name in names]
