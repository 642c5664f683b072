"""The files that an issue is rendered to."""

from enum import StrEnum

from newsletter.publication.campaign_parameters import Output


class Format(StrEnum):
    """A file that an issue is rendered to; the value is its name."""

    EMAIL = "email.html"
    TEXT = "email.txt"
    MEDIUM = "medium.md"
    STORY = "medium.html"
    MEDIUM_JSON = "medium.json"

    @property
    def output(self) -> Output:
        """Where its readers are: whose campaign parameters it carries."""
        return Output.EMAIL if self in (Format.EMAIL, Format.TEXT) else Output.MEDIUM
