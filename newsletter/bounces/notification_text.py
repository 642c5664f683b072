"""The text of a notification, which a mail system writes for people: decoded, and without the returned message."""

import html
import re
from collections.abc import Iterable
from email.message import Message

# The characters of a text that are read.
MAX_TEXT = 32 * 1024
_TAG = re.compile(r"<(?:br|/p|/div|/tr|/h\d|/li)\b[^<>]{0,300}>", re.IGNORECASE)
_MARKUP = re.compile(
    r"<(?:style|script)\b.{0,5000}?</(?:style|script)\s*>|<[a-z/!][^<>]{0,2000}>", re.IGNORECASE | re.DOTALL
)
_LINE = r"^[ \t>*=_#|.+-]{0,80}"
# Lines before the returned message. `The original message was received at …` (Sendmail) is not one.
_DIVIDER = re.compile(
    rf"{_LINE}(?:"
    r"below this line\b"
    r"|(?:this is |below is |here is )?(?:a )?copy of (?:the|your)\b"
    r"|begin forwarded message|forwarded message\b"
    r"|(?:the |your )?(?:original|returned|unsent|undelivered|undeliverable|rejected|failed|bounced)"
    r" (?:message|mail|e-?mail|header|text)s?(?: headers?| text| body)?"
    r"[ \t]*(?:(?:(?:is|are|was) )?(?:follow|below|attached|included|appended)[^\n]{0,80}|[-:=_*.# \t]*)$"
    r"|(?:the )?(?:message|mail) (?:header|text|content)s?(?: from the original message)? (?:follow|below)"
    r"|(?:the |your )?message (?:follows|was)[ \t]*[:.][ \t]*$"
    r"|start of (?:the )?(?:returned|original|your) message"
    r"|received: (?:from|by) |return-path: ?<"
    r")",
    re.IGNORECASE | re.MULTILINE,
)


def decode_text(part: Message) -> str:
    """Return the text of a part, decoded by its transfer encoding and charset as far as possible."""
    payload = part.get_payload()
    if not isinstance(payload, str):
        return ""
    charset = str(part.get_param("charset", "") or "").strip("\"' ").lower()
    if str(part.get("content-transfer-encoding", "")).strip().lower() in ("base64", "quoted-printable"):
        decoded = part.get_payload(decode=True)
        content = decoded if isinstance(decoded, bytes) else b""
        return _decode(content, charset).replace("\r\n", "\n")
    # The message was read as UTF-8. Only charsets that write ASCII bytes can still be decoded.
    return _decode(payload.encode(), charset) if charset.startswith("iso-2022") else payload


def notification_text(parts: Iterable[Message]) -> str:
    """Return the text of the first text part, in plain text if possible, up to the returned message.

    Args:
        parts: The parts of the message that are not enclosed messages.
    """
    texts = [part for part in parts if part.get_content_maintype() == "text"]
    plain = next((part for part in texts if part.get_content_subtype() != "html"), None)
    if plain is not None and (text := decode_text(plain)[:MAX_TEXT]).strip():
        return cut_returned_message(text)
    return cut_returned_message(_strip_markup(decode_text(texts[0])[:MAX_TEXT])) if texts else ""


def cut_returned_message(text: str) -> str:
    """Return a text up to the line that announces the returned message."""
    for found in _DIVIDER.finditer(text):
        if before := text[: found.start()].rstrip():
            return before
    return text


def _strip_markup(text: str) -> str:
    return html.unescape(_MARKUP.sub("", _TAG.sub("\n", text)))


def _decode(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset or "utf-8", "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")
