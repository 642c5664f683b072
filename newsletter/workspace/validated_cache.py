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

from newsletter.documents.sealed_file import read_sealed, write_sealed
from newsletter.documents.validation_digest import validation_digest
from newsletter.issue.known_heads import KnownHeads
from newsletter.publication.basics import PublicationBasics
from newsletter.publication.issue_dates import IssueRhythm, Weekday

_MARK = "newsletter-validated 2"


@dataclass(frozen=True)
class Validated:
    """Validated values of earlier commands.

    Args:
        settings: the digest of `newsletter.yaml`, or "" if no settings are known.
        basics: its settings.
        heads: the heads of issues, which are decoded when they are used.
    """

    settings: str = ""
    basics: PublicationBasics | None = None
    heads: KnownHeads = field(default_factory=KnownHeads)


def load_validated(file: Path) -> Validated:
    """Read the cache. Returns no values if it is missing, damaged or outdated, or cannot be read."""
    body = read_sealed(file, _mark())
    if body is None:
        return Validated()
    settings, basics, files, heads = json.loads(body)
    return Validated(settings, _basics(*basics) if basics else None, KnownHeads(files, heads))


def write_validated(file: Path, validated: Validated) -> None:
    """Write the cache.

    Raises:
        AccessError: it cannot be written.
    """
    basics, heads = validated.basics, validated.heads
    parts = validated.settings, basics and _parts(basics), heads.files, heads.heads
    write_sealed(file, _mark(), json.dumps(parts, separators=(",", ":")).encode())


def _mark() -> str:
    return f"{_MARK} {validation_digest()}"


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
    days = IssueRhythm(every, Weekday(weekday))
    return PublicationBasics(name, site, language, zone, title, days, tuple(sections), captured)
