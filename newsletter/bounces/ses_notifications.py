"""Parse notifications of Amazon SES, which Amazon SNS sends by mail as JSON.

Their structure: https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from newsletter.bounces.bounce import BounceForm, RecipientReport
from newsletter.bounces.providers.json_values import as_object
from newsletter.bounces.report_fields import Fields, first_value
from newsletter.mail.headers import header_text

_SENDER = re.compile(
    r"@(?:[\w-]+\.)*(?:amazonaws|amazonses)\.com\b|\bAWS Notifications?\b|\bAmazon SES\b", re.IGNORECASE
)
_MAX_RECIPIENTS, _MAX_LENGTH = 20, 1000
# Bounces without a status: these have none where SES itself knows the address.
_STATUS = {"Permanent": "5.1.1", "Transient": "4.0.0"}


@dataclass(frozen=True, slots=True)
class SesNotification:
    """A notification: its form, its recipients, and the header of the sent message, if SES includes it."""

    form: BounceForm
    recipients: tuple[RecipientReport, ...]
    returned: Fields


def parse_ses_notification(header: Fields, text: str) -> SesNotification | None:
    """Parse a notification. Returns None if the message is not one."""
    begin = text.find("{")
    if begin < 0 or not (_SENDER.search(first_value(header, "from")) or '"notificationType"' in text):
        return None
    event = _decode(text[begin:])
    if isinstance(event.get("Message"), str):
        event = _decode(event["Message"])
    kind = event.get("notificationType", event.get("eventType"))
    detail, mail = as_object(event.get("bounce")), as_object(event.get("mail"))
    if kind == "Complaint":
        named = tuple(_addresses(as_object(event.get("complaint")).get("complainedRecipients")))
        return SesNotification(BounceForm.COMPLAINT, (RecipientReport(named, "", "", "complaint"),), _fields(mail))
    if kind != "Bounce":
        return None
    reports = tuple(_reports(detail.get("bouncedRecipients"), str(detail.get("bounceType"))))
    return SesNotification(BounceForm.DELIVERY_STATUS, reports, _fields(mail))


def _decode(text: str) -> dict[str, Any]:
    try:
        return as_object(json.JSONDecoder(strict=False).raw_decode(text)[0])
    except (ValueError, RecursionError):
        return {}


def _reports(recipients: object, kind: str) -> "list[RecipientReport]":
    reports = []
    for one in map(as_object, recipients[:_MAX_RECIPIENTS] if isinstance(recipients, list) else ()):
        status, reply = str(one.get("status") or _STATUS.get(kind, "")), str(one.get("diagnosticCode") or "")
        named = tuple(_addresses([one]))
        reports.append(RecipientReport(named, str(one.get("action") or "failed").lower(), status, _line(reply)))
    return reports


def _addresses(recipients: object) -> "list[str]":
    found = (as_object(one).get("emailAddress") for one in recipients) if isinstance(recipients, list) else ()
    return [_line(address) for address in found if isinstance(address, str)][:_MAX_RECIPIENTS]


def _fields(mail: dict[str, Any]) -> Fields:
    """Return the header of the sent message."""
    fields: Fields = {}
    headers = mail.get("headers")
    for one in map(as_object, headers if isinstance(headers, list) else ()):
        fields.setdefault(str(one.get("name")).lower(), []).append(header_text(str(one.get("value"))))
    return fields


def _line(text: str) -> str:
    return header_text(text)[:_MAX_LENGTH]
