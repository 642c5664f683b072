"""Parse a message that was sent to the bounce address. Any bytes are accepted.

Of a report (RFC 3464, RFC 5965), the structured parts count, and its text only where they state no cause. Quoted
messages are not read.
"""

import re
from collections.abc import Iterator
from email import message_from_string
from email.message import Message
from hashlib import sha256

from newsletter.bounces.auto_replies import detect_auto_reply
from newsletter.bounces.bounce import BounceForm, ParsedBounce, RecipientReport
from newsletter.bounces.complaints import RECIPIENTS, is_complaint, is_forwarded_complaint
from newsletter.bounces.delivery_status import parse_recipients
from newsletter.bounces.identifiers import (
    DELIVERED,
    find_addresses,
    find_body_tokens,
    find_message_ids,
    find_request_tokens,
    find_unsubscribe_tokens,
)
from newsletter.bounces.mail_system import has_null_sender, is_failure_notice, is_letter
from newsletter.bounces.nonstandard import read_notification
from newsletter.bounces.notification_text import MAX_TEXT, decode_text, notification_text
from newsletter.bounces.report_fields import Fields, decode_words, first_keyword, first_value, parse_fields
from newsletter.bounces.ses_notifications import parse_ses_notification

# The bytes of a message that are read, enough for a report on 10,000 recipients.
LIMIT = 2 * 1024 * 1024
# The characters that are read of a header and of a returned message, and that are kept of a text.
_MAX_HEADER, _MAX_KEPT = 64 * 1024, 4 * 1024
# Limits of boundary lines and multiparts, far above those of any bounce.
_MAX_BOUNDARIES, _MAX_MULTIPARTS = 1000, 50
_RETURNED = ("rfc822", "rfc822-headers", "global", "global-headers")
_STATUSES = ("delivery-status", "global-delivery-status")
_MESSAGE_TYPE = re.compile(r"^(content-type:\s*)(?:message/|text/(?=rfc822-headers))", re.IGNORECASE | re.MULTILINE)
_ENCLOSED = "application/x-enclosed-"
# RFC 5322, §2.1.1 limits lines to 998 characters. The parser's time for parameters is quadratic in their length.
_LONG = re.compile(r"^(.{4000}).+|((?:\n[ \t].*){100})(?:\n[ \t].*)+", re.MULTILINE)
# Fields of a returned header within the text of a nonstandard bounce.
_RETURNED_FIELD = re.compile(r"^(?:message-id|list-unsubscribe):.*(?:\n[ \t]+\S.*)*", re.IGNORECASE | re.MULTILINE)


def parse_bounce(content: bytes) -> ParsedBounce:
    """Parse a message. Never raises; bytes after the first `LIMIT` are ignored."""
    content = content[:LIMIT].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    digest = sha256(content).digest()
    text = _LONG.sub(r"\1\2", content.decode("utf-8", "replace"))
    header = decode_words(parse_fields(text[:_MAX_HEADER].partition("\n\n")[0]))
    message = _parse_flat(text)
    if message is None:
        return _build(BounceForm.OTHER, digest, header)
    parts = list(_parts(message))
    enclosed = {kind: part for kind, part in reversed(parts) if kind}
    returned = next((decode_text(enclosed[kind])[:_MAX_HEADER] for kind in _RETURNED if kind in enclosed), "")
    fields = parse_fields(returned.lstrip("\n").partition("\n\n")[0])
    if "feedback-report" in enclosed:
        report = parse_fields(decode_text(enclosed["feedback-report"]))
        form = BounceForm.COMPLAINT if is_complaint(report) else BounceForm.FEEDBACK
        return _build_complaint(form, digest, header, report, fields, returned)
    if returned and is_forwarded_complaint(header, fields):
        return _build_complaint(BounceForm.COMPLAINT, digest, header, fields, fields, returned)
    body = notification_text(part for kind, part in parts if not kind)
    readable = _parse_flat(text[:MAX_TEXT]) or message
    status = next((enclosed[kind] for kind in _STATUSES if kind in enclosed), None)
    if status is not None and not is_letter(header):
        reports = parse_recipients(decode_text(status), body) or read_notification(readable, header, body).reports
        return _build(BounceForm.DELIVERY_STATUS, digest, header, fields, reports)
    if event := parse_ses_notification(header, body):
        return _build(event.form, digest, header, event.returned, event.recipients)
    full = next((decode_text(part) for kind, part in parts if not kind), "")[:MAX_TEXT]
    return _parse_text(digest, header, fields, readable, body, full)


def _parse_text(
    digest: bytes, header: Fields, returned: Fields, message: Message, body: str, full: str
) -> ParsedBounce:
    """Parse a message without a report.

    Args:
        digest: The SHA-256 of the message.
        header: Its header.
        returned: The header of the returned message, if it is enclosed.
        message: The beginning of the message.
        body: Its text, without the returned message.
        full: The first part of its text.
    """
    if tokens := find_request_tokens(header):
        return _build(BounceForm.UNSUBSCRIBE, digest, header, tokens=tokens)
    if not is_failure_notice(header) and (auto_reply := detect_auto_reply(header)):
        return _build(auto_reply, digest, header)
    if is_letter(header):
        return _build(BounceForm.OTHER, digest, header, text=body)
    found = read_notification(message, header, body)
    if not returned:
        returned = parse_fields("\n".join(field[0] for field in _RETURNED_FIELD.finditer(full)))
    if found.recognised:
        return _build(BounceForm.UNSTRUCTURED, digest, header, returned, found.reports)
    # With the null sender, it is a bounce if its return path proves that; see `apply`.
    return _build(
        BounceForm.OTHER, digest, header, returned, found.reports if has_null_sender(header) else (), text=body
    )


def _parse_flat(text: str) -> Message | None:
    """Parse a message, with enclosed messages left as text to avoid nesting. Returns None if it cannot be parsed."""
    text = _MESSAGE_TYPE.sub(rf"\1{_ENCLOSED}", text)
    pieces = text.split("\n--", _MAX_BOUNDARIES)
    if len(pieces) > _MAX_BOUNDARIES:
        text = "\n--".join(pieces[:_MAX_BOUNDARIES])
    if len(re.findall(r"^content-type:\s*multipart/", text, re.IGNORECASE | re.MULTILINE)) > _MAX_MULTIPARTS:
        return None
    try:
        return message_from_string(text)
    except Exception:  # noqa: BLE001 (for invalid parameters, the parser raises any exception of its codecs)
        return None


def _parts(message: Message) -> Iterator[tuple[str, Message]]:
    """Yield the leaf parts, each with its enclosed type, such as `rfc822` or `delivery-status`, or ""."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        payload = part.get_payload()
        if isinstance(payload, list):
            waiting += reversed([each for each in payload if isinstance(each, Message)])
        else:
            kind = part.get_content_type()
            yield kind.removeprefix(_ENCLOSED) if kind.startswith(_ENCLOSED) else "", part


def _build_complaint(
    form: BounceForm, digest: bytes, header: Fields, report: Fields, returned: Fields, text: str
) -> ParsedBounce:
    """Build a feedback report or complaint. Its recipients may be redacted; then the message has their token."""
    kind = first_keyword(report, "feedback-type")
    named = find_addresses(report, RECIPIENTS)
    recipients = (RecipientReport(named, "", "", kind),) if named else ()
    header = header | {"x-original-mail-from": report.get("original-mail-from", [])}
    return _build(form, digest, header, returned, recipients, tokens=find_body_tokens(text))


def _build(
    form: BounceForm,
    digest: bytes,
    header: Fields,
    returned: Fields | None = None,
    recipients: tuple[RecipientReport, ...] = (),
    *,
    tokens: tuple[str, ...] = (),
    text: str = "",
) -> ParsedBounce:
    returned = returned or {}
    paths = (*find_addresses(header, (*DELIVERED, "x-original-mail-from")), *find_addresses(returned, ("return-path",)))
    return ParsedBounce(
        form,
        digest,
        recipients,
        paths,
        tuple(dict.fromkeys((*find_unsubscribe_tokens(returned), *tokens))),
        find_message_ids(returned),
        find_addresses(returned, ("to",)),
        sender=first_value(header, "from"),
        subject=first_value(header, "subject"),
        text=text[:_MAX_KEPT],
    )
