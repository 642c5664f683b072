"""What commands know of a publication from earlier runs, cached in `.newsletter/known`.

Validating the settings and the heads of issues takes most of the time of a short command, and the values change rarely.
The cache has only validated values, each with the digest of the text that it was read from. A file that is damaged, or
from another version, is ignored.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from newsletter import __version__
from newsletter.files import write_whole
from newsletter.issue.head import IssueHead, head_from_parts, head_to_parts
from newsletter.publication.basics import BasicRhythm, PublicationBasics
from newsletter.publication.issue_dates import Weekday
from newsletter.text.digests import blake2b_hex

_MARK = f"newsletter-known 1 {__version__} "


@dataclass(frozen=True)
class Known:
    """Validated values of earlier runs.

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


def load_known(file: Path) -> Known:
    """Read the cache. Returns nothing known if it is missing, damaged or outdated."""
    try:
        mark, _, body = file.read_bytes().partition(b"\n")
    except OSError:
        return Known()
    if mark.decode("ascii", "replace") != _MARK + blake2b_hex(body):
        return Known()
    settings, basics, files, heads = json.loads(body)
    read = {key: head_from_parts(parts) for key, parts in heads.items()}
    return Known(settings, _basics(*basics) if basics else None, files, read)


def save_known(file: Path, known: Known) -> None:
    """Write the cache.

    Raises:
        AccessError: it cannot be written.
    """
    heads = {key: head_to_parts(head) for key, head in known.heads.items()}
    parts = known.settings, known.basics and _parts(known.basics), known.files, heads
    body = json.dumps(parts, separators=(",", ":")).encode()
    write_whole(file, f"{_MARK}{blake2b_hex(body)}\n".encode() + body)


def _parts(basics: PublicationBasics) -> tuple[object, ...]:
    rhythm = basics.rhythm.every, basics.rhythm.weekday.value
    texts = basics.name, basics.language, basics.timezone, basics.issue_title
    return (*texts, rhythm, basics.section_keys, dict(basics.captured_sections))


def _basics(
    name: str, language: str, zone: str, title: str, rhythm: tuple[str, str], sections: list[Any], captured: Any
) -> PublicationBasics:
    every, weekday = rhythm
    days = BasicRhythm(every, Weekday(weekday))
    return PublicationBasics(name, language, zone, title, days, tuple(sections), captured)


def has_zone(name: str) -> bool:
    """Return whether this system knows a time zone, which the digest of the settings does not tell."""
    import zoneinfo

    try:
        zoneinfo.ZoneInfo.no_cache(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return True
