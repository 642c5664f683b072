"""DKIM signatures, verified with the public key from DNS."""

import subprocess
import sys

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from newsletter.errors import CampaignError
from newsletter.mail.dkim import Signature
from newsletter.mail.message import compose
from tests.mail.messages import ADA, HEAD, KEYS, recipient

RSA = rsa.generate_private_key(65537, 2048)


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    """Return a private key in PEM, as in a file."""
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def verified(content: bytes, signature: Signature) -> bool:
    """Verify a message with the DNS record of a signature."""

    def txt(name: bytes, timeout: int = 5) -> bytes:
        assert name == b"news._domainkey.example.org."
        return f"v=DKIM1; k=rsa; p={signature.public}".encode()

    valid: bool = dkim.verify(content, dnsfunc=txt)
    return valid


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_signature_is_valid(form: PrivateFormat) -> None:
    """It is valid with any recipient name, and with Windows line ends in the key file."""
    signature = Signature("example.org", "news", pem(RSA, form).replace("\n", "\r\n"))
    prepared = compose("<p>{{subscriber_name}} é\n.\n", "x {{unsubscribe_url}}\n\n\n", HEAD, KEYS, signature)
    for name in ("Ada", "", "Übermut, der Lange und Breite " * 5):
        assert verified(prepared.to(recipient(name=name)).content, signature)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"List-Unsubscribe: <https://lens", b"List-Unsubscribe: <https://evil"),
        (b"List-Unsubscribe=One-Click", b"List-Unsubscribe=No"),
        (b"Subject: ", b"Subject: Re "),
        (b"From: ", b"From: evil@example.com\r\nFrom: "),
        (b"<p>", b"<p>Buy"),
    ],
)
def test_the_signature_of_a_changed_message_is_not_valid(old: bytes, new: bytes) -> None:
    """Both headers of one-click unsubscribe are signed, and a second From header makes the signature invalid."""
    signature = Signature("example.org", "news", pem(RSA))
    content = compose("<p>", "x", HEAD, KEYS, signature).to(ADA).content
    assert content.count(old) == 1
    assert verified(content, signature)
    assert not verified(content.replace(old, new), signature)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "not a private key"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "not a private key"),
        (RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")).decode(), "password"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "not an RSA key"),
        (pem(rsa.generate_private_key(65537, 1024)).replace("PRIVATE", "PUBLIC"), "not a private key"),
    ],
)
def test_a_key_that_cannot_sign_is_an_error(key: str, message: str) -> None:
    """The error does not contain the key."""
    with pytest.raises(CampaignError, match=message) as caught:
        Signature("example.org", "news", key)(b"")
    assert "openssl genrsa" in caught.value.advice
    assert "BEGIN" not in caught.value.message


def test_the_error_of_a_missing_library_names_it() -> None:
    """Signing needs the extra `dkim`."""
    program = (
        "import sys; sys.modules['dkim'] = None\n"
        "from newsletter.mail.dkim import Signature\nSignature('example.org', 'news', '')(b'')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "not installed: dkim" in done.stderr
