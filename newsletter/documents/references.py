"""Checks that each reference such as `[words](@id)` leads to one entry, even if the issue has other errors."""

import re
from collections.abc import Collection, Iterator

from newsletter.documents.nodes import Mapping, Node, Scalar, Sequence
from newsletter.documents.paths import Steps, format_path, scalars
from newsletter.documents.similar_names import suggestion
from newsletter.documents.source import Source
from newsletter.errors import Problem
from newsletter.fields.text import MAX_MARKDOWN
from newsletter.text import markdown, tree
from newsletter.text.slug_pattern import SLUG


def reference_problems(source: Source, root: Node) -> Iterator[Problem]:
    """Yield a problem for each repeated id and each reference to an unknown id."""
    first: dict[str, Scalar] = {}
    for steps, scalar in _entry_texts(root, "id"):
        name = scalar.value.strip()
        if name in first:
            message = f"repeated id `{name}`: first used on line {first[name].location.line + 1}"
            location, advice = scalar.location, "Change the id of one of the two entries."
            yield source.problem(location.line, location.column, message, advice, format_path(steps))
        if name:
            first.setdefault(name, scalar)
    if "@" not in source.text:
        return
    for steps, scalar in [*_issue_texts(root), *_entry_texts(root, "comment")]:
        yield from dangling_references(source, steps, scalar, first)


def _issue_texts(root: Node) -> Iterator[tuple[Steps, Scalar]]:
    """Yield the intro, the highlights and the outro, with their paths."""
    for name in ("intro", "highlights", "outro"):
        node = root.values.get(name) if isinstance(root, Mapping) else None
        yield from ((((name, *steps), scalar) for steps, scalar in scalars(node)) if node else ())


def _entry_texts(root: Node, name: str) -> Iterator[tuple[Steps, Scalar]]:
    """Yield a field of each entry that has it, with its path."""
    sections = root.values.get("sections") if isinstance(root, Mapping) else None
    for section, entries in sections.values.items() if isinstance(sections, Mapping) else ():
        for index, entry in enumerate(entries.items) if isinstance(entries, Sequence) else ():
            found = entry.values.get(name) if isinstance(entry, Mapping) else None
            if isinstance(found, Scalar):
                yield ("sections", section, index, name), found


def dangling_references(source: Source, steps: Steps, scalar: Scalar, known: Collection[str]) -> Iterator[Problem]:
    """Yield a problem for each reference to an unknown id in one text."""
    if "@" not in scalar.value or len(scalar.value) > MAX_MARKDOWN:
        return
    links = (child for child in tree.walk(markdown.parse(scalar.value)) if isinstance(child, tree.Link))
    for url in dict.fromkeys(link.url for link in links if link.url.startswith("@")):
        if (name := url[1:]) not in known:
            found = re.compile(rf"\(\s*<?(?=@{re.escape(name)})").search(
                source.text, scalar.location.start, scalar.location.end
            )
            line, column = source.position(found.end() if found else scalar.location.start)
            # An invalid id is reported itself, so it is not suggested.
            valid = [id for id in known if SLUG.fullmatch(id)]
            advice = suggestion(name, valid) if valid else f"Add `id: {name}` to the entry that you mean."
            yield source.problem(line, column, f"unknown id `@{name}`", advice, format_path(steps))
