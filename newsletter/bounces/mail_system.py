"""Decide by its header whether a message was written by a mail system or by a person."""

import re

from newsletter.bounces.report_fields import Fields, first_keyword, first_value

_MAILER = re.compile(
    r"mailer.?daemon|post.?master|mail[ _-]?deliver(?:y|er)?|delivery (?:sub)?system|maildaemon|mail[ _-]?system"
    r"|(?:system|mail|e-mail) administrator|microsoft exchange|microsoft outlook|mail[ _-]?router|mail server"
    r"|internet mail|\bmmdf\b|\bsmtp\b|mailmarshal|interscan|messagelabs|\bvirus|imailsrv|bounce|mailrouter|"
    r"administrador del sistema|systemadministrator|mailserver|mail gateway|email server|^root@|<root@|mail agent"
    r"|uucp@",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"\s*(?:re|aw|sv|antw|fwd?|wg|tr|rv|回复|转发|答复)\s*(?:\[\d+\])?\s*[::]", re.IGNORECASE)
_FAILURE = re.compile(
    "|".join(
        (
            r"undeliver|un-deliver|non[- ]?deliver|not? (?:be |been )?deliver",
            r"deliver\w*[ :-]+(?:status|fail|error|problem|report|notif|delay|unsuccess|incomplete)",
            r"delivery has (?:failed|been delayed)|failed (?:to deliver|delivery|mail)|mail delivery|mail fail",
            r"failure (?:notice|notification|report|delivery)|returning message|mail (?:system )?error",
            r"returned (?:mail|e-?mail|message|to sender)|bounced? (?:mail|message)|delayed mail",
            r"message (?:could not|couldn't|status|error|delivery|undeliverable|rejected|blocked|expired)",
            r"could not (?:be delivered|send)|couldn't be delivered|unable to deliver|user unknown|unknown user",
            r"warning: (?:could not|message)|unzustellbar|nicht zugestellt|zustellung|échec|non remis",
            r"no se puede entregar|no se ha podido|devolvido|non recapitat|mancato recapito",
            r"配信不能|配信エラー|送信エラー|送信できません|宛先不明|退信|не доставлено|невозможно доставить",
        )
    ),
    re.IGNORECASE,
)
_DELAY = re.compile(
    r"\bdelay|\(delay\)|warning: |will be retried|still being (?:retried|attempted)|will continue to (?:try|be)"
    r"|warning message only|this is (?:only )?a warning|not? need to re-?send|not yet (?:been )?deliver",
    re.IGNORECASE,
)
_MAILBOX = re.compile(r"[^\s<>,;:\"()]{1,320}@[^\s<>,;:\"()]{1,255}")


def has_null_sender(header: Fields) -> bool:
    """Return whether the message has the null reverse-path, which notifications must have (RFC 5321, §4.5.5)."""
    return any(value.replace(" ", "") == "<>" for value in header.get("return-path", []))


def is_failure_notice(header: Fields) -> bool:
    """Return whether the header says that a mail system reports on the delivery of a message."""
    if is_answer(header) and not has_null_sender(header) and "x-failed-recipients" not in header:
        return False
    return is_from_mail_system(header) or bool(_FAILURE.search(first_value(header, "subject")))


def reports_failure(header: Fields) -> bool:
    """Return whether the message is a report, or its subject says that a delivery failed."""
    return first_keyword(header, "content-type").startswith("multipart/report") or bool(
        _FAILURE.search(first_value(header, "subject"))
    )


def is_from_mail_system(header: Fields) -> bool:
    """Return whether the message is from a mail system: by its sender or a field, or because it is a report."""
    sender = first_value(header, "from")
    return (
        "x-failed-recipients" in header
        or "x-mlserver" in header
        or sender.replace(" ", "") == "<>"
        or bool(_MAILER.search(sender))
        or first_keyword(header, "content-type").startswith("multipart/report")
    )


def is_answer(header: Fields) -> bool:
    """Return whether the subject is that of an answer or a forwarded message."""
    return bool(_ANSWER.match(first_value(header, "subject")))


def is_letter(header: Fields) -> bool:
    """Return whether a person wrote the message: an answer, or mail that has its author as envelope sender."""
    if has_null_sender(header) or is_from_mail_system(header) or "auto-submitted" in header:
        return False
    authors = _MAILBOX.findall(first_value(header, "from").lower())
    paths = _MAILBOX.findall(first_value(header, "return-path").lower())
    replies = "in-reply-to" in header and not reports_failure(header)
    return is_answer(header) or replies or (bool(authors) and paths[:1] == authors[-1:])


def reports_delay(header: Fields, text: str) -> bool:
    """Return whether a notification is only about a delay, by its subject or the beginning of its text."""
    return bool(_DELAY.search(first_value(header, "subject")) or _DELAY.search(text[:1500]))
