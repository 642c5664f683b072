"""Messages of Amazon SNS over HTTP, which carry the events of Amazon SES, and their signatures.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from newsletter.bounces.providers.json_values import as_object, as_seconds, as_text, decode
from newsletter.bounces.providers.webhook import ForgedRequestError, WebhookRequest, require_recent

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

# Amazon's hosts for this service. The certificate comes from there over TLS.
_HOST = re.compile(r"sns\.[a-z]{2}(?:-[a-z]+)+-\d\.amazonaws\.com(?:\.cn)?")
_SUBJECT = re.compile(r"sns(?:[.-][a-z0-9.-]+)?\.amazonaws\.com(?:\.cn)?")
# The fields that are signed, in this order.
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_SUBSCRIPTION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


def read_sns_message(request: WebhookRequest) -> dict[str, Any]:
    """Return the message of Amazon SNS in a request. Nothing in it has been verified.

    Raises:
        MalformedRequestError: The body is not valid JSON.
    """
    return as_object(decode(request.body))


def verify_sns_message(request: WebhookRequest) -> None:
    """Check the topic, the age and the signature of a message.

    Raises:
        ForgedRequestError: Amazon SNS did not send it for this topic.
        FetchError: The certificate cannot be requested.
        MalformedRequestError: The body is not valid JSON.
    """
    message = read_sns_message(request)
    if message.get("TopicArn") != request.secret:
        raise ForgedRequestError("the request is for another topic")
    require_recent(as_seconds(message.get("Timestamp")) or 0, request.now)
    url = require_amazon_url(as_text(message.get("SigningCertURL")))
    if not url.endswith(".pem"):
        raise ForgedRequestError("the address of the certificate is not one of Amazon SNS")
    _verify_signature(message, _certificate(request.fetch(url), request.now))


def require_amazon_url(url: str) -> str:
    """Return a URL if it is one of Amazon SNS.

    Raises:
        ForgedRequestError: It is not.
    """
    try:
        parts = urlsplit(url)
        trusted = parts.scheme == "https" and parts.netloc == parts.hostname and _HOST.fullmatch(parts.netloc)
    except ValueError:
        trusted = None
    if not trusted:
        raise ForgedRequestError("an address in the request is not one of Amazon SNS")
    return url


def _certificate(content: bytes, now: int) -> "Certificate":
    """Return the certificate that signs, if it is valid now and one of Amazon SNS."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    try:
        certificate = x509.load_pem_x509_certificates(content)[0]
    except ValueError as error:
        raise ForgedRequestError("the certificate of the request cannot be read") from error
    names = [str(name.value) for name in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    at = datetime.fromtimestamp(now, UTC)
    valid = certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc
    if not valid or not any(_SUBJECT.fullmatch(name) for name in names):
        raise ForgedRequestError("the certificate of the request is not a valid one of Amazon SNS")
    return certificate


def _verify_signature(message: dict[str, Any], certificate: "Certificate") -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256

    version, key = message.get("SignatureVersion"), certificate.public_key()
    if version not in ("1", "2") or not isinstance(key, RSAPublicKey):
        raise ForgedRequestError("the request has a signature of an unknown version")
    names = _NOTIFICATION if message.get("Type") == "Notification" else _SUBSCRIPTION
    # A notification without a subject has no such field.
    signed = "".join(f"{name}\n{message[name]}\n" for name in names if isinstance(message.get(name), str))
    try:
        signature = b64decode(as_text(message.get("Signature")), validate=True)
        # Amazon still signs with SHA-1 where a topic does not ask for version 2.
        algorithm = SHA256() if version == "2" else SHA1()  # noqa: S303
        key.verify(signature, signed.encode("utf-8", "surrogatepass"), PKCS1v15(), algorithm)
    except (Base64Error, InvalidSignature, ValueError) as error:
        raise ForgedRequestError("the signature of the request is not one of Amazon SNS") from error
