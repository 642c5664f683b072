"""The list of issues on the page. After a change of a file, only the changed issues are summarized again."""

from typing import NamedTuple

from newsletter.issue.head import IssueHead
from newsletter.issue.issue_list import IssueList, ListedIssue, issue_files
from newsletter.render.issue_title import heading
from newsletter.text.digests import values_hex


class IssueSummary(NamedTuple):
    """An issue in the list of issues. All fields except the slug are empty if it cannot be read."""

    slug: str
    title: str
    date: str
    status: str


class SummaryList(NamedTuple):
    """The list of issues, newest first; those that cannot be read come first. Its version is a digest."""

    version: str
    summaries: tuple[IssueSummary, ...]


class IssueSummaries:
    """Creates the list of issues. Not safe to use from several threads at the same time."""

    def __init__(self) -> None:
        self._publication = ""
        self._known: dict[str, tuple[IssueHead, IssueSummary]] = {}
        self._last = SummaryList("", ())

    def of(self, archive: IssueList, publication: str) -> SummaryList:
        """Return the list of the issues of a publication."""
        if publication != self._publication:
            self._publication, self._known = publication, {}
        self._known = {listed.slug: self._summarized(listed) for listed in archive.issues}
        found = [summary for _, summary in reversed(self._known.values())]
        if archive.errors:
            stems = {path.stem for path in issue_files(archive.folder) if path.suffix == ".yaml"}
            found = [IssueSummary(slug, "", "", "") for slug in sorted(stems - self._known.keys())] + found
        summaries = tuple(found)
        if summaries != self._last.summaries or not self._last.version:
            self._last = SummaryList(values_hex(summaries), summaries)
        return self._last

    def _summarized(self, listed: ListedIssue) -> tuple[IssueHead, IssueSummary]:
        known, head = self._known.get(listed.slug), listed.head
        if known and known[0] == head:
            return known
        title = heading(head.title, self._publication)
        return head, IssueSummary(listed.slug, title, head.date.isoformat(), head.status.value)
