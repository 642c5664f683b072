"""Recognises the label and the source of an entry around its title, in the layout of `render medium`."""

from collections.abc import Mapping

from newsletter.text.canonical_url import link_key
from newsletter.text.entry_lines import Line, bare_line, lone_link, names_host, same_story, text_inlines
from newsletter.text.title_lines import TitleLine, title_line
from newsletter.text.tree import (
    Blocks,
    Emphasis,
    Image,
    Inline,
    Link,
    Text,
    join_texts,
    plain_inlines,
    rewrite_lines,
    walk_inlines,
)


def labelled_title_line(line: Line) -> TitleLine | None:
    """Parse a line as `title_line` does, also with a bold label before a linked title, or a source after the domain."""
    without_via, via, via_url = _split_via(line)
    found = _labelled(without_via) if via else None
    return found._replace(via=via, via_url=via_url) if found and found.domain_url and found.url else _labelled(line)


def via_line(line: Line, url: str) -> tuple[str, str] | None:
    """Parse the line of an entry's domain and source. Returns the words and the URL of the source, or None.

    Args:
        line: the line, such as `[a.example](…) · via b.example`.
        url: the URL of the entry.
    """
    rest, words, via_url = _split_via(line)
    link = lone_link(rest) if words else None
    return (words, via_url) if link and same_story(link[1], url) and names_host(link[0], url) else None


def name_in(words: str, labels: tuple[str, ...], field: str) -> str:
    """Return the name in the label of an entry, `true` for a label without a name, or "" if it is no such label.

    The `labels` may contain `{field}`, such as `{sponsor}`.
    """
    for label in labels:
        before, mark, after = label.partition(f"{{{field}}}")
        if not mark and words == label:
            return "true"
        name = words[len(before) : len(words) - len(after)].strip()
        if mark and name and (before + after).strip() and words.startswith(before) and words.endswith(after):
            return name
    return ""


def without_labels(blocks: Blocks, labels: Mapping[str, str]) -> Blocks:
    """Remove the label after each link to a sponsored entry. `labels` are by the keys of the entries' URLs."""

    def unlabelled(line: Line) -> Line:
        kept: list[Inline] = []
        for before, child in zip((None, *line), line, strict=False):
            label = labels.get(link_key(before.url)) if isinstance(before, Link) else None
            if label and isinstance(child, Text):
                child = Text(child.text.removeprefix(f" ({label})"))
            kept.append(child)
        return join_texts(tuple(kept))

    return rewrite_lines(blocks, unlabelled)


def _split_via(line: Line) -> tuple[Line, str, str]:
    """Split what follows the last ` · ` of a line: text or one link after another link. Returns rest, words and URL."""
    line = bare_line(line)
    if len(line) > 2 and isinstance(line[-1], Link) and isinstance(line[-2], Text) and line[-2].text.strip() == "·":
        return line[:-2], plain_inlines(line[-1].children).strip(), line[-1].url
    if len(line) > 1 and isinstance(line[-2], Link) and isinstance(line[-1], Text):
        words = line[-1].text.strip()
        if words.startswith("·"):
            return line[:-1], words[1:].strip(), ""
    return line, "", ""


def _labelled(line: Line) -> TitleLine | None:
    """Parse a line as `title_line` does, or as a bold label before a linked title. Returns None if it is neither."""
    head, *rest = line or (Text(""),)
    if not isinstance(head, Emphasis) or not head.strong or not rest or not isinstance(rest[0], Text):
        return title_line(line)
    after = rest[0].text.lstrip()
    found = title_line((*text_inlines(after[1:].lstrip()), *rest[1:])) if after.startswith("·") else None
    if found is None or not found.url or any(isinstance(child, Link | Image) for child in walk_inlines(head.children)):
        return title_line(line)
    return found._replace(label=plain_inlines(head.children).strip())
