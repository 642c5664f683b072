"""DKIM signatures, compared with those of dkimpy and verified with the public key from DNS."""

import base64
import hashlib
import re
import subprocess
import sys
from datetime import UTC, datetime

import dkim
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.errors import CampaignError
from newsletter.mail.dkim import SIGNED, DkimKey, KeyType, Signature
from newsletter.mail.dkim_hashes import BodyHash, canonical_field, header_hash
from newsletter.mail.message import compose
from tests.mail.messages import ADA, HEAD, KEYS, head, recipient

RSA = rsa.generate_private_key(65537, 2048)
SHORT = rsa.generate_private_key(65537, 1024)
ED25519 = ed25519.Ed25519PrivateKey.generate()


def pem(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | Ed25519PrivateKey, form: PrivateFormat = PrivateFormat.PKCS8
) -> str:
    """Return a private key in PEM, as in a file."""
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def signature_of(*keys: DkimKey, at: int = 0) -> Signature:
    """Return a signature of example.org, by default with an RSA key."""
    return Signature("example.org", keys or (DkimKey("news", pem(RSA)),), lambda: at)


def signed_by_dkimpy(content: bytes, key: rsa.RSAPrivateKey) -> tuple[bytes, int]:
    """Return the field that dkimpy adds to a message, and the time in it."""
    traditional = pem(key, PrivateFormat.TraditionalOpenSSL).encode()
    field: bytes = dkim.DKIM(content).sign(
        b"news", b"example.org", traditional, canonicalize=(b"relaxed", b"relaxed"), include_headers=list(SIGNED)
    )
    found = re.search(rb"t=(\d+);", field)
    assert found
    return field, int(found[1])


def verified(content: bytes, public: str) -> bool:
    """Verify the first signature of a message with the DNS record of an RSA key."""

    def txt(name: bytes, timeout: int = 5) -> bytes:
        assert name == b"news._domainkey.example.org."
        return f"v=DKIM1; k=rsa; p={public}".encode()

    valid: bool = dkim.verify(content, dnsfunc=txt)
    return valid


def verified_ed25519(content: bytes, index: int) -> bool:
    """Verify a signature of a message with the Ed25519 key. dkimpy computes the hash."""
    headers, body = dkim.rfc822_parse(content)
    field = [found for found in headers if found[0] == b"DKIM-Signature"][index]
    tags = {name.strip(): re.sub(rb"\s", b"", value) for name, value in re.findall(rb"(\w+)=([^;]*)", field[1])}
    assert (tags[b"a"], tags[b"s"]) == (b"ed25519-sha256", b"news-ed")
    policy = dkim.CanonicalizationPolicy.from_c_value(tags[b"c"])
    if base64.b64decode(tags[b"bh"]) != hashlib.sha256(policy.canonicalize_body(body)).digest():
        return False
    hashed = hashlib.sha256()
    names = tags[b"h"].split(b":")
    dkim.hash_headers(hashed, policy, policy.canonicalize_headers(headers), names, field, tags)
    try:
        ED25519.public_key().verify(base64.b64decode(tags[b"b"]), hashed.digest())
    except InvalidSignature:
        return False
    return True


# Text with all white space that is canonicalized, and without line ends of its own.
INLINE = st.text(st.sampled_from(list(" \t =.ab:é山\u00a0")), max_size=12)
LINES = st.lists(st.one_of(INLINE, st.sampled_from(["", "", " ", "\t "])), max_size=8)
FIELDS = st.sampled_from(["From", "To", "SUBJECT", "Received", "List-Unsubscribe", "date", "From", "X-Test"])
VALUES = st.one_of(INLINE, LINES.map("\r\n".join), st.sampled_from(["", "\r\n", " ", "=\r\n\t"]))


@st.composite
def headers(draw: st.DrawFn) -> bytes:
    """Headers with folded lines, repeated fields and white space around names and values."""
    lines = []
    for name in draw(st.lists(FIELDS, min_size=1, max_size=6)):
        folded = [draw(INLINE), *(draw(st.sampled_from(" \t")) + line for line in draw(st.lists(INLINE, max_size=3)))]
        lines.append(f"{name}:" + "\r\n".join(folded))
    return "".join(f"{line}\r\n" for line in lines).encode()


@given(headers(), st.lists(st.one_of(LINES.map("\r\n".join), st.sampled_from(["a", "b"])), max_size=6), VALUES, VALUES)
@example(b"From: a\r\n", [], "", "")
@example(b"From: a\r\n", ["\r\n", "\r\n", "a"], "", "")
@example(b"From: a\r\n", ["x\r\n\r\n", "a", "\r\n", "b"], "\r\n", "")
@example(b"From: a\r\n", ["x\r\n\r\n", "a", "b"], "", " y")
def test_signatures_equal_those_of_dkimpy(header: bytes, parts: list[str], one: str, other: str) -> None:
    """Byte for byte, with any header, empty bodies, trailing lines, and values in any place of a body."""
    # A part that is the name of a slot is a slot. A body ends with a line end, or is empty.
    pieces = [bytes(header), b"\r\n", *(part if part in ("a", "b") else part.encode() for part in parts)]
    pieces += [b"\r\n"] if parts else []
    values = [one.encode(), other.encode()]
    content = b"".join(piece if isinstance(piece, bytes) else values["ab".index(piece)] for piece in pieces)
    expected, at = signed_by_dkimpy(content, SHORT)
    signature = signature_of(DkimKey("news", pem(SHORT)), at=at)
    assert signature.prepare(pieces, ["a", "b"]).sign(content, values) == expected


TEMPLATES = st.lists(
    st.one_of(
        st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=40),
        st.sampled_from(["{{subscriber_name}}", "{{unsubscribe_url}}", "{{view_url}}", "\n", " \n\n", "  ", ".", "é"]),
    ),
    max_size=8,
).map("".join)


@given(TEMPLATES, TEMPLATES, st.text(max_size=100), st.text(max_size=100))
@example("", "", "", "")
@example("{{subscriber_name}}\n\n \n", "x \n{{subscriber_name}}", "Übermut, der Lange und Breite " * 5, "Ü" * 90)
def test_composed_messages_have_the_signature_of_dkimpy(html: str, text: str, name: str, subject: str) -> None:
    """The same prepared message signs each of its recipients as dkimpy does."""
    prepared = compose(html, text, head(subject=subject, date=datetime(2026, 11, 1, tzinfo=UTC)), KEYS)
    for each in (recipient(name=name), recipient(name="Ada  B", address="reader@example.net")):
        content = prepared.to(each).content
        expected, at = signed_by_dkimpy(content, SHORT)
        signed = compose(html, text, prepared.head, KEYS, signature_of(DkimKey("news", pem(SHORT)), at=at))
        assert signed.to(each).content == expected + content


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_signature_is_valid(form: PrivateFormat) -> None:
    """It is valid with any recipient name, and with Windows line ends in the key file."""
    key = DkimKey("news", pem(RSA, form).replace("\n", "\r\n"))
    prepared = compose("<p>{{subscriber_name}} é\n.\n", "x {{unsubscribe_url}}\n\n\n", HEAD, KEYS, signature_of(key))
    for name in ("Ada", "", "Übermut, der Lange und Breite " * 5):
        assert verified(prepared.to(recipient(name=name)).content, key.public)


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
    rsa_key, second = DkimKey("news", pem(RSA)), DkimKey("news-ed", pem(ED25519), KeyType.ED25519)
    content = compose("<p>", "x", HEAD, KEYS, signature_of(rsa_key, second)).to(ADA).content
    assert content.count(old) == 1
    assert verified(content, rsa_key.public)
    assert verified_ed25519(content, 1)
    changed = content.replace(old, new)
    assert not verified(changed, rsa_key.public)
    assert not verified_ed25519(changed, 1)


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
        signature_of(DkimKey("news", key)).prepare([b""], [])
    assert "openssl genrsa" in caught.value.advice
    assert "BEGIN" not in caught.value.message


@pytest.mark.parametrize(
    "key", [pem(RSA), "", pem(ec.generate_private_key(ec.SECP256R1()))], ids=["rsa", "none", "elliptic curve"]
)
def test_a_second_key_that_is_not_ed25519_is_an_error(key: str) -> None:
    """The error names the key and says how to create one."""
    keys = DkimKey("news", pem(RSA)), DkimKey("news-ed", key, KeyType.ED25519)
    with pytest.raises(CampaignError, match="the Ed25519 key for DKIM is not a") as caught:
        compose("<p>", "x", HEAD, KEYS, signature_of(*keys)).to(ADA)
    assert "-algorithm ed25519" in caught.value.advice


def test_the_example_of_rfc_8463() -> None:
    """The hashes and the Ed25519 signature are those of RFC 8463, Appendix A."""
    header = (
        b"From: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\n"
        b"Subject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
        b"Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
    )
    body = b"Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n\r\n"
    digest = base64.b64encode(BodyHash([header + b"\r\n" + body], []).digest([]))
    assert digest == b"2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="
    unsigned = (
        b" v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n"
        b" q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
        b" subject : date : message-id : from : subject : date;\r\n bh=%b;\r\n b=" % digest
    )
    names = ("from", "to", "subject", "date", "message-id", "from", "subject", "date")
    hashed = header_hash(header, names)
    hashed.update(canonical_field(b"dkim-signature", unsigned))
    private = base64.b64decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
    key = DkimKey("brisbane", pem(Ed25519PrivateKey.from_private_bytes(private)), KeyType.ED25519)
    assert key.record == "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    expected = b"/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="
    assert base64.b64encode(key.sign(hashed.digest())) == expected


def test_the_error_of_a_missing_library_names_it() -> None:
    """Signing needs the extra `dkim`."""
    program = (
        "import sys; sys.modules['cryptography'] = None\n"
        "from newsletter.mail.dkim import DkimKey\nDkimKey('news', '').sign(b'')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "not installed: cryptography" in done.stderr
