"""Digests: databases, caches and file names contain them, so they stay the same in every version."""

from dataclasses import dataclass

import pytest

from newsletter.text.digests import blake2b_hex, sha256_hex, values_hex


@dataclass(frozen=True, slots=True)
class Pair:
    """Two values."""

    name: str
    number: int


def test_sha256_agrees_with_sha256sum() -> None:
    """A text is encoded as UTF-8, and a short digest is a prefix of the long one."""
    assert sha256_hex(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_hex("ü") == "607474ca475a9724d7360aba71a56d5df77e61350e3f724cfa1f46e857e2d85f"
    assert sha256_hex("ü".encode(), 6) == "607474"


def test_blake2b_agrees_with_b2sum() -> None:
    """The length is a parameter of the digest, as in `b2sum -l 128`."""
    assert blake2b_hex(b"abc") == blake2b_hex("abc") == "cf4ab791c62b8d2b2109c90275287816"


def test_values_are_hashed_as_json() -> None:
    """A dataclass is equal to the list of its values. Other types are an error."""
    assert values_hex(Pair("a", 1), None) == values_hex(("a", 1), None) == "7e6eb2bc7da134bff76c489040398bd1"
    with pytest.raises(TypeError, match="object has no digest"):
        values_hex(object())
