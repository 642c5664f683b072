"""DKIM: what is signed is verified by whoever has the public key from DNS, and nothing else is."""

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
    """A private key as its file has it."""
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def verified(content: bytes, signature: Signature) -> bool:
    """Whether a receiver believes it, who finds our record in DNS."""

    def txt(name: bytes, timeout: int = 5) -> bytes:
        assert name == b"press._domainkey.example.org."
        return f"v=DKIM1; k=rsa; p={signature.public}".encode()

    good: bool = dkim.verify(content, dnsfunc=txt)
    return good


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_signed_message_is_verified(form: PrivateFormat) -> None:
    """Whatever the recipient's name, with Windows' line ends in the key's file, too."""
    signature = Signature("example.org", "press", pem(RSA, form).replace("\n", "\r\n"))
    letter = compose("<p>{{subscriber_name}} é\n.\n", "x {{unsubscribe_url}}\n\n\n", HEAD, KEYS, signature)
    for name in ("Ada", "", "Übermut, der Lange und Breite " * 5):
        assert verified(letter.to(recipient(name=name)).content, signature)


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
def test_a_changed_message_is_not(old: bytes, new: bytes) -> None:
    """Both headers of one-click leaving are under the signature; a second From breaks it."""
    signature = Signature("example.org", "press", pem(RSA))
    content = compose("<p>", "x", HEAD, KEYS, signature).to(ADA).content
    assert content.count(old) == 1
    assert verified(content, signature)
    assert not verified(content.replace(old, new), signature)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "no private key"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "no private key"),
        (RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")).decode(), "password"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "not of RSA"),
        (pem(rsa.generate_private_key(65537, 1024)).replace("PRIVATE", "PUBLIC"), "no private key"),
    ],
)
def test_a_key_that_cannot_sign_is_an_error(key: str, message: str) -> None:
    """And never printed."""
    with pytest.raises(CampaignError, match=message) as caught:
        Signature("example.org", "press", key)(b"")
    assert "openssl genrsa" in caught.value.advice
    assert "BEGIN" not in caught.value.message


def test_the_extra_that_is_missing_is_named() -> None:
    """Without dkimpy the error says which command installs it."""
    program = (
        "import sys; sys.modules['dkim'] = None\n"
        "from newsletter.mail.dkim import Signature\nSignature('example.org', 'press', '')(b'')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "not installed: dkim" in done.stderr
