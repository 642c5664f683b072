"""Detect automatic mail that is not a bounce: out-of-office replies, and challenges to confirm a message."""

import re

from newsletter.bounces.bounce import BounceForm
from newsletter.bounces.report_fields import Fields, first_keyword, first_value

_CHALLENGE_HEADERS = (
    "x-tmda-fingerprint",
    "x-tmda-confirm",
    "x-boxbe-message-id",
    "x-spamarrest-noauth",
    "x-challenge",
)
_CHALLENGER = re.compile(r"@(?:[\w-]+\.)*(?:boxbe\.com|spamarrest\.com|mailblocks\.com|sendio\.com|bluebottle\.com)\b")
_CHALLENGE = re.compile(
    r"(?:confirm|verify|approve|authenticat\w+) (?:that )?(?:your|you|delivery|the) ?"
    r"(?:e-?mail|message|are|sent|identity|sender|delivery)|requires? (?:your )?(?:confirmation|verification)"
    r"|sender (?:verification|confirmation)|challenge[ /-]response|to complete verification",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"out of (?:the )?office|^auto\s*:|automatic(?:ally generated)? reply|auto(?:matic)?[ -]?(?:reply|response|antwort)"
    r"|autoreply|(?:on|away on) (?:vacation|holiday|leave)|vacation reply|abwesen|absence|réponse automatique"
    r"|respuesta automática|risposta automatica|fuera de la oficina|自動返信|自动回复|自動回覆|不在",
    re.IGNORECASE,
)
_REPLY_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-vacation")


def detect_auto_reply(header: Fields) -> BounceForm | None:
    """Detect an automatic reply (RFC 3834) by the header of the message. Quoted messages are ignored.

    Call it only for messages that are not from a mail system. Those are bounces, even if they are marked as automatic.

    Returns:
        `AUTO_REPLY` or `CHALLENGE`, or None if the message is neither.
    """
    subject = first_value(header, "subject")
    if any(name in header for name in _CHALLENGE_HEADERS) or _CHALLENGER.search(first_value(header, "from").lower()):
        return BounceForm.CHALLENGE
    submitted = first_keyword(header, "auto-submitted")
    answers = (
        submitted.startswith("auto-")
        or first_keyword(header, "precedence") in ("auto_reply", "auto-reply")
        or any(name in header for name in _REPLY_HEADERS)
    )
    if _CHALLENGE.search(subject):
        return BounceForm.CHALLENGE
    return BounceForm.AUTO_REPLY if answers or _AWAY.search(subject) else None
