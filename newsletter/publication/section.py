"""The five sections of an issue, in their order."""

from enum import StrEnum


class Section(StrEnum):
    """The key of a section in an author's file. Its label is in `labels` and in the label files of the languages."""

    FEATURED = "featured"
    USE_CASES = "use_cases"
    PAPERS = "papers"
    ARTICLES = "articles"
    OTHER = "other"
