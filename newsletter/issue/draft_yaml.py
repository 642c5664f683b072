"""Drafts as YAML: the text of an entry and of a whole issue, in the style of a file written by hand.

Reading the text gives the draft again, whatever its words hold.
"""

import re
import textwrap
import unicodedata

from newsletter.issue.draft import EntryDraft, IssueDraft
from newsletter.publication.section import Section

INDENT = "  "
WIDTH = 110
# A text that YAML reads as it stands, and words to which it gives a type.
_BARE = re.compile(r"[^\W\d_](?:[\w .,—–'()/+&-]*[\w.)])?")
_TYPED = {"yes", "no", "on", "off", "y", "n", "true", "false", "null"}
_URL = re.compile(r"https?://[\w./?=%&+~;,@!$*()-]+(?:#[\w./?=%&+~;,@!$*()-]*)?", re.ASCII)
_SHORT = {"\n": "\\n", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
_KEYS = ("title", "url", "source_title", "image", "image_alt", "image_credit")
_HEAD = ("title", "date", "number", "status", "language", "subject", "subtitle", "preheader", "canonical_url")


def yaml_text(text: str) -> str:
    """A text as a YAML value on one line: bare where nothing in it means anything to YAML, else in double quotes."""
    if (_BARE.fullmatch(text) and text.lower() not in _TYPED) or _URL.fullmatch(text):
        return text
    return quoted(text)


def quoted(text: str) -> str:
    """A text in double quotes; what cannot be seen is escaped (YAML 1.1, 5.7)."""
    return '"' + "".join(_SHORT.get(c) or (c if _shown(c) else _escaped(c)) for c in text) + '"'


def entry_text(entry: EntryDraft, indent: str = INDENT * 2) -> str:
    """An entry as an item of a list, its dash at `indent`; ends with a line break.

    Title, URL and comment have their places, filled or not.
    """
    inner = indent + INDENT
    written = entry_fields(entry, inner + INDENT)
    comment = written.pop("comment", " |\n")
    first = ("id", "title", "url") if entry.id else ("title", "url")
    fields = dict.fromkeys(first, "") | written | {"comment": comment}
    lines = (f"{name}:{value}\n" for name, value in fields.items())
    return remark_lines(entry.remarks, indent) + indent + "- " + inner.join(lines)


def entry_flow(entry: EntryDraft) -> str:
    """An entry as a mapping in brackets on one line, without its remarks."""
    fields = {"title": "", "url": "", **_values(entry), "comment": entry.comment}
    pairs = (f"{name}: {value if name in ('tags', 'pick') else quoted(value)}" for name, value in fields.items())
    return "{" + ", ".join(pairs) + "}"


def entry_fields(entry: EntryDraft, indent: str) -> dict[str, str]:
    """What stands after the colon of each field that has a value; further lines of a text at `indent`."""
    written = {
        name: f" {value if name in ('tags', 'pick') else quoted(value) if value.isdigit() else yaml_text(value)}"
        for name, value in _values(entry).items()
    }
    return {**written, "comment": block_text(entry.comment, indent)} if entry.comment else written


def _values(entry: EntryDraft) -> dict[str, str]:
    """The fields that have a value, but the comment, in the order of a file; tags and pick as YAML."""
    texts = {name: getattr(entry, name) for name in ("id", *_KEYS)}
    texts["tags"] = (
        "[" + ", ".join(quoted(t) if "," in t else yaml_text(t) for t in entry.tags) + "]" if entry.tags else ""
    )
    texts |= {"language": entry.language, "pick": "true" if entry.pick else "", "origin": entry.origin}
    return {name: value for name, value in texts.items() if value}


def issue_text(issue: IssueDraft, schema: str = "../schemas/issue.schema.json") -> str:
    """A whole issue as a file."""
    parts = [f"# yaml-language-server: $schema={schema}\n", remark_lines(issue.remarks, "")]
    for key in _HEAD:
        value = getattr(issue, key)
        if value or key in ("title", "date"):
            bare = not value or (key in ("date", "number") and re.fullmatch(r"\d[\d-]*", value))
            written = value if bare else yaml_text(value)
            parts.append(f"{key}: {written}".rstrip(" ") + "\n")
    if any(True for _ in issue.points()):
        parts.append("\nhighlights:\n")
        for section in Section:
            if texts := issue.highlights.get(section):
                parts.append(f"{INDENT}{section.value}:\n")
                parts += [f"{INDENT * 2}-{_folded(text, INDENT * 3)}\n" for text in texts]
    parts.append("\nsections:\n")
    for number, section in enumerate(Section):
        entries, remarks = issue.sections.get(section, ()), issue.section_remarks.get(section, ())
        parts.append("\n" if number and (entries or remarks) else "")
        parts.append(f"{INDENT}{section.value}:{'' if entries else ' []'}\n")
        parts.append("\n".join(entry_text(entry) for entry in entries))
        parts.append(("\n" if entries else "") + remark_lines(remarks, INDENT * 2) if remarks else "")
    parts.append("\n" + remark_lines(issue.closing_remarks, "") if issue.closing_remarks else "")
    return "".join(parts)


def remark_lines(remarks: tuple[str, ...], indent: str) -> str:
    """Lines for the author as YAML comments."""
    lines = (line for remark in remarks for line in re.split("\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", remark))
    return "".join(f"{indent}# {_visible(line)}".rstrip() + "\n" for line in lines)


def block_text(text: str, indent: str) -> str:
    """What stands after a colon: a literal block where YAML keeps every line as it is, else double quotes."""
    plain = all(_shown(c) or c in '\n"\\' for c in text)
    if not text or not plain or text[0] in " \n" or text[-1] in " \n" or re.search(r"[^\S\n]$", text, re.MULTILINE):
        return f" {quoted(text)}" if text else ""
    return " |\n" + "\n".join(indent + line if line else "" for line in text.split("\n"))


def _folded(text: str, indent: str) -> str:
    """A text of one long line as a folded block, which reads as that line again; else as it would stand otherwise."""
    if (
        "\n" in text
        or len(text) < WIDTH
        or text != " ".join(text.split())
        or not all(_shown(c) or c in '"\\' for c in text)
    ):
        return block_text(text, indent)
    lines = textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
    return " >-\n" + "\n".join(indent + line for line in lines)


def _shown(character: str) -> bool:
    return character.isprintable() and character != "\ufeff" and character not in _SHORT


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


def _visible(line: str) -> str:
    """A line without what YAML refuses in a comment; a surrogate, too, would make the file unreadable."""
    return "".join(
        c if c == "\t" or unicodedata.category(c) not in ("Cc", "Cs", "Cn", "Co") else "\ufffd" for c in line
    )
