"""Describes the history of a subscriber as an object for JSON."""

from typing import Any

from newsletter.ledger.history import SubscriberHistory
from newsletter.subscribers.subscriber_object import subscriber_object
from newsletter.text.timestamps import timestamp


def history_object(history: SubscriberHistory) -> dict[str, Any]:
    """Return everything stored about an address as an object for JSON. Times are in ISO 8601, or None."""
    suppression = history.suppression
    return {
        "subscriber": subscriber_object(history.subscriber) if history.subscriber else None,
        "suppression": {"reason": suppression.reason.value, "since": timestamp(suppression.since)}
        if suppression
        else None,
        "events": [
            {"kind": event.kind.value, "at": timestamp(event.at), "detail": event.detail, "campaign": event.campaign_id}
            for event in history.events
        ],
        "deliveries": [
            {
                "campaign": sent.campaign_id,
                "issue": sent.slug,
                "state": sent.state.value,
                "attempts": sent.attempts,
                "at": timestamp(sent.at) if sent.at else None,
                "code": sent.code,
                "enhanced": sent.enhanced,
                "text": sent.text,
                "message_id": sent.message_id,
            }
            for sent in history.deliveries
        ],
        "transactional_mail": [
            {
                "kind": mail.kind.value,
                "language": mail.language,
                "state": mail.state.value,
                "requested_at": timestamp(mail.requested_at),
                "sent_at": timestamp(mail.sent_at) if mail.sent_at else None,
                "attempts": mail.attempts,
                "last_error": mail.last_error,
            }
            for mail in history.transactional_mail
        ],
        "unrecognised_mail": [
            {"at": timestamp(mail.received_at), "sender": mail.sender, "subject": mail.subject, "text": mail.text}
            for mail in history.unrecognised_mail
        ],
    }
