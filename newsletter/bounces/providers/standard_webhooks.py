"""Standard Webhooks, for providers and programs of your own: docs/webhooks.md has the format of the events.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from datetime import UTC, datetime
from functools import partial

from newsletter.bounces.providers.json_values import as_message_ids, as_object, as_seconds, as_text, decode
from newsletter.bounces.providers.webhook import (
    ForgedRequestError,
    MalformedRequestError,
    Outcome,
    Provider,
    WebhookEvent,
    WebhookRequest,
    require_equal,
    require_recent,
)

# Seconds. The time is that of the attempt, so that a repeated request has a new one.
_MAX_AGE = 300


def verify_standard(request: WebhookRequest, prefix: str = "webhook") -> None:
    """Check the signature, whose header fields begin with a prefix.

    Raises:
        ForgedRequestError: It is not valid, or too old.
    """
    from standardwebhooks import Webhook

    id, timestamp, signatures = (
        request.headers.get(f"{prefix}-{name}", "") for name in ("id", "timestamp", "signature")
    )
    at = as_seconds(timestamp)
    if not id or at is None:
        raise ForgedRequestError("the request is not signed")
    require_recent(at, request.now, _MAX_AGE)
    try:
        # The library's `verify` compares with the clock of the system.
        expected = Webhook(request.secret).sign(id, datetime.fromtimestamp(at, UTC), request.body.decode())
    except ValueError as error:
        raise ForgedRequestError("the request is not valid UTF-8") from error
    require_equal(expected if expected in signatures.split() else "", expected)


def _read(request: WebhookRequest) -> list[WebhookEvent]:
    """Read the event. One of another type is left out, since a program may send all of its events.

    Raises:
        MalformedRequestError: It is not an event of Standard Webhooks.
    """
    event = as_object(decode(request.body))
    type = as_text(event.get("type"))
    if not type:
        raise MalformedRequestError("the body has no `type`")
    outcome = type.removeprefix("email.")
    if outcome not in set(Outcome):
        return []
    data = as_object(event.get("data"))
    return [
        WebhookEvent(
            outcome=Outcome(outcome),
            recipient=as_text(data.get("recipient")),
            id=request.headers["webhook-id"],
            at=as_seconds(event.get("timestamp")),
            message_ids=as_message_ids(data.get("message_id")),
            status=as_text(data.get("status")),
            reply=as_text(data.get("reply")),
        )
    ]


STANDARD_WEBHOOKS = Provider("standard", partial(verify_standard, prefix="webhook"), _read)
