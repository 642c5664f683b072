"""Twilio SendGrid. It signs a time and the body with ECDSA; the secret of the webhook is the public key.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
"""

from base64 import b64decode
from binascii import Error as Base64Error

from newsletter.bounces.providers.json_values import as_list, as_message_ids, as_object, as_seconds, as_text, decode
from newsletter.bounces.providers.webhook import (
    ForgedRequestError,
    Outcome,
    Provider,
    WebhookEvent,
    WebhookRequest,
    require_recent,
)

_SIGNATURE, _TIMESTAMP = "x-twilio-email-event-webhook-signature", "x-twilio-email-event-webhook-timestamp"
_OUTCOMES = {
    # A dropped message was not sent, because its recipient is on a suppression list.
    **dict.fromkeys(("bounce", "dropped"), Outcome.BOUNCED),
    "deferred": Outcome.DELAYED,
    "delivered": Outcome.DELIVERED,
    "spamreport": Outcome.COMPLAINED,
    **dict.fromkeys(("unsubscribe", "group_unsubscribe"), Outcome.UNSUBSCRIBED),
}
_DROPPED = {"Bounced Address": "5.1.1", "Invalid": "5.1.3"}


def _verify(request: WebhookRequest) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    timestamp = request.headers.get(_TIMESTAMP, "")
    try:
        key = load_der_public_key(b64decode(request.secret))
        if not isinstance(key, EllipticCurvePublicKey):
            raise ForgedRequestError("the secret of the webhook is not an ECDSA key")
        signature = b64decode(request.headers.get(_SIGNATURE, ""), validate=True)
        key.verify(signature, timestamp.encode() + request.body, ECDSA(SHA256()))
    except (Base64Error, InvalidSignature, ValueError) as error:
        raise ForgedRequestError("the request is not signed with the key of the webhook") from error
    require_recent(as_seconds(timestamp) or 0, request.now)


def _read(request: WebhookRequest) -> list[WebhookEvent]:
    events = []
    for event in map(as_object, as_list(decode(request.body))):
        name, reason = as_text(event.get("event")), as_text(event.get("reason"))
        if name not in _OUTCOMES:
            continue
        blocked = name == "bounce" and event.get("type") == "blocked"
        # The provider's id of a message continues with the name of a machine.
        provider_id = as_text(event.get("sg_message_id")).partition(".")[0]
        events.append(
            WebhookEvent(
                outcome=Outcome.BOUNCED if blocked else _OUTCOMES[name],
                recipient=as_text(event.get("email")),
                id=as_text(event.get("sg_event_id")),
                at=as_seconds(event.get("timestamp")),
                message_ids=as_message_ids(event.get("smtp-id")),
                provider_ids=(provider_id,) if provider_id else (),
                status=as_text(event.get("status")) or _dropped_status(name, reason),
                reply=reason or as_text(event.get("response")),
            )
        )
    return events


def _dropped_status(name: str, reason: str) -> str:
    """Return a status for a message that was not sent. Other reasons say nothing about the address."""
    return _DROPPED.get(reason, "5.7.0") if name == "dropped" else ""


SENDGRID = Provider("sendgrid", _verify, _read)
