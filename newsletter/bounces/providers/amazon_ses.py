"""Amazon SES, whose events come through a topic of Amazon SNS.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

import logging
from typing import Any

from newsletter.bounces.identifiers import find_message_ids, find_unsubscribe_tokens
from newsletter.bounces.providers.json_values import as_header, as_list, as_object, as_seconds, as_text, decode
from newsletter.bounces.providers.sns_message import read_sns_message, require_amazon_url, verify_sns_message
from newsletter.bounces.providers.webhook import Outcome, Provider, WebhookEvent, WebhookRequest

_LOGGER = logging.getLogger(__name__)
# The object of each event, the list of its recipients, and what it reports.
_EVENTS = {
    "Bounce": ("bounce", "bouncedRecipients", Outcome.BOUNCED),
    "Complaint": ("complaint", "complainedRecipients", Outcome.COMPLAINED),
    "Delivery": ("delivery", "recipients", Outcome.DELIVERED),
    "DeliveryDelay": ("deliveryDelay", "delayedRecipients", Outcome.DELAYED),
}
# A bounce without a status: SES knows that the address does not exist, or has it on a suppression list.
_STATUS = {"Permanent": "5.1.1"}


def _read(request: WebhookRequest) -> list[WebhookEvent]:
    message = read_sns_message(request)
    if message.get("Type") == "SubscriptionConfirmation":
        # The topic is the one in the settings, or `verify` would have failed.
        request.fetch(require_amazon_url(as_text(message.get("SubscribeURL"))))
        _LOGGER.info("webhook subscribed", extra={"fields": {"provider": "ses"}})
        return []
    if message.get("Type") != "Notification":
        return []
    event = as_object(decode(message["Message"])) if isinstance(message.get("Message"), str) else {}
    return _events(event, as_text(message.get("MessageId")))


def _events(event: dict[str, Any], id: str) -> list[WebhookEvent]:
    """Return an event for each recipient: SES may join them."""
    name = event.get("eventType", event.get("notificationType"))
    if not isinstance(name, str) or name not in _EVENTS:
        return []
    key, list_name, outcome = _EVENTS[name]
    detail, mail = as_object(event.get(key)), as_object(event.get("mail"))
    fields = as_header(mail.get("headers"))
    provider_id = as_text(mail.get("messageId"))
    return [
        WebhookEvent(
            outcome=outcome,
            recipient=as_text(one.get("emailAddress")),
            # The id of the feedback is the same if SES publishes it to two topics.
            id=as_text(detail.get("feedbackId")) or id,
            at=as_seconds(detail.get("timestamp")),
            message_ids=find_message_ids(fields),
            provider_ids=(provider_id,) if provider_id else (),
            tokens=find_unsubscribe_tokens(fields),
            status=as_text(one.get("status")) or _STATUS.get(as_text(detail.get("bounceType")), ""),
            reply=as_text(one.get("diagnosticCode")),
        )
        for one in _recipients(detail.get(list_name))
    ]


def _recipients(found: object) -> list[dict[str, Any]]:
    """Return the recipients of an event. Those of a delivery are addresses, the others are objects."""
    return [{"emailAddress": one} if isinstance(one, str) else as_object(one) for one in as_list(found)]


AMAZON_SES = Provider("ses", verify_sns_message, _read)
