"""The past issues that an issue lists: as they are now, as a campaign stores them, and placeholders for them."""

import json
from collections.abc import Collection, Sequence
from datetime import date

from newsletter.publication.settings import Publication
from newsletter.render.issue_title import canonical_url
from newsletter.render.views import PastIssue
from newsletter.workspace.workspace import Workspace


def list_past_issues(workspace: Workspace, day: date, without: Collection[str] = ()) -> tuple[PastIssue, ...]:
    """Return the past issues that an issue lists, newest first.

    Args:
        workspace: The publication and its issues.
        day: The date of the issue.
        without: Slugs of issues that are left out.
    """
    publication, issues = workspace.publication, workspace.issues
    # A left-out issue makes room for an older one.
    listed = issues.past(day, publication.past_issues + len(without))
    found = [
        PastIssue(
            title=one.head.title,
            url=one.head.canonical_url or canonical_url(publication, one.slug),
            date=one.head.date,
            language=one.head.language or publication.language,
        )
        for one in listed
        if one.slug not in without
    ]
    return tuple(found[: publication.past_issues])


def placeholder_issues(publication: Publication) -> tuple[PastIssue, ...]:
    """Return placeholders for as many past issues as the settings allow.

    The digest of an email is computed with them, so that it does not change when another issue is published.
    """
    return tuple(
        PastIssue(f"Past issue {number}", f"https://past.example/{number}", date(2000, 1, 1), publication.language)
        for number in range(publication.past_issues)
    )


def format_past_issues(past: Sequence[PastIssue]) -> str:
    """Return past issues as JSON, as the database stores them with a campaign."""
    rows = [[one.title, one.url, one.date.isoformat(), one.language] for one in past]
    return json.dumps(rows, ensure_ascii=False)


def parse_past_issues(text: str) -> tuple[PastIssue, ...]:
    """Return the past issues that `format_past_issues` formatted."""
    return tuple(
        PastIssue(title, url, date.fromisoformat(day), language) for title, url, day, language in json.loads(text)
    )
