"""Aliases: the earlier slugs of a renamed issue. The archive redirects their pages to the issue."""

from collections.abc import Collection, Iterable, Iterator

from newsletter.documents.nodes import Mapping, Scalar, Sequence
from newsletter.documents.paths import format_path
from newsletter.documents.source import Source
from newsletter.errors import Problem


def own_alias_problems(source: Source, root: Mapping, slug: str) -> Iterator[Problem]:
    """Yield a problem for each alias that is the issue's own slug, or is repeated."""
    node = root.values.get("aliases")
    seen: set[str] = set()
    for index, item in enumerate(node.items if isinstance(node, Sequence) else ()):
        if not isinstance(item, Scalar):
            continue
        alias = item.value.strip()
        line, column, path = item.location.line, item.location.column, format_path(("aliases", index))
        if alias == slug:
            message, advice = f"the alias `{alias}` is the issue's own slug", "Remove it, or rename the file."
            yield source.problem(line, column, message, advice, path)
        elif alias and alias in seen:
            yield source.problem(line, column, f"repeated alias `{alias}`", "Remove one of the two.", path)
        seen.add(alias)


def alias_conflict(alias: str, slugs: Collection[str], owners: Iterable[tuple[str, Collection[str]]]) -> str:
    """Return why an alias cannot be used: because of another issue. Returns "" if it can be used.

    Args:
        alias: The alias.
        slugs: The slugs of the other issues.
        owners: The slug and the aliases of each other issue.
    """
    if alias in slugs:
        return f"the alias `{alias}` is the slug of another issue"
    owner = next((slug for slug, aliases in owners if alias in aliases), "")
    return f"the alias `{alias}` is already used by {owner}" if owner else ""


CONFLICT_ADVICE = "Keep the alias only in the issue that replaced the old one."
