"""The titles of an issue: the heading, the headline in lists, and the subject, and its URL in the archive."""

import re

from newsletter.issue.head import IssueHead
from newsletter.issue.model import Issue
from newsletter.publication.settings import Publication
from newsletter.text.issue_numbers import is_only_number
from newsletter.text.typography import typeset_line
from newsletter.text.words import unspaced


def canonical_url(publication: Publication, slug: str) -> str:
    """Return the URL of an issue in the archive."""
    return f"{publication.site_url}{slug}/"


def heading(title: str, publication: str) -> str:
    """Return the title without a leading `PUBLICATION —`, because the masthead shows the name of the publication."""
    rest = re.sub(rf"^{re.escape(publication)}(?:\s*[—–:|·]|\s+-(?=\s))\s*", "", title, flags=re.IGNORECASE)
    return rest or title


def headline(issue: Issue | IssueHead, publication: Publication) -> str:
    """Return the title of an issue for links and lists. If it is only a number, the subtitle follows."""
    title = heading(issue.title, publication.name)
    pattern = publication.title_of(issue.number, issue.date)
    if not issue.subtitle or not (issue.title == pattern or is_only_number(title)):
        return title
    return f"{title}{'：' if unspaced(title[-1]) else ': '}{issue.subtitle}"


def prose_line(text: str, publication: Publication, language: str) -> str:
    """Return a line of the author's prose, with the marks of its language if `typography` is on."""
    return typeset_line(text, language) if publication.typography else text


def subject_line(issue: Issue, publication: Publication) -> str:
    """Return the subject of the email."""
    return prose_line(issue.subject or issue.title, publication, issue.language or publication.language)
