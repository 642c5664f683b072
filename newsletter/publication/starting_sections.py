"""The sections that a new publication starts with: one of two sets, or the author's own."""

import re
import unicodedata

from newsletter.errors import NewsletterError
from newsletter.publication.section import SectionKey, key_error
from newsletter.text.languages import fallbacks

GENERAL, MACHINE_LEARNING = "general", "machine-learning"
_GENERAL = {
    "en": ("Featured", "News", "Articles", "Other"),
    "ja": ("注目", "ニュース", "記事", "その他"),
    "zh": ("精选", "新闻", "文章", "其他"),
}
_GENERAL_KEYS = ("featured", "news", "articles", "other")


def starting_sections(chosen: str, language: str) -> dict[SectionKey, str]:
    """Return the labels of the sections of a new publication by their keys.

    Args:
        chosen: `general`, `machine-learning`, or labels with commas between them. A label may have its key before it,
            as in `gear=Knives and pans`; other keys are made of the labels.
        language: the language of the publication. The labels of `general` are in English if there are none.

    Returns:
        The labels in order. They are empty for `machine-learning`, whose sections are the defaults.

    Raises:
        NewsletterError: a key is invalid or repeated.
    """
    name = chosen.strip().casefold()
    if name == MACHINE_LEARNING:
        return {}
    if name in (GENERAL, ""):
        labels = next((_GENERAL[tag] for tag in fallbacks(language) if tag in _GENERAL), _GENERAL["en"])
        return dict(zip(map(SectionKey, _GENERAL_KEYS), labels, strict=True))
    sections: dict[SectionKey, str] = {}
    for number, part in enumerate(filter(None, map(str.strip, chosen.split(","))), 1):
        before, equals, after = part.partition("=")
        key, label = (before.strip(), after.strip()) if equals else (_key_of(part, number), part)
        if error := key_error(key):
            raise NewsletterError(*error)
        if not label:
            raise NewsletterError(f"the section `{key}` has no label", "Write it after the `=`.")
        if key in sections:
            raise NewsletterError(f"the section `{key}` is given twice", "Give each section another key: `key=Label`.")
        sections[SectionKey(key)] = label
    if not sections:
        raise NewsletterError("there are no sections", "Write their labels with commas between them.")
    return sections


def _key_of(label: str, number: int) -> str:
    """Return a key made of the Latin letters and digits of a label, or of its number if these give none."""
    latin = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    key = re.sub(r"[^a-z0-9]+", "_", latin)[:40].strip("_")
    return key if key and not key_error(key) else f"section_{number}"
