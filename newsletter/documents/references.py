"""`[words](@id)`: every reference leads to one entry of the issue, checked whatever else is wrong with it."""

import re
from collections.abc import Collection, Iterator

from newsletter.content import markdown, tree
from newsletter.documents.faults import suggestion
from newsletter.documents.located import Node, Scalar
from newsletter.documents.paths import Steps, dotted, scalars
from newsletter.documents.source import Source
from newsletter.errors import Problem
from newsletter.models.text import MAX_MARKDOWN


def reference_problems(source: Source, root: Node) -> Iterator[Problem]:
    """Ids that stand twice, and references to an id that no entry has."""
    first: dict[str, Scalar] = {}
    texts = scalars(root)
    for steps, scalar in texts:
        if _is_entry_field(steps, "id") and not scalar.blank:
            name = scalar.value.strip()
            if name in first:
                message = f"the id `{name}` stands twice: the first is on line {first[name].place.line + 1}"
                yield source.problem(
                    scalar.place.line,
                    scalar.place.column,
                    message,
                    "Give one of the entries another id.",
                    dotted(steps),
                )
            first.setdefault(name, scalar)
    for steps, scalar in texts:
        if steps[0] == "highlights" or _is_entry_field(steps, "comment"):
            yield from dangling_references(source, steps, scalar, first)


def _is_entry_field(steps: Steps, name: str) -> bool:
    return len(steps) == 4 and steps[0] == "sections" and steps[3] == name


def dangling_references(source: Source, steps: Steps, scalar: Scalar, known: Collection[str]) -> Iterator[Problem]:
    """The references of one text to an id that is not known."""
    if "@" not in scalar.value or len(scalar.value) > MAX_MARKDOWN:
        return
    links = (child for child in tree.walk(markdown.parse(scalar.value)) if isinstance(child, tree.Link))
    for url in dict.fromkeys(link.url for link in links if link.url.startswith("@")):
        if (name := url[1:]) not in known:
            found = re.compile(rf"\(\s*<?(?=@{re.escape(name)})").search(
                source.text, scalar.place.start, scalar.place.end
            )
            line, column = source.position(found.end() if found else scalar.place.start)
            advice = suggestion(name, known) if known else "Give the entry that is meant an `id`."
            yield source.problem(line, column, f"`@{name}` is the id of no entry", advice, dotted(steps))
