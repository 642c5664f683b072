"""The head of an issue: its fields except its highlights and entries."""

import re
from datetime import date
from enum import StrEnum
from typing import NamedTuple

MAX_NUMBER = 999_999
# Highlights and sections, which are not part of the head.
_BODY = re.compile(r"^(?:highlights|sections)[ \t]*:.*(?:\n(?:[ \t\-#\r].*)?$)*", re.MULTILINE)


class Status(StrEnum):
    """Whether an issue is published. Drafts are not listed as past issues."""

    DRAFT = "draft"
    PUBLISHED = "published"


class IssueHead(NamedTuple):
    """The fields of an issue except its highlights and entries. `read_head` validates them."""

    title: str
    date: date
    number: int | None = None
    status: Status = Status.DRAFT
    language: str | None = None
    subtitle: str | None = None
    canonical_url: str | None = None
    aliases: tuple[str, ...] = ()


def head_text(text: str) -> str:
    """Return the text of an issue without its highlights and sections, as far as an expression finds them."""
    return _BODY.sub("", text)


HeadParts = tuple[str, str, int | None, str, str | None, str | None, str | None, tuple[str, ...]]


def head_to_parts(head: IssueHead) -> HeadParts:
    """Return the fields of a head as values that JSON supports."""
    fields = (head.number, head.status.value, head.language, head.subtitle, head.canonical_url, head.aliases)
    return (head.title, head.date.isoformat(), *fields)


def head_from_parts(parts: HeadParts) -> IssueHead:
    """Return the head that `head_to_parts` has converted."""
    title, day, number, status, language, subtitle, home, aliases = parts
    fields = (number, Status(status), language, subtitle, home, tuple(aliases))
    return IssueHead(title, date.fromisoformat(day), *fields)
