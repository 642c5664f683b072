"""Writes drafts as YAML: the text of an entry or of a whole issue, in the style of a handwritten file.

Parsing the text returns the same draft, for any content.
"""

import re
from collections.abc import Iterator

from newsletter.documents.writer import INDENT, block_text, folded_text, quoted, remark_lines, yaml_text
from newsletter.issue.draft import EntryDraft, IssueDraft
from newsletter.publication.section import SectionKeys, sort_sections

_KEYS = ("title", "url", "source_title", "via", "sponsored", "image", "image_alt", "image_credit")
_HEAD = ("title", "date", "number", "status", "language", "subject", "subtitle", "preheader", "canonical_url")


def entry_text(entry: EntryDraft, indent: str = INDENT * 2) -> str:
    """Return an entry as a list item with its dash at `indent`. The text ends with a line break.

    The keys `title`, `url` and `comment` are written even if they have no value.
    """
    inner = indent + INDENT
    written = entry_fields(entry, inner + INDENT)
    comment = written.pop("comment", " |\n")
    first = ("id", "title", "url") if entry.id else ("title", "url")
    fields = dict.fromkeys(first, "") | written | {"comment": comment}
    lines = (f"{name}:{value}\n" for name, value in fields.items())
    return remark_lines(entry.remarks, indent) + indent + "- " + inner.join(lines)


def entry_flow(entry: EntryDraft) -> str:
    """Return an entry as a flow mapping (`{title: …}`) on one line, without its remarks."""
    fields = {"title": "", "url": "", **_values(entry), "comment": entry.comment}
    pairs = (f"{name}: {value if _is_yaml(name, value) else quoted(value)}" for name, value in fields.items())
    return "{" + ", ".join(pairs) + "}"


def entry_fields(entry: EntryDraft, indent: str) -> dict[str, str]:
    """Return the text after the colon of each field that has a value. Continuation lines start at `indent`."""
    written = {
        name: f" {value if _is_yaml(name, value) else quoted(value) if value.isdigit() else yaml_text(value)}"
        for name, value in _values(entry).items()
    }
    return {**written, "comment": block_text(entry.comment, indent)} if entry.comment else written


def _values(entry: EntryDraft) -> dict[str, str]:
    """Return the fields that have a value, in file order, without the comment. `tags` and `pick` are already YAML."""
    texts = {name: getattr(entry, name) for name in ("id", *_KEYS)}
    texts["tags"] = tags_text(entry.tags) if entry.tags else ""
    texts |= {"language": entry.language, "pick": "true" if entry.pick else "", "origin": entry.origin}
    return {name: value for name, value in texts.items() if value}


def _is_yaml(name: str, value: str) -> bool:
    """Return whether a value is already YAML: a list, or `true` of a field that may be a boolean."""
    return name in ("tags", "pick") or (name == "sponsored" and value == "true")


def tags_text(texts: tuple[str, ...]) -> str:
    """Return short texts, such as tags, as a list in brackets."""
    return "[" + ", ".join(quoted(text) if "," in text else yaml_text(text) for text in texts) + "]"


def issue_text(issue: IssueDraft, declared: SectionKeys, schema: str = "../schemas/issue.schema.json") -> str:
    """Return the text of an issue's file.

    Args:
        issue: the draft.
        declared: the sections that are always written, in order. Others of the draft follow.
        schema: the path of the JSON Schema, relative to the file.
    """
    parts = [f"# yaml-language-server: $schema={schema}\n", remark_lines(issue.remarks, ""), *_head(issue)]
    parts += _passage("intro", issue.intro)
    if any(True for _ in issue.points()):
        parts.append("\nhighlights:\n")
        for section, texts in sort_sections(issue.highlights, declared).items():
            if texts:
                parts.append(f"{INDENT}{section}:\n")
                parts += [f"{INDENT * 2}-{folded_text(text, INDENT * 3)}\n" for text in texts]
    parts.append("\nsections:\n")
    for number, section in enumerate(dict.fromkeys((*declared, *issue.sections, *issue.section_remarks))):
        entries, remarks = issue.sections.get(section, ()), issue.section_remarks.get(section, ())
        parts.append("\n" if number and (entries or remarks) else "")
        parts.append(f"{INDENT}{section}:{'' if entries else ' []'}\n")
        parts.append("\n".join(entry_text(entry) for entry in entries))
        parts.append(("\n" if entries else "") + remark_lines(remarks, INDENT * 2) if remarks else "")
    parts += _passage("outro", issue.outro)
    parts.append("\n" + remark_lines(issue.closing_remarks, "") if issue.closing_remarks else "")
    return "".join(parts)


def _head(issue: IssueDraft) -> Iterator[str]:
    """Yield the lines above the intro."""
    for key in _HEAD:
        value = getattr(issue, key)
        if value or key in ("title", "date"):
            bare = not value or (key in ("date", "number") and re.fullmatch(r"\d[\d-]*", value))
            written = value if bare else yaml_text(value)
            yield f"{key}: {written}".rstrip(" ") + "\n"
    if issue.aliases:
        yield f"aliases: {tags_text(issue.aliases)}\n"
    if issue.digest:
        yield "digest: true\n"


def _passage(name: str, text: str) -> list[str]:
    """Return the lines of the intro or outro with an empty line above, or [] if it is empty."""
    return [f"\n{name}:{block_text(text, INDENT)}\n"] if text else []
