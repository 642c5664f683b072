"""Requests of providers' webhooks, written from their public documentation and signed with keys made here."""

import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from standardwebhooks import Webhook

from newsletter.transports.base import Outgoing

TOPIC = "arn:aws:sns:eu-west-1:123456789012:newsletter-bounces"
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem"
# When the events happened.
HAPPENED = 1796000000
SECRET = "a-secret-of-thirty-two-characters"
SIGNING_SECRET = "whsec_" + b64encode(b"a signing secret of a provider").decode()
HARD_REPLY = "550 5.1.1 <ann@example.com>: Recipient address rejected: User unknown"

Json = dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """A message as a webhook describes it: its recipient, its Message-ID and its unsubscribe URL."""

    recipient: str
    message_id: str
    unsubscribe: str

    @classmethod
    def of(cls, message: Outgoing) -> "Sent":
        """Describe a message that was sent."""
        url = message.content.decode().replace("\r\n ", " ").partition("List-Unsubscribe: ")[2].partition("\r\n")[0]
        return cls(message.recipient, message.message_id, url)


@dataclass(frozen=True)
class Keys:
    """The keys of the providers."""

    ecdsa_key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    rsa_key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    @cached_property
    def sendgrid(self) -> str:
        """The public key as SendGrid shows it."""
        return b64encode(
            self.ecdsa_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        ).decode()

    def certificate(self, now: float, name: str = "sns.amazonaws.com") -> bytes:
        """A certificate of Amazon SNS."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        at = datetime.fromtimestamp(now, UTC)
        builder = x509.CertificateBuilder(subject, subject, self.rsa_key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(at - timedelta(days=9)).not_valid_after(at + timedelta(days=9))
        return builder.sign(self.rsa_key, SHA256()).public_bytes(Encoding.PEM)


KEYS = Keys()
Headers = Mapping[str, str]


@dataclass(frozen=True)
class ProviderRequests:
    """How a provider reports what became of a message.

    Attributes:
        name: The provider.
        secret: What the environment has.
        bounce: Returns the body for a hard bounce of a message; the second argument is the id of the event.
        complaint: Likewise.
        sign: Returns the header fields for a body at a time. It may change the body.
        unsubscribe: As `bounce`; None if the provider has no such event.
    """

    name: str
    secret: str
    bounce: Callable[[Sent, str], Any]
    complaint: Callable[[Sent, str], Any]
    sign: Callable[[Any, float], tuple[Headers, bytes]]
    unsubscribe: Callable[[Sent, str], Any] | None = None

    @property
    def path(self) -> str:
        """The path of the webhook."""
        return f"/webhooks/{self.name}" + (f"/{self.secret}" if self.name == "brevo" else "")


def sns_message(event: Json, id: str, at: float, **changed: str) -> Json:
    """A notification of Amazon SNS, not signed."""
    stamp = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "Type": "Notification",
        "MessageId": id,
        "TopicArn": TOPIC,
        "Message": json.dumps(event),
        "Timestamp": stamp,
        "SignatureVersion": "2",
        "SigningCertURL": CERTIFICATE_URL,
        "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
    } | changed


def sign_sns(message: Json, keys: Keys = KEYS) -> bytes:
    """Sign a message of Amazon SNS, and return it as a body."""
    names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    if message["Type"] != "Notification":
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{message[name]}\n" for name in names if name in message)
    algorithm = SHA1() if message["SignatureVersion"] == "1" else SHA256()
    signature = keys.rsa_key.sign(text.encode(), padding.PKCS1v15(), algorithm)
    return json.dumps(message | {"Signature": b64encode(signature).decode()}).encode()


def ses_event(kind: str, key: str, detail: Json, sent: Sent) -> Json:
    """An event of Amazon SES."""
    headers = [
        {"name": "Message-ID", "value": "<0102018c@eu-west-1.amazonses.com>"},
        {"name": "List-Unsubscribe", "value": sent.unsubscribe},
    ]
    mail = {"messageId": "0102018c1234abcd-0a1b2c3d-0000-0000", "destination": [sent.recipient], "headers": headers}
    return {"eventType": kind, key: {"timestamp": "2026-11-30T00:53:20.000Z", **detail}, "mail": mail}


def _ses_bounce(sent: Sent, id: str) -> Json:
    one = {"emailAddress": sent.recipient, "action": "failed", "status": "5.1.1", "diagnosticCode": HARD_REPLY}
    detail = {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [one], "feedbackId": id}
    return ses_event("Bounce", "bounce", detail, sent)


def _ses_complaint(sent: Sent, id: str) -> Json:
    detail = {"complainedRecipients": [{"emailAddress": sent.recipient}], "feedbackId": id}
    return ses_event("Complaint", "complaint", detail, sent)


def _sign_ses(event: Json, at: float) -> tuple[Headers, bytes]:
    return {}, sign_sns(sns_message(event, "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", at))


def _basic(body: Any, _: float) -> tuple[Headers, bytes]:
    credentials = b64encode(f"newsletter:{SECRET}".encode()).decode()
    return {"authorization": f"Basic {credentials}"}, json.dumps(body).encode()


def _postmark(kind: str, type: str, **fields: object) -> Callable[[Sent, str], Json]:
    def build(sent: Sent, id: str) -> Json:
        event = {"RecordType": kind, "ID": int(id), "Type": type, "Email": sent.recipient}
        event |= {"MessageID": "883953f4-6105-42a2-a16a-77a8eac79483", "BouncedAt": "2026-11-29T19:53:20.123-05:00"}
        return event | {"Metadata": {"message-id": sent.message_id}, "Details": HARD_REPLY} | fields

    return build


def _mailgun(event: str, **fields: object) -> Callable[[Sent, str], Json]:
    def build(sent: Sent, id: str) -> Json:
        message = {"headers": {"message-id": sent.message_id.strip("<>"), "to": sent.recipient}}
        status = {"code": 550, "message": HARD_REPLY.removeprefix("550 "), "attempt-no": 1}
        data = {"event": event, "id": id, "recipient": sent.recipient, "message": message, "timestamp": HAPPENED + 0.5}
        return {"event-data": data | {"delivery-status": status} | fields}

    return build


def sign_mailgun(body: Json, at: float, token: str = "") -> tuple[Headers, bytes]:
    """Sign a request of Mailgun. The token is the id of the event unless it is given."""
    token, timestamp = token or body["event-data"]["id"] * 10, str(int(at))
    signature = hmac.digest(SECRET.encode(), f"{timestamp}{token}".encode(), "sha256").hex()
    signed = body | {"signature": {"timestamp": timestamp, "token": token, "signature": signature}}
    return {}, json.dumps(signed).encode()


def sendgrid_event(event: str, sent: Sent, id: str, **fields: object) -> Json:
    """An event of SendGrid."""
    return {
        "email": sent.recipient,
        "event": event,
        "sg_event_id": id,
        "sg_message_id": "14c5d75ce93dfdf8a1b2.filter0001.16648.5515E0B88.0",
        "smtp-id": sent.message_id,
        "timestamp": HAPPENED,
    } | fields


def _sendgrid(event: str, **fields: object) -> Callable[[Sent, str], list[Json]]:
    return lambda sent, number: [sendgrid_event(event, sent, number, **fields)]


def sign_sendgrid(body: Any, at: float) -> tuple[Headers, bytes]:
    """Sign a request of SendGrid."""
    timestamp, content = str(int(at)), json.dumps(body).encode() + b"\r\n"
    signature = KEYS.ecdsa_key.sign(timestamp.encode() + content, ec.ECDSA(SHA256()))
    return {
        "x-twilio-email-event-webhook-signature": b64encode(signature).decode(),
        "x-twilio-email-event-webhook-timestamp": timestamp,
    }, content


def _brevo(event: str) -> Callable[[Sent, str], Json]:
    def build(sent: Sent, id: str) -> Json:
        found = {"event": event, "email": sent.recipient, "message-id": "<20@smtp-relay.example>", "id": 26224}
        found["X-Mailin-custom"] = sent.message_id
        return found | {"ts_epoch": HAPPENED * 1000 + int(id), "date": "2026-11-29 11:00:00", "reason": HARD_REPLY}

    return build


def _no_signature(body: Any, _: float) -> tuple[Headers, bytes]:
    return {}, json.dumps(body).encode()


def _resend(kind: str, **fields: object) -> Callable[[Sent, str], Json]:
    def build(sent: Sent, id: str) -> Json:
        headers = [{"name": "List-Unsubscribe", "value": sent.unsubscribe}]
        data = {"email_id": "56761188-7520-42d8-8898-ff6fc54ce618", "to": [sent.recipient], "headers": headers}
        return {"type": kind, "created_at": "2026-11-30T00:53:20.000Z", "data": data | fields, "_id": id}

    return build


def _standard(kind: str, **fields: object) -> Callable[[Sent, str], Json]:
    def build(sent: Sent, id: str) -> Json:
        data = {"recipient": sent.recipient, "message_id": sent.message_id, **fields}
        return {"type": kind, "timestamp": "2026-11-30T00:53:20Z", "data": data, "_id": id}

    return build


def _sign_standard(prefix: str) -> Callable[[Any, float], tuple[Headers, bytes]]:
    def sign(body: Json, at: float) -> tuple[Headers, bytes]:
        content, id = json.dumps({name: body[name] for name in body if name != "_id"}), f"msg_{body['_id']}"
        signature = Webhook(SIGNING_SECRET).sign(id, datetime.fromtimestamp(int(at), UTC), content)
        other = "v1,bm9uZQ=="
        names = {"id": id, "timestamp": str(int(at)), "signature": f"{other} {signature}"}
        return {f"{prefix}-{name}": value for name, value in names.items()}, content.encode()

    return sign


def _sparkpost(type: str, **fields: object) -> Callable[[Sent, str], list[Json]]:
    def build(sent: Sent, id: str) -> list[Json]:
        event: Json = {"type": type, "event_id": id, "raw_rcpt_to": sent.recipient, "timestamp": str(HAPPENED)}
        event["rcpt_meta"] = {"message-id": sent.message_id}
        event |= {"message_id": "000443ee14578172be22"}
        name = "unsubscribe_event" if type.endswith("unsubscribe") else "message_event"
        return [{"msys": {}}, {"msys": {name: event | fields}}]

    return build


PERMANENT = {"message": "The recipient's email provider sent a hard bounce message.", "type": "Permanent"}
REQUESTS = (
    ProviderRequests("ses", "", _ses_bounce, _ses_complaint, _sign_ses),
    ProviderRequests(
        "postmark",
        SECRET,
        _postmark("Bounce", "HardBounce"),
        _postmark("SpamComplaint", "SpamComplaint"),
        _basic,
        _postmark(
            *("SubscriptionChange", ""), SuppressSending=True, SuppressionReason="ManualSuppression", Origin="Recipient"
        ),
    ),
    ProviderRequests(
        "mailgun",
        SECRET,
        _mailgun("failed", severity="permanent", reason="bounce"),
        _mailgun("complained"),
        sign_mailgun,
        _mailgun("unsubscribed"),
    ),
    ProviderRequests(
        "sendgrid",
        KEYS.sendgrid,
        _sendgrid("bounce", type="bounce", status="5.1.1", reason=HARD_REPLY),
        _sendgrid("spamreport"),
        sign_sendgrid,
        _sendgrid("unsubscribe"),
    ),
    ProviderRequests("brevo", SECRET, _brevo("hard_bounce"), _brevo("spam"), _no_signature, _brevo("unsubscribe")),
    ProviderRequests(
        "resend",
        SIGNING_SECRET,
        _resend("email.bounced", bounce=PERMANENT),
        _resend("email.complained"),
        _sign_standard("svix"),
    ),
    ProviderRequests(
        "sparkpost",
        SECRET,
        _sparkpost("bounce", bounce_class="10", raw_reason=HARD_REPLY),
        _sparkpost("spam_complaint"),
        _basic,
        _sparkpost("list_unsubscribe"),
    ),
    ProviderRequests(
        "standard",
        SIGNING_SECRET,
        _standard("email.bounced", reply=HARD_REPLY),
        _standard("email.complained"),
        _sign_standard("webhook"),
        _standard("email.unsubscribed"),
    ),
)
