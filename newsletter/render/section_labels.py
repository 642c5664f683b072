"""The labels and anchors of sections."""

from collections.abc import Iterable

from newsletter.publication.by_language import text_in
from newsletter.publication.labels import Labels
from newsletter.publication.section import DEFAULT_SECTIONS, SectionKey
from newsletter.publication.settings import Publication
from newsletter.text.languages import fallbacks


def section_names(
    publication: Publication, labels: Labels, language: str, sections: Iterable[SectionKey]
) -> dict[SectionKey, str]:
    """Return the labels of sections in a language.

    They are those of `labels` in the settings, else those of `sections`, else those of the language's label file. A
    section without any is named like its key.
    """
    custom = next((publication.labels[tag] for tag in fallbacks(language) if tag in publication.labels), {})
    return {
        section: custom.get(section) or _declared_label(publication, language, section) or _own_label(labels, section)
        for section in sections
    }


def _declared_label(publication: Publication, language: str, section: SectionKey) -> str:
    """Return the label from `sections` in a language, else in the publication's, else the first; "" without any."""
    return text_in(publication.sections.get(section, {}), language, publication.language)


def _own_label(labels: Labels, section: SectionKey) -> str:
    return str(getattr(labels.sections, section)) if section in DEFAULT_SECTIONS else section_words(section)


def section_words(section: SectionKey) -> str:
    """Return the key of a section as words, such as `Deep dives`."""
    return section.replace("_", " ").capitalize()


def section_anchor(section: SectionKey) -> str:
    """Return the id of a section on a page."""
    return section.replace("_", "-")
