"""Resend, whose webhooks are signed like Standard Webhooks with other names of the header fields (Svix).

https://resend.com/docs/dashboard/webhooks/event-types
"""

from functools import partial

from newsletter.bounces.identifiers import find_message_ids, find_unsubscribe_tokens
from newsletter.bounces.providers.json_values import as_header, as_list, as_object, as_seconds, as_text, decode
from newsletter.bounces.providers.standard_webhooks import verify_standard
from newsletter.bounces.providers.webhook import Outcome, Provider, WebhookEvent, WebhookRequest

_OUTCOMES = {
    "email.bounced": Outcome.BOUNCED,
    "email.complained": Outcome.COMPLAINED,
    "email.delivered": Outcome.DELIVERED,
    "email.delivery_delayed": Outcome.DELAYED,
}
_STATUS = {"Permanent": "5.1.1", "Transient": "4.0.0"}


def _read(request: WebhookRequest) -> list[WebhookEvent]:
    event = as_object(decode(request.body))
    outcome, data = _OUTCOMES.get(as_text(event.get("type"))), as_object(event.get("data"))
    # An event does not name its recipient, but a message of a newsletter has only one.
    recipients = as_list(data.get("to"))
    if outcome is None or len(recipients) != 1:
        return []
    bounce = as_object(data.get("bounce"))
    fields = as_header(data.get("headers"))
    if message_id := as_text(data.get("message_id")):
        fields.setdefault("message-id", []).append(message_id)
    provider_id = as_text(data.get("email_id"))
    return [
        WebhookEvent(
            outcome=outcome,
            recipient=as_text(recipients[0]),
            id=request.headers["svix-id"],
            at=as_seconds(event.get("created_at")),
            message_ids=find_message_ids(fields),
            provider_ids=(provider_id,) if provider_id else (),
            tokens=find_unsubscribe_tokens(fields),
            status=_STATUS.get(as_text(bounce.get("type")), ""),
            reply=as_text(bounce.get("message")),
        )
    ]


RESEND = Provider("resend", partial(verify_standard, prefix="svix"), _read)
