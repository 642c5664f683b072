"""Digests: an issue compiled from all issues of a period."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from newsletter.issue.draft import EntryDraft, IssueDraft
from newsletter.issue.draft_document import draft_from_tree
from newsletter.issue.issue_file import IssueDocument
from newsletter.publication.section import SectionKey, SectionKeys
from newsletter.text import markdown, tree
from newsletter.text.canonical_url import link_key

_REFERENCE = re.compile(r"(\]\(\s*<?)@([a-z0-9-]+)")


@dataclass(frozen=True, slots=True)
class Period:
    """A range of days, including the first and the last."""

    first: date
    last: date

    @property
    def slug(self) -> str:
        """The slug of the digest: `2021-02-digest`, `2021-digest`, or one with both days."""
        year, month = f"{self.first:%Y}", f"{self.first:%Y-%m}"
        name = next((text for text in (year, month) if parse_period(text) == self), f"{self.first}-{self.last}")
        return f"{name}-digest"

    def named(self, language: str) -> str:
        """Return the period in words: `2021`, `February 2021`, or a range of days."""
        from babel.dates import format_interval, format_skeleton

        locale = language.replace("-", "_")
        for text, skeleton in ((f"{self.first:%Y}", "y"), (f"{self.first:%Y-%m}", "yMMMM")):
            if parse_period(text) == self:
                return str(format_skeleton(skeleton, self.first, locale=locale))
        return str(format_interval(self.first, self.last, "yMMMd", locale=locale))


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest, with the figures for the report.

    Args:
        issue: the digest's entries and highlights.
        issues: how many issues it was compiled from.
        merged: how many repeated entries were left out.
        picked: whether only entries with `pick: true` were taken.
    """

    issue: IssueDraft
    issues: int
    merged: int
    picked: bool

    @property
    def report(self) -> str:
        """A one-sentence summary for the author."""
        entries = sum(1 for _ in self.issue.entries())
        parts = [
            f"{entries} {'entry' if entries == 1 else 'entries'} from {self.issues} issue{'s' * (self.issues != 1)}"
        ]
        parts += [f"{self.issue.sponsored} sponsored"] if self.issue.sponsored else []
        parts += ["picks only"] if self.picked else []
        parts += [f"{self.merged} repeated {'entry' if self.merged == 1 else 'entries'} merged"] if self.merged else []
        return ", ".join(parts) + "."


def parse_period(text: str) -> Period | None:
    """Parse a year or a month, such as `2021` or `2021-02`. Returns None if it is neither."""
    found = re.fullmatch(r"(\d{4})(?:-(\d{2}))?", text, re.ASCII)
    if not found or not int(found[1]):
        return None
    year, month = int(found[1]), found[2]
    try:
        first = date(year, int(month or 1), 1)
        after = date(year + 1, 1, 1) if not month or month == "12" else date(year, int(month) + 1, 1)
    except ValueError:
        return None
    return Period(first, after - timedelta(days=1))


def compile_digest(issues: Sequence[IssueDocument], declared: SectionKeys) -> Digest:
    """Compile the issues of a period into one draft.

    If some entries have `pick: true`, only these and the highlights that link to them are taken; otherwise all
    are. An entry that appears in several issues is taken from the first, and a remark lists the other issues.
    An intro or outro that is the same in all issues is taken; others, which speak of their own week, are remarks.
    `origin` is the issue that an entry was taken from. References such as `@id` keep their targets. Issues
    that are themselves digests are left out.

    Args:
        issues: the issues of the period, oldest first.
        declared: the sections that the publication declares, in order. Sections of old issues that are not declared
            any more come last.
    """
    drafts = {document.slug: draft_from_tree(document.root) for document in issues}
    drafts = {slug: draft for slug, draft in drafts.items() if not _is_digest(draft)}
    picked = any(entry.pick for draft in drafts.values() for _, _, entry in draft.entries())
    taken: dict[str, _Taken] = {}
    for slug, draft in drafts.items():
        for section, _, entry in draft.entries():
            if picked and not entry.pick:
                continue
            key = _key(entry.url)
            if key in taken:
                taken[key].again.append(slug)
            else:
                taken[key] = _Taken(section, entry, slug)
    names = _names(taken)
    links = {slug: _Links(draft, names) for slug, draft in drafts.items()}
    sections: dict[SectionKey, tuple[EntryDraft, ...]] = dict.fromkeys(declared, ())
    for key, first in taken.items():
        entry = replace(
            first.entry,
            id=names.get(key, ""),
            comment=links[first.slug].carried(first.entry.comment),
            origin=first.slug,
            pick=False,
            remarks=(f"Also in {', '.join(first.again)}.",) if first.again else (),
        )
        sections[first.section] = (*sections.get(first.section, ()), entry)
    highlights = {
        section: tuple(
            dict.fromkeys(
                links[slug].carried(text)
                for slug, draft in drafts.items()
                for text in draft.highlights.get(section, ())
                if not picked or links[slug].keys(text) & taken.keys()
            )
        )
        for section in dict.fromkeys(
            (*declared, *(section for draft in drafts.values() for section in draft.highlights))
        )
    }
    intro, intro_remarks = _shared_text(links, {slug: draft.intro for slug, draft in drafts.items()}, "intro")
    outro, outro_remarks = _shared_text(links, {slug: draft.outro for slug, draft in drafts.items()}, "outro")
    merged = sum(len(first.again) for first in taken.values())
    issue = IssueDraft(
        intro=intro, highlights=highlights, sections=sections, outro=outro, remarks=(*intro_remarks, *outro_remarks)
    )
    return Digest(issue, len(drafts), merged, picked)


def _is_digest(draft: IssueDraft) -> bool:
    return draft.digest or all(entry.origin for _, _, entry in draft.entries())


def _shared_text(links: Mapping[str, "_Links"], texts: Mapping[str, str], name: str) -> tuple[str, tuple[str, ...]]:
    """Return the intro or outro that all issues share, and those of single issues as remarks."""
    carried = {slug: links[slug].carried(text) for slug, text in texts.items()}
    if len(set(carried.values())) == 1:
        return next(iter(carried.values())), ()
    return "", tuple(f"The {name} of {slug}: {text}" for slug, text in carried.items() if text)


@dataclass
class _Taken:
    """An entry of the digest, the slug of the first issue that has it, and those of later issues that repeat it."""

    section: SectionKey
    entry: EntryDraft
    slug: str
    again: list[str] = field(default_factory=list)


class _Links:
    """Resolves the references in an issue's texts, both in that issue and in the digest."""

    def __init__(self, draft: IssueDraft, names: Mapping[str, str]) -> None:
        self.urls = {entry.id: entry.url for _, _, entry in draft.entries() if entry.id}
        self.names = names

    def carried(self, text: str) -> str:
        """Return a text whose references link to entries of the digest. Other references become URLs."""

        def link(found: re.Match[str]) -> str:
            url = self.urls.get(found[2])
            if url is None:
                return found[0]
            name = self.names.get(_key(url))
            return found[1] + (f"@{name}" if name else url)

        return _REFERENCE.sub(link, text)

    def keys(self, text: str) -> set[str]:
        """Return the keys of the URLs that a text links to."""
        links = (child for child in tree.walk(markdown.parse(text)) if isinstance(child, tree.Link))
        return {_key(self.urls.get(link.url.removeprefix("@"), link.url)) for link in links}


def _names(taken: Mapping[str, _Taken]) -> dict[str, str]:
    """Return the entries' ids by the keys of their URLs. An id that is already used gets the issue's slug as suffix."""
    names: dict[str, str] = {}
    for key, first in taken.items():
        if name := first.entry.id:
            names[key] = f"{name}-{first.slug}" if name in names.values() else name
    return names


def _key(url: str) -> str:
    """Return the key of a URL. URLs that differ only in their fragment have different keys."""
    return f"{link_key(url)}#{url.partition('#')[2]}"
