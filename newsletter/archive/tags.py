"""Groups entries by their tags."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from newsletter.archive.page_view import EntryLink, IssueRow, Tag
from newsletter.archive.records import IssueRecord
from newsletter.text.anchors import tag_slug

EntriesByIssue = list[tuple[IssueRow, list[EntryLink]]]


@dataclass
class FoundTag:
    """A tag without its entries: of a large archive, these are too many to keep.

    Args:
        slug: The slug.
        name: The name in the oldest issue.
        count: The number of its entries.
        issues: The slugs of the issues that have it, newest first.
        digest: The digest of its entries and their issues.
    """

    slug: str
    name: str = ""
    count: int = 0
    issues: list[str] = field(default_factory=list)
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    @property
    def tag(self) -> Tag:
        """The tag as templates use it."""
        return Tag(self.name, self.slug, self.count)


def find_tags(records: Sequence[IssueRecord], entries: Mapping[str, str]) -> list[FoundTag]:
    """Return each tag, sorted by name. Tags with the same slug are one tag.

    Args:
        records: The issues, newest first.
        entries: The tagged entries of each issue by its slug, as JSON.
    """
    found: dict[str, FoundTag] = {}
    for record in records:
        row = json.dumps(record.row).encode()
        for link, tags in json.loads(entries[record.slug]):
            # Each value is one line.
            entry = "\n".join([*link, ""]).encode("utf-8", "surrogatepass")
            for slug, name in _names(tags):
                tag = found.get(slug)
                if tag is None:
                    tag = found[slug] = FoundTag(slug)
                tag.name = name
                tag.count += 1
                if not tag.issues or tag.issues[-1] != record.slug:
                    tag.issues.append(record.slug)
                    tag.digest.update(row)
                tag.digest.update(entry)
    return sorted(found.values(), key=lambda tag: (tag.name.casefold(), tag.slug))


def entries_of_tags(
    tags: Sequence[FoundTag], rows: Mapping[str, IssueRow], entries: Mapping[str, str]
) -> list[EntriesByIssue]:
    """Return the entries of each tag, grouped by issue, newest first.

    Args:
        tags: The tags.
        rows: The issues by their slugs, newest first.
        entries: The tagged entries of each issue by its slug, as JSON.
    """
    chosen: dict[str, EntriesByIssue] = {tag.slug: [] for tag in tags}
    having = {issue for tag in tags for issue in tag.issues}
    for issue in (issue for issue in rows if issue in having):
        row = rows[issue]
        for link, names in json.loads(entries[issue]):
            for slug, _ in _names(names):
                groups = chosen.get(slug)
                if groups is None:
                    continue
                if not groups or groups[-1][0] is not row:
                    groups.append((row, []))
                groups[-1][1].append(EntryLink(*link))
    return list(chosen.values())


def _names(tags: Sequence[str]) -> Iterable[tuple[str, str]]:
    """Return the slugs and names of the tags of an entry. The first of two tags with the same slug counts."""
    if len(tags) == 1:
        return ((tag_slug(tags[0]), tags[0]),)
    return {tag_slug(tag): tag for tag in reversed(tags)}.items()


def most_used(tags: Iterable[Tag], count: int) -> list[Tag]:
    """Return the tags with the most entries, sorted by name."""
    chosen = sorted(tags, key=lambda tag: (-tag.count, tag.slug))[:count]
    return sorted(chosen, key=lambda tag: (tag.name.casefold(), tag.slug))
