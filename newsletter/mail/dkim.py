"""DKIM signatures (RFC 6376): a header field that proves that the domain's owner sent exactly this message.

dkimpy signs in pure Python, which takes longer than all other work for a message; docs/dns.md has the figure. A
mail server that signs is faster.
"""

import base64
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from newsletter.errors import CampaignError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

# The header fields that a mail program shows or uses. RFC 8058, §4 requires a signature for both fields of one-click
# unsubscribe.
SIGNED = (
    *("from", "to", "reply-to", "subject", "date", "message-id", "list-id", "list-unsubscribe"),
    *("list-unsubscribe-post", "list-archive", "feedback-id", "mime-version", "content-type"),
)
# RFC 8301, §3.2: receivers must accept keys of at least 1024 bits, and signers should use 2048.
LEAST_BITS, GOOD_BITS = 1024, 2048


@dataclass(frozen=True)
class Signature:
    """Signs messages for a domain.

    Attributes:
        selector: The name in DNS under which the public key is published.
        key: An RSA private key in PEM.

    Raises:
        CampaignError: On first use, if the key cannot sign, or if the extra `dkim` is not installed.
    """

    domain: str
    selector: str
    key: str

    def __call__(self, content: bytes) -> bytes:
        """Return the DKIM-Signature field for a message, with its line end. Canonicalization is relaxed/relaxed."""
        private = self._private
        from dkim import DKIM

        signed: bytes = DKIM(content).sign(
            self.selector.encode(),
            self.domain.encode(),
            private,
            canonicalize=(b"relaxed", b"relaxed"),
            # `from` is listed once more than it occurs, so that no second one can be added (RFC 6376, §8.15).
            include_headers=[*SIGNED, "from"],
        )
        return signed

    @cached_property
    def bits(self) -> int:
        """The length of the key in bits."""
        return self._loaded.key_size

    @cached_property
    def public(self) -> str:
        """The public key as in the DNS record (RFC 6376, §3.6.1): SubjectPublicKeyInfo in base64."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        der = self._loaded.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode("ascii")

    @cached_property
    def _private(self) -> bytes:
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        return self._loaded.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())

    @cached_property
    def _loaded(self) -> "RSAPrivateKey":
        try:
            import dkim  # noqa: F401 (report a missing library before the first message)
            from cryptography.exceptions import UnsupportedAlgorithm
            from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
            from cryptography.hazmat.primitives.serialization import load_pem_private_key
        except ImportError as error:
            message = f"the library for DKIM is not installed: {error.name}"
            raise CampaignError(message, "Run `pip install 'newsletter-press[dkim]'`.") from error
        advice = "Create a key with `openssl genrsa -out dkim.pem 2048`."
        try:
            key = load_pem_private_key(self.key.strip().encode() + b"\n", password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise CampaignError("the key for DKIM is not a private key in PEM without a password", advice) from error
        if not isinstance(key, RSAPrivateKey):
            raise CampaignError("the key for DKIM is not an RSA key", advice)
        if key.key_size < LEAST_BITS:
            raise CampaignError(f"the key for DKIM has {key.key_size} bits, fewer than {LEAST_BITS}", advice)
        return key
