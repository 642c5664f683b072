"""The five fixed places of an issue, in their order."""

from enum import StrEnum


class Section(StrEnum):
    """A section's key, as the author writes it; its label comes from the language or the publication."""

    FEATURED = "featured"
    USE_CASES = "use_cases"
    PAPERS = "papers"
    ARTICLES = "articles"
    OTHER = "other"
