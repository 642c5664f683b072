"""Brevo. It proves nothing and gives its events no id, so the secret is a part of the path.

https://developers.brevo.com/docs/transactional-webhooks
"""

from newsletter.bounces.providers.json_values import as_list, as_message_ids, as_object, as_seconds, as_text, decode
from newsletter.bounces.providers.webhook import Outcome, Provider, WebhookEvent, WebhookRequest

_OUTCOMES = {
    **dict.fromkeys(("hard_bounce", "soft_bounce", "blocked", "invalid_email", "error"), Outcome.BOUNCED),
    "deferred": Outcome.DELAYED,
    "delivered": Outcome.DELIVERED,
    "spam": Outcome.COMPLAINED,
    **dict.fromkeys(("unsubscribe", "unsubscribed"), Outcome.UNSUBSCRIBED),
}
# `blocked` and `error` are decisions of Brevo, which say nothing about the address.
_STATUS = {
    "hard_bounce": "5.1.1",
    "invalid_email": "5.1.3",
    "soft_bounce": "4.0.0",
    "blocked": "5.7.0",
    "error": "5.3.0",
}


def _verify(_: WebhookRequest) -> None:
    """Accept any request: its path has the secret."""


def _read(request: WebhookRequest) -> list[WebhookEvent]:
    body = decode(request.body)
    events = []
    # Webhooks with batches have a list.
    for event in map(as_object, as_list(body) or [body]):
        name, message_id = as_text(event.get("event")), as_text(event.get("message-id"))
        if name not in _OUTCOMES:
            continue
        # `ts_epoch` is in milliseconds; the other times are in the zone of the account.
        milliseconds = event.get("ts_epoch")
        at = as_seconds(milliseconds // 1000 if isinstance(milliseconds, int) else None)
        events.append(
            WebhookEvent(
                outcome=_OUTCOMES[name],
                recipient=as_text(event.get("email")),
                id=f"{name} {message_id} {as_text(milliseconds) or as_text(event.get('date'))}",
                at=at,
                message_ids=as_message_ids(event.get("X-Mailin-custom")) + as_message_ids(message_id),
                status=_STATUS.get(name, ""),
                reply=as_text(event.get("reason")),
            )
        )
    return events


BREVO = Provider("brevo", _verify, _read, secret_in_path=True)
