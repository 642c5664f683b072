"""Postmark. It signs nothing; the password is in the URL of the webhook, as basic authentication.

https://postmarkapp.com/developer/webhooks/bounce-webhook and the pages beside it.
"""

from newsletter.bounces.providers.json_values import as_message_ids, as_object, as_seconds, as_text, decode
from newsletter.bounces.providers.webhook import Outcome, Provider, WebhookEvent, WebhookRequest, require_password
from newsletter.mail.provider_fields import MESSAGE_ID_KEY

_OUTCOMES = {
    "Bounce": Outcome.BOUNCED,
    "SpamComplaint": Outcome.COMPLAINED,
    "Delivery": Outcome.DELIVERED,
    "SubscriptionChange": Outcome.UNSUBSCRIBED,
}
# What a bounce of a type means. The types that are absent say nothing about the recipient: their reply decides.
_TYPES = {
    "SpamComplaint": Outcome.COMPLAINED,
    "SpamNotification": Outcome.COMPLAINED,
    "Unsubscribe": Outcome.UNSUBSCRIBED,
    **dict.fromkeys(("Transient", "DnsError"), Outcome.DELAYED),
    **dict.fromkeys(("AutoResponder", "AddressChange", "ChallengeVerification", "Subscribe"), Outcome.DELIVERED),
}
_STATUS = {"HardBounce": "5.1.1", "BadEmailAddress": "5.1.3", "SoftBounce": "4.0.0", "Blocked": "5.7.1"}


def _read(request: WebhookRequest) -> list[WebhookEvent]:
    event = as_object(decode(request.body))
    kind, type = as_text(event.get("RecordType")), as_text(event.get("Type"))
    outcome = _TYPES.get(type, _OUTCOMES.get(kind)) if kind == "Bounce" else _OUTCOMES.get(kind)
    if outcome is None:
        return []
    # A change may also end a suppression, or repeat a bounce that has an event of its own.
    by_recipient = event.get("SuppressSending") is True and event.get("SuppressionReason") == "ManualSuppression"
    if kind == "SubscriptionChange" and not (by_recipient and event.get("Origin") == "Recipient"):
        return []
    provider_id = as_text(event.get("MessageID"))
    times = (event.get(name) for name in ("BouncedAt", "ChangedAt", "DeliveredAt"))
    at = next((as_seconds(time) for time in times if time), None)
    return [
        WebhookEvent(
            outcome=outcome,
            recipient=as_text(event.get("Email") or event.get("Recipient")),
            id=as_text(event.get("ID")) or f"{kind} {provider_id} {at}",
            at=at,
            message_ids=as_message_ids(as_object(event.get("Metadata")).get(MESSAGE_ID_KEY)),
            provider_ids=(provider_id,) if provider_id else (),
            status=_STATUS.get(type, ""),
            reply=as_text(event.get("Details")),
        )
    ]


POSTMARK = Provider("postmark", require_password, _read)
