"""Mailgun. Its signature covers a time and a token, but not the event, so each token is accepted once.

https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
"""

import hmac
from typing import Any

from newsletter.bounces.providers.json_values import as_message_ids, as_object, as_seconds, as_text, decode
from newsletter.bounces.providers.webhook import (
    Outcome,
    Provider,
    WebhookEvent,
    WebhookRequest,
    require_equal,
    require_recent,
)

_OUTCOMES = {
    "complained": Outcome.COMPLAINED,
    "unsubscribed": Outcome.UNSUBSCRIBED,
    "delivered": Outcome.DELIVERED,
}
# Reasons of a failure for which Mailgun asked no server, because an earlier message failed.
_SUPPRESSED = ("suppress-bounce",)


def _signature(request: WebhookRequest) -> dict[str, Any]:
    return as_object(as_object(decode(request.body)).get("signature"))


def _verify(request: WebhookRequest) -> None:
    signature = _signature(request)
    timestamp, token = as_text(signature.get("timestamp")), as_text(signature.get("token"))
    expected = hmac.digest(request.secret.encode(), f"{timestamp}{token}".encode(), "sha256").hex()
    require_equal(as_text(signature.get("signature")), expected)
    require_recent(as_seconds(timestamp) or 0, request.now)


def _token(request: WebhookRequest) -> str:
    return as_text(_signature(request).get("token"))


def _read(request: WebhookRequest) -> list[WebhookEvent]:
    event = as_object(as_object(decode(request.body)).get("event-data"))
    name, status = as_text(event.get("event")), as_object(event.get("delivery-status"))
    outcome = _OUTCOMES.get(name)
    if name == "failed":
        outcome = Outcome.BOUNCED if event.get("severity") == "permanent" else Outcome.DELAYED
    if outcome is None:
        return []
    code = as_text(status.get("code"))
    reply = as_text(status.get("message")) or as_text(status.get("description"))
    headers = as_object(as_object(event.get("message")).get("headers"))
    return [
        WebhookEvent(
            outcome=outcome,
            recipient=as_text(event.get("recipient")),
            id=as_text(event.get("id")),
            at=as_seconds(event.get("timestamp")),
            message_ids=as_message_ids(headers.get("message-id")),
            status=as_text(status.get("enhanced-code")) or ("5.1.1" if event.get("reason") in _SUPPRESSED else ""),
            # Codes above 600 are Mailgun's own.
            reply=reply if reply.startswith(code) or len(code) != 3 or code > "599" else f"{code} {reply}",
        )
    ]


MAILGUN = Provider("mailgun", _verify, _read, _token)
