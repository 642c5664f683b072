"""DKIM signatures (RFC 6376): header fields that prove that the domain's owner sent exactly this message.

A message has a signature for each key: RSA, which every receiver verifies, and Ed25519 (RFC 8463) beside it.
"""

import base64
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar

from newsletter.errors import CampaignError
from newsletter.mail.dkim_hashes import BodyHash, canonical_field, header_hash

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

Slot = TypeVar("Slot")

# The header fields that a mail program shows or uses. RFC 8058, §4 requires a signature for both fields of one-click
# unsubscribe. `from` is listed once more than it occurs, so that no second one can be added (RFC 6376, §8.15).
SIGNED = (
    *("from", "to", "reply-to", "subject", "date", "message-id", "list-id", "list-unsubscribe"),
    *("list-unsubscribe-post", "list-archive", "feedback-id", "mime-version", "content-type", "from"),
)
# RFC 8301, §3.2: receivers must accept keys of at least 1024 bits, and signers should use 2048.
LEAST_BITS, GOOD_BITS = 1024, 2048
_NAME = b"DKIM-Signature"
# The length at which lines of the field are folded.
_WIDTH = 72
_PLACEHOLDER = b"0" * 60


class KeyType(StrEnum):
    """The type of a key, as in its DNS record (RFC 6376, §3.6.1; RFC 8463, §4)."""

    RSA = "rsa"
    ED25519 = "ed25519"

    @property
    def advice(self) -> str:
        """How to create a key."""
        if self is KeyType.RSA:
            return f"Create a key with `openssl genrsa -out dkim.pem {GOOD_BITS}`."
        return "Create a key with `openssl genpkey -algorithm ed25519 -out dkim-ed25519.pem`."


@dataclass(frozen=True)
class DkimKey:
    """A private key that signs messages.

    Attributes:
        selector: The name in DNS under which the public key is published.
        pem: The private key in PEM.

    Raises:
        CampaignError: On first use, if the key cannot sign, or if the extra `dkim` is not installed.
    """

    selector: str
    pem: str = field(repr=False)
    type: KeyType = KeyType.RSA

    @cached_property
    def bits(self) -> int:
        """The length of the key in bits."""
        return 256 if self.type is KeyType.ED25519 else self._rsa.key_size

    @cached_property
    def public(self) -> str:
        """The public key as in the DNS record: SubjectPublicKeyInfo in base64, for Ed25519 only its 32 bytes."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        if self.type is KeyType.ED25519:
            public = self._ed25519.public_key().public_bytes_raw()
        else:
            public = self._rsa.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(public).decode("ascii")

    @property
    def record(self) -> str:
        """The value of the DNS record."""
        return f"v=DKIM1; k={self.type}; p={self.public}"

    @cached_property
    def sign(self) -> Callable[[bytes], bytes]:
        """The function that signs a SHA-256 digest."""
        if self.type is KeyType.ED25519:
            # RFC 8463, §3: the digest is the message that Ed25519 signs.
            return self._ed25519.sign
        private = self._rsa
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
        from cryptography.hazmat.primitives.hashes import SHA256

        padding, digested = PKCS1v15(), Prehashed(SHA256())
        return lambda digest: private.sign(digest, padding, digested)

    @cached_property
    def _rsa(self) -> "RSAPrivateKey":
        key = self._load()
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

        if not isinstance(key, RSAPrivateKey):
            raise CampaignError("the key for DKIM is not an RSA key", self.type.advice)
        if key.key_size < LEAST_BITS:
            raise CampaignError(f"the key for DKIM has {key.key_size} bits, fewer than {LEAST_BITS}", self.type.advice)
        return key

    @cached_property
    def _ed25519(self) -> "Ed25519PrivateKey":
        key = self._load()
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if not isinstance(key, Ed25519PrivateKey):
            raise CampaignError("the Ed25519 key for DKIM is not an Ed25519 key", self.type.advice)
        return key

    def _load(self) -> object:
        try:
            from cryptography.exceptions import UnsupportedAlgorithm
            from cryptography.hazmat.primitives.serialization import load_pem_private_key
        except ImportError as error:
            message = f"the library for DKIM is not installed: {error.name}"
            raise CampaignError(message, "Run `pip install 'newsletter-press[dkim]'`.") from error
        name = "the Ed25519 key for DKIM" if self.type is KeyType.ED25519 else "the key for DKIM"
        try:
            return load_pem_private_key(self.pem.strip().encode() + b"\n", password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            message = f"{name} is not a private key in PEM without a password"
            raise CampaignError(message, self.type.advice) from error


@dataclass(frozen=True)
class Signature:
    """Signs messages for a domain.

    Attributes:
        keys: The keys. The signature of the first is the first in the header.
        clock: Returns seconds since 1970 (UTC), for the time of the signature.
    """

    domain: str
    keys: tuple[DkimKey, ...]
    clock: Callable[[], float] = time.time

    def prepare(self, pieces: Sequence[bytes | Slot], slots: Sequence[Slot]) -> "PreparedSignature[Slot]":
        """Prepare the signatures of many messages that differ only in a few values.

        Args:
            pieces: The bytes and slots of the message, with CRLF line ends.
            slots: The slots in the order of the values that `PreparedSignature.sign` expects.

        Raises:
            CampaignError: A key cannot sign.
        """
        for key in self.keys:
            _ = key.sign
        return PreparedSignature(self, BodyHash(pieces, slots))


@dataclass(frozen=True, slots=True)
class PreparedSignature(Generic[Slot]):
    """Signs messages that differ only in a few values."""

    signature: Signature
    body: BodyHash[Slot]

    def sign(self, content: bytes, values: Sequence[bytes]) -> bytes:
        """Return the DKIM-Signature fields for a message, with their line ends.

        Args:
            content: The finished message.
            values: The values in its slots.
        """
        header = content[: content.find(b"\r\n\r\n") + 2]
        hashed = header_hash(header, SIGNED)
        digest, at = base64.b64encode(self.body.digest(values)), int(self.signature.clock())
        fields = []
        for key in self.signature.keys:
            tags = self._tags(key, at, digest)
            # The value of b= is not signed. It is too long for the line before it, so that line is folded in the same
            # way around a placeholder.
            unsigned = _fold(tags + _PLACEHOLDER).removesuffix(_PLACEHOLDER)
            signed = hashed.copy()
            signed.update(canonical_field(_NAME.lower(), unsigned))
            fields.append(b"%b: %b" % (_NAME, _fold(tags + base64.b64encode(key.sign(signed.digest())) + b"\r\n")))
        return b"".join(fields)

    def _tags(self, key: DkimKey, at: int, digest: bytes) -> bytes:
        domain = self.signature.domain
        text = (
            f"v=1; a={key.type}-sha256; c=relaxed/relaxed; d={domain}; i=@{domain}; q=dns/txt; s={key.selector};"
            f" t={at}; h={' : '.join(SIGNED)}; bh="
        )
        return b"%b%b; b=" % (text.encode(), digest)


def _fold(value: bytes) -> bytes:
    """Fold the value of the field at spaces, or within a longer word."""
    lines = []
    width = _WIDTH - len(_NAME)
    while len(value) > width:
        space = value.rfind(b" ", 0, width)
        end, start = (width, width) if space < 0 else (space, space + 1)
        lines.append(value[:end])
        value = value[start:]
        width = _WIDTH - 1
    return b"\r\n ".join([*lines, value])
