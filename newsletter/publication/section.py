"""Keys of sections, and their order. A publication declares its own under `sections`, or has the five defaults."""

import re
from collections.abc import Iterable, Mapping
from typing import NewType, TypeVar

SectionKey = NewType("SectionKey", str)
"""The key of a section in an author's files. `section_names` returns its label."""

SectionKeys = tuple[SectionKey, ...]
"""The keys of a publication's sections, in order."""

FEATURED, USE_CASES, PAPERS, ARTICLES, OTHER = DEFAULT_SECTIONS = (
    SectionKey("featured"),
    SectionKey("use_cases"),
    SectionKey("papers"),
    SectionKey("articles"),
    SectionKey("other"),
)

PATTERN = r"[a-z][a-z0-9_]{0,39}"
# What a key without quotes is to YAML 1.1 (https://yaml.org/type/) and 1.2, whose rules editors and other programs use.
_TRAPS = (
    ("a boolean", re.compile(r"y|n|yes|no|on|off|true|false", re.IGNORECASE)),
    ("an empty value", re.compile(r"null|~|", re.IGNORECASE)),
    ("a date", re.compile(r"\d{4}-\d\d?-\d\d?.*", re.DOTALL)),
    (
        "a number",
        re.compile(r"[-+.]?\d[\d_.,:]*(?:e[-+]?\d+)?|0x[0-9a-f_]+|0o[0-7]+|[-+]?\.(?:inf|nan)", re.IGNORECASE),
    ),
)

KEY_SCHEMA_PATTERN = rf"^(?!(?:y|n|yes|no|on|off|true|false|null)$){PATTERN}$"
"""The pattern of a key in the JSON Schema."""

Value = TypeVar("Value")


def key_error(value: str) -> tuple[str, str] | None:
    """Return why a text cannot be the key of a section, and advice. Returns None if it can."""
    if trap := _trap(value):
        shown = f"`{value}`" if value else "an empty text"
        return (
            f"{shown} cannot be the key of a section: YAML reads it as {trap}",
            "Use a word, such as `news`. The label can be any text.",
        )
    if re.fullmatch(PATTERN, value):
        return None
    near = re.sub(r"[^a-z0-9]+", "_", value.lower()).strip("_")
    example = near if re.fullmatch(PATTERN, near) and not _trap(near) else "use_cases"
    return (
        f"`{value}` cannot be the key of a section",
        f"Use up to 40 lower-case letters, digits and `_`, beginning with a letter, such as `{example}`.",
    )


def _trap(value: str) -> str:
    return next((kind for kind, pattern in _TRAPS if pattern.fullmatch(value)), "")


def sort_sections(found: Mapping[SectionKey, Value], order: Iterable[SectionKey]) -> dict[SectionKey, Value]:
    """Return the values of sections in an order. Sections that it lacks come last, in their own order."""
    return {key: found[key] for key in dict.fromkeys((*order, *found)) if key in found}


def pick_section(declared: SectionKeys, *preferred: SectionKey) -> SectionKey:
    """Return the first of the preferred sections that is declared, or else the first declared one."""
    return next((key for key in preferred if key in declared), declared[0])
