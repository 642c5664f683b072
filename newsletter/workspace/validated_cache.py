"""Validated settings and heads of issues, cached in `.newsletter/validated` for the commands that follow.

Importing Pydantic and validating takes most of the time of a short command. The cache has only values that are valid,
each by the digest of the text that it was read from: commands still read and hash every file, but need not validate it.
A cache that is damaged, or was written by other code or libraries, is ignored. `IssueCache` is for one
long process, which need not even read the files.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from newsletter.documents.validation_digest import validation_digest
from newsletter.files import write_whole
from newsletter.issue.head import IssueHead, head_from_parts, head_to_parts
from newsletter.publication.basics import BasicRhythm, PublicationBasics
from newsletter.publication.issue_dates import Weekday
from newsletter.text.digests import blake2b_hex

_MARK = "newsletter-validated 1"


@dataclass(frozen=True)
class Validated:
    """Validated values of earlier commands.

    Args:
        settings: the digest of `newsletter.yaml`, or "" if no settings are known.
        basics: its settings.
        files: a key of `heads`, by the digests of issues' files; see `KnownHeads`.
        heads: the heads of issues.
    """

    settings: str = ""
    basics: PublicationBasics | None = None
    files: dict[str, str] = field(default_factory=dict)
    heads: dict[str, IssueHead] = field(default_factory=dict)


def load_validated(file: Path) -> Validated:
    """Read the cache. Returns no values if it is missing, damaged or outdated, or cannot be read."""
    try:
        mark, _, body = file.read_bytes().partition(b"\n")
    except OSError:
        return Validated()
    if mark != _mark(body):
        return Validated()
    settings, basics, files, heads = json.loads(body)
    read = {key: head_from_parts(parts) for key, parts in heads.items()}
    return Validated(settings, _basics(*basics) if basics else None, files, read)


def write_validated(file: Path, validated: Validated) -> None:
    """Write the cache.

    Raises:
        AccessError: it cannot be written.
    """
    heads = {key: head_to_parts(head) for key, head in validated.heads.items()}
    parts = validated.settings, validated.basics and _parts(validated.basics), validated.files, heads
    body = json.dumps(parts, separators=(",", ":")).encode()
    write_whole(file, _mark(body) + b"\n" + body)


def _mark(body: bytes) -> bytes:
    return f"{_MARK} {validation_digest()} {blake2b_hex(body)}".encode()


def _parts(basics: PublicationBasics) -> tuple[object, ...]:
    rhythm = basics.rhythm.every, basics.rhythm.weekday.value
    texts = basics.name, basics.site_url, basics.language, basics.timezone, basics.issue_title
    return (*texts, rhythm, basics.section_keys, dict(basics.captured_sections))


def _basics(
    name: str,
    site: str,
    language: str,
    zone: str,
    title: str,
    rhythm: tuple[str, str],
    sections: list[Any],
    captured: Any,
) -> PublicationBasics:
    every, weekday = rhythm
    days = BasicRhythm(every, Weekday(weekday))
    return PublicationBasics(name, site, language, zone, title, days, tuple(sections), captured)


def has_zone(name: str) -> bool:
    """Return whether this system knows a time zone, which the digest of the settings does not tell."""
    import zoneinfo

    try:
        zoneinfo.ZoneInfo.no_cache(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return True
