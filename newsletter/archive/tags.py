"""The pages that gather: what each says of many issues, from what is kept of them."""

from collections.abc import Iterable, Mapping, Sequence

from newsletter.archive.page_view import Row, Tag, TaggedEntry
from newsletter.archive.records import Record, Stories
from newsletter.text.anchors import tag_slug

Groups = list[tuple[Row, list[TaggedEntry]]]


def tagged_stories(records: Sequence[Record], stories: Mapping[str, Stories]) -> list[tuple[Tag, Groups]]:
    """Every tag with its stories issue by issue, in the order of the tags' names; the issues are newest first.

    `stories` holds those of each issue by its slug. Tags with one folder are one tag; its name is the oldest issue's.
    """
    names: dict[str, str] = {}
    found: dict[str, Groups] = {}
    for record in records:
        for story in stories[record.slug]:
            for slug, name in {tag_slug(tag): tag for tag in reversed(story.tags)}.items():
                names[slug] = name
                groups = found.setdefault(slug, [])
                if not groups or groups[-1][0] is not record.row:
                    groups.append((record.row, []))
                groups[-1][1].append(story.entry)
    return [
        (Tag(names[slug], slug, sum(len(entries) for _, entries in found[slug])), found[slug])
        for slug in sorted(found, key=lambda slug: (names[slug].casefold(), slug))
    ]


def most_used(tags: Iterable[Tag], count: int) -> list[Tag]:
    """The tags with the most stories, in the order of their names."""
    chosen = sorted(tags, key=lambda tag: (-tag.count, tag.slug))[:count]
    return sorted(chosen, key=lambda tag: (tag.name.casefold(), tag.slug))
