"""Groups entries by their tags."""

from collections.abc import Iterable, Mapping, Sequence

from newsletter.archive.page_view import EntryLink, IssueRow, Tag
from newsletter.archive.records import IssueRecord, TaggedEntries
from newsletter.text.anchors import tag_slug

EntriesByIssue = list[tuple[IssueRow, list[EntryLink]]]


def entries_by_tag(
    records: Sequence[IssueRecord], entries: Mapping[str, TaggedEntries]
) -> list[tuple[Tag, EntriesByIssue]]:
    """Return each tag with its entries grouped by issue, sorted by the name of the tag.

    Tags with the same slug are one tag. Its name is that of the oldest issue.

    Args:
        records: The issues, newest first.
        entries: The tagged entries of each issue by its slug.
    """
    names: dict[str, str] = {}
    found: dict[str, EntriesByIssue] = {}
    for record in records:
        for tagged in entries[record.slug]:
            for slug, name in {tag_slug(tag): tag for tag in reversed(tagged.tags)}.items():
                names[slug] = name
                groups = found.setdefault(slug, [])
                if not groups or groups[-1][0] is not record.row:
                    groups.append((record.row, []))
                groups[-1][1].append(tagged.entry)
    return [
        (Tag(names[slug], slug, sum(len(entries) for _, entries in found[slug])), found[slug])
        for slug in sorted(found, key=lambda slug: (names[slug].casefold(), slug))
    ]


def most_used(tags: Iterable[Tag], count: int) -> list[Tag]:
    """Return the tags with the most entries, sorted by name."""
    chosen = sorted(tags, key=lambda tag: (-tag.count, tag.slug))[:count]
    return sorted(chosen, key=lambda tag: (tag.name.casefold(), tag.slug))
