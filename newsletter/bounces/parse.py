"""Parse a message that was sent to the bounce address. Any bytes are accepted.

Of a report (RFC 3464, RFC 5965), only the structured parts are read, not its text and not quoted messages.
"""

import re
from collections.abc import Iterator
from email import message_from_string
from email.message import Message
from hashlib import sha256

from newsletter.bounces.auto_replies import detect_auto_reply
from newsletter.bounces.bounce import BounceForm, ParsedBounce, RecipientReport
from newsletter.bounces.identifiers import (
    DELIVERED,
    find_addresses,
    find_message_ids,
    find_request_tokens,
    find_unsubscribe_tokens,
)
from newsletter.bounces.nonstandard import find_failed_recipients
from newsletter.bounces.report_fields import (
    Fields,
    first_keyword,
    first_value,
    parse_fields,
    parse_typed_address,
    split_blocks,
)

# The bytes of a message that are read, enough for a report on 10,000 recipients.
LIMIT = 2 * 1024 * 1024
# The characters that are read of a header, and of the text of a nonstandard bounce.
_MAX_HEADER, _MAX_TEXT = 64 * 1024, 32 * 1024
# Limits of boundary lines and multiparts, far above those of any bounce.
_MAX_BOUNDARIES, _MAX_MULTIPARTS = 1000, 50
_RETURNED = ("rfc822", "rfc822-headers", "global", "global-headers")
_STATUSES = ("delivery-status", "global-delivery-status")
# RFC 5965, §7.3 and RFC 6650: the feedback types that are complaints of a recipient. `not-spam`, `virus` and reports on
# DKIM and DMARC (`auth-failure`, RFC 6591) are not complaints, or are sent by machines.
_COMPLAINTS = ("abuse", "fraud", "opt-out", "opt-out-list")
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
    header = parse_fields(text[:_MAX_HEADER].partition("\n\n")[0])
    message = _parse_flat(text)
    if message is None:
        return ParsedBounce(BounceForm.OTHER, digest)
    parts = list(_parts(message))
    enclosed = {kind: part for kind, part in reversed(parts) if kind}
    returned = next((_returned_fields(enclosed[kind]) for kind in _RETURNED if kind in enclosed), Fields())
    if "feedback-report" in enclosed:
        return _parse_feedback(digest, header, returned, parse_fields(_text(enclosed["feedback-report"])))
    for kind in _STATUSES:
        if kind in enclosed:
            return _build_bounce(
                BounceForm.DELIVERY_STATUS, digest, header, returned, tuple(_parse_recipients(_text(enclosed[kind])))
            )
    if tokens := find_request_tokens(header):
        return ParsedBounce(BounceForm.UNSUBSCRIBE, digest, unsubscribe_tokens=tokens)
    if form := detect_auto_reply(header):
        return ParsedBounce(form, digest)
    body = next((_text(part) for kind, part in parts if not kind), "")[:_MAX_TEXT]
    reports = find_failed_recipients(_parse_flat(text[:_MAX_TEXT]) or message, body)
    if not reports:
        return ParsedBounce(BounceForm.OTHER, digest)
    if not returned:
        returned = parse_fields("\n".join(found[0] for found in _RETURNED_FIELD.finditer(body)))
    return _build_bounce(BounceForm.UNSTRUCTURED, digest, header, returned, reports)


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


def _text(part: Message) -> str:
    """Return the decoded text of a part."""
    if str(part.get("content-transfer-encoding", "")).strip().lower() in ("base64", "quoted-printable"):
        decoded = part.get_payload(decode=True)
        return decoded.decode("utf-8", "replace").replace("\r\n", "\n") if isinstance(decoded, bytes) else ""
    payload = part.get_payload()
    return payload if isinstance(payload, str) else ""


def _returned_fields(part: Message) -> Fields:
    """Return the header of the returned message."""
    return parse_fields(_text(part)[:_MAX_HEADER].lstrip("\n").partition("\n\n")[0])


def _parse_recipients(text: str) -> Iterator[RecipientReport]:
    """Yield the recipients of a delivery status, one for each block with a recipient (RFC 3464, §2.3)."""
    for block in split_blocks(text):
        named = (parse_typed_address(first_value(block, name)) for name in ("final-recipient", "original-recipient"))
        if addresses := tuple(dict.fromkeys(filter(None, named))):
            diagnostic = first_value(block, "diagnostic-code")
            yield RecipientReport(addresses, first_keyword(block, "action"), first_keyword(block, "status"), diagnostic)


def _parse_feedback(digest: bytes, header: Fields, returned: Fields, report: Fields) -> ParsedBounce:
    """Parse a feedback report, which may contain recipients (RFC 5965, §3.2)."""
    kind = first_keyword(report, "feedback-type")
    form = BounceForm.COMPLAINT if kind in _COMPLAINTS else BounceForm.FEEDBACK
    named = find_addresses(report, ("original-rcpt-to", "removal-recipient"))
    recipients = (RecipientReport(named, "", "", kind),) if named else ()
    return _build_bounce(
        form, digest, header | {"x-original-mail-from": report.get("original-mail-from", [])}, returned, recipients
    )


def _build_bounce(
    form: BounceForm, digest: bytes, header: Fields, returned: Fields, recipients: tuple[RecipientReport, ...]
) -> ParsedBounce:
    paths = (*find_addresses(header, (*DELIVERED, "x-original-mail-from")), *find_addresses(returned, ("return-path",)))
    return ParsedBounce(
        form,
        digest,
        recipients,
        paths,
        find_unsubscribe_tokens(returned),
        find_message_ids(returned),
        find_addresses(returned, ("to",)),
    )
