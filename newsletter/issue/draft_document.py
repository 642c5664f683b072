"""Reads an issue's file as a draft, which may be incomplete."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from newsletter.documents.located_document import Document
from newsletter.documents.nodes import Mapping, Node, Scalar, Sequence
from newsletter.documents.paths import drop_blank_entries
from newsletter.documents.root_mapping import require_mapping
from newsletter.documents.source import Source, read_source
from newsletter.documents.yaml_tree import compose
from newsletter.issue.draft import EntryDraft, IssueDraft
from newsletter.issue.slugs import slug_from_path
from newsletter.publication.section import SectionKey


@dataclass(frozen=True)
class DraftDocument(Document):
    """A draft with the file that it was read from. Its entries have the same order as in the file."""

    slug: str
    path: Path
    draft: IssueDraft


def read_draft(path: Path) -> DraftDocument:
    """Read an issue's file as a draft. Values of the wrong type are ignored.

    Raises:
        NotFoundError, AccessError: the file does not exist or cannot be read.
        SlugError: the file's name is not a valid slug.
        DocumentError: the YAML cannot be parsed.
    """
    source = read_source(path)
    return parse_draft(source, path)


def parse_draft(source: Source, path: Path) -> DraftDocument:
    """Parse the text of an issue's file as a draft.

    Raises:
        SlugError, DocumentError: see `read_draft`.
    """
    root = require_mapping(source, compose(source), "title")
    drop_blank_entries(root)
    return DraftDocument(source, root, slug_from_path(path), path, draft_from_tree(root))


def draft_from_tree(root: Mapping) -> IssueDraft:
    """Return the draft of an issue that a tree contains."""
    highlights, sections = root.values.get("highlights"), root.values.get("sections")
    return IssueDraft(
        title=_text(root, "title"),
        date=_text(root, "date"),
        number=_text(root, "number"),
        status=_text(root, "status"),
        language=_text(root, "language"),
        subject=_text(root, "subject"),
        subtitle=_text(root, "subtitle"),
        preheader=_text(root, "preheader"),
        canonical_url=_text(root, "canonical_url"),
        aliases=_texts(root, "aliases"),
        digest=_text(root, "digest").strip() == "true",
        intro=_text(root, "intro"),
        highlights={section: tuple(map(_value, items)) for section, items in _lists(highlights)},
        sections={section: tuple(map(_entry, items)) for section, items in _lists(sections)},
        outro=_text(root, "outro"),
    )


def _lists(node: Node | None) -> Iterator[tuple[SectionKey, list[Node]]]:
    """Yield the items of each section, in the order of the file. A section that is no list has none."""
    for name, found in node.values.items() if isinstance(node, Mapping) else ():
        yield SectionKey(name), found.items if isinstance(found, Sequence) else []


def _entry(node: Node) -> EntryDraft:
    if not isinstance(node, Mapping):
        return EntryDraft()
    return EntryDraft(
        url=_text(node, "url"),
        title=_text(node, "title"),
        source_title=_text(node, "source_title"),
        via=_text(node, "via"),
        sponsored="" if _text(node, "sponsored").strip() == "false" else _text(node, "sponsored"),
        image=_text(node, "image"),
        image_alt=_text(node, "image_alt"),
        image_credit=_text(node, "image_credit"),
        id=_text(node, "id"),
        language=_text(node, "language"),
        origin=_text(node, "origin"),
        comment=_text(node, "comment"),
        tags=_texts(node, "tags"),
        pick=_text(node, "pick").strip() == "true",
    )


def _text(node: Mapping, name: str) -> str:
    value = node.values.get(name)
    return _value(value) if value is not None else ""


def _texts(node: Mapping, name: str) -> tuple[str, ...]:
    value = node.values.get(name)
    return tuple(map(_value, value.items)) if isinstance(value, Sequence) else ()


def _value(node: Node) -> str:
    return node.value.strip("\n").rstrip() if isinstance(node, Scalar) else ""
