"""Gives entries ids, so that texts can link to them."""

from collections.abc import Iterable

from newsletter.documents.nodes import Mapping
from newsletter.documents.paths import drop_blank_entries
from newsletter.documents.source import Source
from newsletter.documents.yaml_tree import compose
from newsletter.issue.draft import EntryDraft, IssueDraft
from newsletter.issue.draft_document import draft_from_tree
from newsletter.issue.edit_field import with_field
from newsletter.issue.move_entry import Spot
from newsletter.issue.slugs import slugify
from newsletter.text import markdown, tree
from newsletter.text.domains import host_of

_MAX_LENGTH = 40


def propose_ids(draft: IssueDraft) -> dict[str, Spot]:
    """Return an id for each entry that has none, made of its title or else of its domain. Each is unique."""
    taken = {entry.id for _, _, entry in draft.entries()}
    proposed: dict[str, Spot] = {}
    for section, index, entry in draft.entries():
        if not entry.id:
            stem, number = _stem(entry), 1
            name = stem
            while name in taken or name in proposed:
                number += 1
                name = f"{stem}-{number}"
            proposed[name] = Spot(section, index)
    return proposed


def with_missing_ids(source: Source, texts: Iterable[str]) -> Source:
    """Give each entry that has no id, but that a text links to by the id that is proposed for it, that id.

    Args:
        source: The text of an issue's file.
        texts: Markdown texts that will be part of it.

    Returns:
        The new text of the file.

    Raises:
        DocumentError: the YAML cannot be parsed, or its style does not allow the change.
    """
    links = [link for text in texts if "@" in text for link in _references(text)]
    root = compose(source) if links else None
    if not isinstance(root, Mapping):
        return source
    drop_blank_entries(root)
    proposed = propose_ids(draft_from_tree(root))
    for name in dict.fromkeys(links):
        if name in proposed:
            source = Source(source.name, with_field(source, proposed[name], "id", name))
    return source


def _references(text: str) -> list[str]:
    links = (child for child in tree.walk(markdown.parse(text)) if isinstance(child, tree.Link))
    return [link.url[1:] for link in links if link.url.startswith("@")]


def _stem(entry: EntryDraft) -> str:
    for text in (entry.title, host_of(entry.url) if "://" in entry.url else ""):
        words = slugify(text)
        if len(words) > 2:
            return words if len(words) <= _MAX_LENGTH else words[: _MAX_LENGTH + 1].rpartition("-")[0] or words[:40]
    return "entry"
