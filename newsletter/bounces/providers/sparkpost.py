"""SparkPost (Bird). It signs nothing; the webhook has basic authentication.

https://developers.sparkpost.com/api/webhooks/ and https://support.sparkpost.com/docs/deliverability/bounce-classification-codes
"""

from newsletter.bounces.providers.json_values import as_list, as_message_ids, as_object, as_seconds, as_text, decode
from newsletter.bounces.providers.webhook import Outcome, Provider, WebhookEvent, WebhookRequest, require_password
from newsletter.mail.provider_fields import MESSAGE_ID_KEY

_OUTCOMES = {
    **dict.fromkeys(("bounce", "out_of_band", "policy_rejection"), Outcome.BOUNCED),
    "delay": Outcome.DELAYED,
    "delivery": Outcome.DELIVERED,
    "spam_complaint": Outcome.COMPLAINED,
    **dict.fromkeys(("list_unsubscribe", "link_unsubscribe"), Outcome.UNSUBSCRIBED),
}
# Bounce classes that are no bounces: automatic replies, requests to subscribe, requests to unsubscribe, challenges.
_CLASSES = {
    **dict.fromkeys(("60", "80", "100"), Outcome.DELIVERED),
    "90": Outcome.UNSUBSCRIBED,
}
_STATUS = {"10": "5.1.1", "30": "5.1.1", **dict.fromkeys(("25", "50", "51", "52", "53", "54"), "5.7.1")}


def _read(request: WebhookRequest) -> list[WebhookEvent]:
    events = []
    for item in as_list(decode(request.body)):
        # An item without an event is a test of the URL.
        for event in map(as_object, as_object(as_object(item).get("msys")).values()):
            name, bounce_class = as_text(event.get("type")), as_text(event.get("bounce_class"))
            if name not in _OUTCOMES:
                continue
            ids = (as_text(event.get("message_id")), as_text(event.get("transmission_id")))
            events.append(
                WebhookEvent(
                    outcome=_CLASSES.get(bounce_class, _OUTCOMES[name]),
                    recipient=as_text(event.get("raw_rcpt_to")) or as_text(event.get("rcpt_to")),
                    id=as_text(event.get("event_id")),
                    at=as_seconds(event.get("timestamp")),
                    message_ids=as_message_ids(as_object(event.get("rcpt_meta")).get(MESSAGE_ID_KEY)),
                    provider_ids=tuple(filter(None, ids)),
                    status=_STATUS.get(bounce_class, "5.7.0" if name == "policy_rejection" else ""),
                    reply=as_text(event.get("raw_reason")) or as_text(event.get("reason")),
                )
            )
    return events


SPARKPOST = Provider("sparkpost", require_password, _read)
