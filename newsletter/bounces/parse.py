"""Parse a message that came to the address for bounces, whatever its bytes are.

Of a report (RFC 3464, RFC 5965) only the structured parts count, not its text and not what it quotes.
"""

import re
from collections.abc import Iterator
from email import message_from_string
from email.message import Message
from hashlib import sha256

from newsletter.bounces.auto_replies import auto_reply_form
from newsletter.bounces.bounce import BounceForm, ParsedBounce, RecipientReport
from newsletter.bounces.identifiers import DELIVERED, mailboxes, message_ids, unsubscribe_request, unsubscribe_tokens
from newsletter.bounces.nonstandard import failed_recipients
from newsletter.bounces.report_fields import Fields, blocks, fields_of, first, typed_address, word

# Bytes of a message that are read: a report on 10,000 recipients fits.
LIMIT = 2 * 1024 * 1024
# Characters of a header, and of the text of an unstructured bounce, that are read.
_HEADER, _PROSE = 64 * 1024, 32 * 1024
# Boundary lines and multiparts that are read: far more than any bounce has.
_BOUNDARIES, _DEPTH = 1000, 50
_RETURNED = ("rfc822", "rfc822-headers", "global", "global-headers")
_STATUSES = ("delivery-status", "global-delivery-status")
# RFC 5965, §7.3 and RFC 6650: feedback that is a reader's complaint. `not-spam`, `virus` and reports on DKIM and
# DMARC (`auth-failure`, RFC 6591) are not, or come from machines.
_COMPLAINTS = ("abuse", "fraud", "opt-out", "opt-out-list")
_MESSAGE_TYPE = re.compile(r"^(content-type:\s*)(?:message/|text/(?=rfc822-headers))", re.IGNORECASE | re.MULTILINE)
_ENCLOSED = "application/x-enclosed-"
# Lines have 998 characters at most (RFC 5322, §2.1.1); the parser's time for parameters grows with their square.
_LONG = re.compile(r"^(.{4000}).+|((?:\n[ \t].*){100})(?:\n[ \t].*)+", re.MULTILINE)
# Fields of a returned header within the text of an unstructured bounce.
_RETURNED_FIELD = re.compile(r"^(?:message-id|list-unsubscribe):.*(?:\n[ \t]+\S.*)*", re.IGNORECASE | re.MULTILINE)


def parse_bounce(content: bytes) -> ParsedBounce:
    """Parse a message. Never raises; bytes after the first `LIMIT` are ignored."""
    content = content[:LIMIT].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    digest = sha256(content).digest()
    text = _LONG.sub(r"\1\2", content.decode("utf-8", "replace"))
    header = fields_of(text[:_HEADER].partition("\n\n")[0])
    message = _parsed(text)
    if message is None:
        return ParsedBounce(BounceForm.OTHER, digest)
    parts = list(_parts(message))
    enclosed = {kind: part for kind, part in reversed(parts) if kind}
    returned = next((_returned(enclosed[kind]) for kind in _RETURNED if kind in enclosed), Fields())
    if "feedback-report" in enclosed:
        return _complaint(digest, header, returned, fields_of(_text(enclosed["feedback-report"])))
    for kind in _STATUSES:
        if kind in enclosed:
            return _parsed_bounce(
                BounceForm.DELIVERY_STATUS, digest, header, returned, tuple(_recipients(_text(enclosed[kind])))
            )
    if tokens := unsubscribe_request(header):
        return ParsedBounce(BounceForm.UNSUBSCRIBE, digest, unsubscribe_tokens=tokens)
    if form := auto_reply_form(header):
        return ParsedBounce(form, digest)
    prose = next((_text(part) for kind, part in parts if not kind), "")[:_PROSE]
    reports = failed_recipients(_parsed(text[:_PROSE]) or message, prose)
    if not reports:
        return ParsedBounce(BounceForm.OTHER, digest)
    if not returned:
        returned = fields_of("\n".join(found[0] for found in _RETURNED_FIELD.finditer(prose)))
    return _parsed_bounce(BounceForm.UNSTRUCTURED, digest, header, returned, reports)


def _parsed(text: str) -> Message | None:
    """Parse a message with enclosed messages left as text, so that nothing nests. Returns None for a damaged one."""
    text = _MESSAGE_TYPE.sub(rf"\1{_ENCLOSED}", text)
    pieces = text.split("\n--", _BOUNDARIES)
    if len(pieces) > _BOUNDARIES:
        text = "\n--".join(pieces[:_BOUNDARIES])
    if len(re.findall(r"^content-type:\s*multipart/", text, re.IGNORECASE | re.MULTILINE)) > _DEPTH:
        return None
    try:
        return message_from_string(text)
    except Exception:  # noqa: BLE001 (the parser raises what its codecs raise for invalid parameters)
        return None


def _parts(message: Message) -> Iterator[tuple[str, Message]]:
    """Yield the parts without sub-parts, each with its enclosed type: `rfc822`, `delivery-status` or ""."""
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


def _returned(part: Message) -> Fields:
    """Return the header of the returned message."""
    return fields_of(_text(part)[:_HEADER].lstrip("\n").partition("\n\n")[0])


def _recipients(text: str) -> Iterator[RecipientReport]:
    """Yield the recipients of a delivery status: one for each block that names one (RFC 3464, §2.3)."""
    for block in blocks(text):
        named = (typed_address(first(block, name)) for name in ("final-recipient", "original-recipient"))
        if addresses := tuple(dict.fromkeys(filter(None, named))):
            diagnostic = first(block, "diagnostic-code")
            yield RecipientReport(addresses, word(block, "action"), word(block, "status"), diagnostic)


def _complaint(digest: bytes, header: Fields, returned: Fields, report: Fields) -> ParsedBounce:
    """Read a feedback report; it may name recipients (RFC 5965, §3.2)."""
    kind = word(report, "feedback-type")
    form = BounceForm.COMPLAINT if kind in _COMPLAINTS else BounceForm.FEEDBACK
    named = mailboxes(report, ("original-rcpt-to", "removal-recipient"))
    recipients = (RecipientReport(named, "", "", kind),) if named else ()
    return _parsed_bounce(
        form, digest, header | {"x-original-mail-from": report.get("original-mail-from", [])}, returned, recipients
    )


def _parsed_bounce(
    form: BounceForm, digest: bytes, header: Fields, returned: Fields, recipients: tuple[RecipientReport, ...]
) -> ParsedBounce:
    paths = (*mailboxes(header, (*DELIVERED, "x-original-mail-from")), *mailboxes(returned, ("return-path",)))
    return ParsedBounce(
        form,
        digest,
        recipients,
        paths,
        unsubscribe_tokens(returned),
        message_ids(returned),
        mailboxes(returned, ("to",)),
    )
