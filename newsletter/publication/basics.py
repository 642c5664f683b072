"""The settings that lists, scaffolds and drafts of issues need, as plain values: reading them needs no library."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from newsletter.publication.issue_dates import IssueRhythm
from newsletter.publication.section import SectionKey, SectionKeys


@dataclass(frozen=True)
class PublicationBasics:
    """Some settings of a publication, as in `Publication`.

    Args:
        name: the name of the newsletter.
        site_url: the address of its archive.
        language: the language of its issues.
        timezone: the time zone. It is not valid on a system that does not know it.
        issue_title: the pattern of the titles of new issues.
        rhythm: how often an issue is published.
        section_keys: the keys of the sections, in order.
        captured_sections: the section for pages of a domain.
    """

    name: str
    site_url: str
    language: str
    timezone: str
    issue_title: str
    rhythm: IssueRhythm
    section_keys: SectionKeys
    captured_sections: Mapping[str, SectionKey]

    @property
    def numbered(self) -> bool:
        """Whether the titles of issues contain their number."""
        return "{number}" in self.issue_title

    def title_of(self, number: int | None, day: date) -> str:
        """Return the title of a new issue, from the pattern in `issue_title`."""
        week = day.isocalendar()
        fields = {
            "name": self.name,
            "number": "" if number is None else str(number),
            "week": str(week.week),
            "year": str(week.year),
            "date": day.isoformat(),
        }
        return self.issue_title.format_map(fields)
