"""Recognises the title, source and credit lines of entries in published pages.

The importers use these rules to read pages. `render medium` uses them to mark each paragraph of an author's text that
looks like such a line with an invisible character, so that importing a rendered story gives the same issue.
"""

import re
from dataclasses import replace

from newsletter.text.canonical_url import link_key
from newsletter.text.credit_lines import read_credit
from newsletter.text.domains import host_of
from newsletter.text.tree import (
    Block,
    Break,
    Image,
    Inline,
    Link,
    Paragraph,
    Text,
    plain_inlines,
    walk_inlines,
)

Line = tuple[Inline, ...]
# The invisible mark, a word joiner. It has no effect at the start of a paragraph.
MARK = "\u2060"
_RULE = re.compile(r"(?:[—–―\-_=*·•]\s*){3,}")
_VIA = re.compile(r"^(?:via|from|source|on|at|来源|來源|出典|来自)(?:\s*[:：]\s*|\s+)", re.IGNORECASE)
_LINK_LABEL = re.compile(
    r"\s*[(（\[【]?\s*(?:(?:via|from|source|link|read more|original|来源|來源|链接|原文|出典|元記事|リンク)"
    r"(?:\s*[:：]\s*|\s+))?[(（]?\s*",
    re.IGNORECASE,
)
_READ_MORE = re.compile(
    r"(?:(?:read|see|learn|find out|continue)\s+(?:more|on|reading|it|the (?:full )?(?:article|post|story))(?: here)?"
    r"|more|full (?:article|post|story)|link|here"
    r"|阅读(?:更多|全文|原文)|了解更多|更多|続きを読む|もっと読む|詳細)",
    re.IGNORECASE,
)
# The words before the address of the page where a story first appeared.
ORIGINALLY = re.compile(
    r"(?:originally (?:published|posted)|first published|canonical link|原文|原文链接|初出)\b.*",
    re.IGNORECASE | re.DOTALL,
)
_HOST = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[a-z]{2,}(?:/\S*)?", re.IGNORECASE | re.ASCII)


def remove_mark(block: Block) -> tuple[Block, bool]:
    """Remove the mark of a block. Returns the block, and whether it was marked."""
    if not isinstance(block, Paragraph) or not block.children:
        return block, False
    first, rest = block.children[0], block.children[1:]
    if isinstance(first, Image) and first.alt.startswith(MARK):
        return Paragraph((replace(first, alt=first.alt[1:]), *rest)), True
    if isinstance(first, Text) and first.text.startswith(MARK):
        return Paragraph((*((Text(first.text[1:]),) if first.text != MARK else ()), *rest)), True
    return block, False


def first_line(children: Line) -> tuple[Line, Line]:
    """Split inlines at the first line break."""
    for index, child in enumerate(children):
        if isinstance(child, Break):
            return children[:index], children[index + 1 :]
        if isinstance(child, Text) and "\n" in child.text:
            before, _, after = child.text.partition("\n")
            return (*children[:index], *text_inlines(before)), (*text_inlines(after), *children[index + 1 :])
    return children, ()


def same_story(one: str, other: str) -> bool:
    """Return whether two URLs lead to the same page."""
    return one == other or link_key(one) == link_key(other)


def credit_line(children: Line, labels: tuple[str, ...]) -> str:
    """Return the credit in a line, or "" if it is not a credit line. The `labels` contain `{credit}`."""
    return read_credit(plain_inlines(children), labels)


def lone_link(children: Line) -> tuple[str, str] | None:
    """Return the words and URL of a paragraph that is only a link or a URL, or None.

    The link may be in brackets and after a label, as in `Source: [example.com](…)`.
    """
    line = bare_line(children)
    if len(line) > 1 and isinstance(first := line[0], Text) and _LINK_LABEL.fullmatch(first.text):
        rest = line[1:]
        closed = (
            len(rest) == 2 and isinstance(last := rest[1], Text) and re.fullmatch(r"\s*[)）\]】.。]*\s*", last.text)
        )
        line = rest[:1] if len(rest) == 1 or closed else line
    if len(line) == 1 and isinstance(line[0], Link):
        return plain_inlines(line[0].children).strip(), line[0].url
    if len(line) == 1 and isinstance(line[0], Text) and re.fullmatch(r"https?://\S+", line[0].text.strip()):
        return line[0].text.strip(), line[0].text.strip()
    return None


def is_read_more(words: str) -> bool:
    """Return whether the words of a link, such as `Read more →`, name no story."""
    return bool(_READ_MORE.fullmatch(re.sub(r"^\W+|\W+$", "", words)))


def is_rule(children: Line) -> bool:
    """Return whether a paragraph is a row of dashes, as Medium writes a rule."""
    if any(isinstance(child, Link | Image) for child in walk_inlines(children)):
        return False  # Links may have no words.
    return bool(_RULE.fullmatch(plain_inlines(children).strip()))


def names_host(words: str, url: str) -> bool:
    """Return whether words are a URL, or the domain of `url`, ignoring brackets, spaces and asterisks."""
    shown = _VIA.sub("", words.strip(" ()（）[]【】［］"))
    return bool(_HOST.fullmatch(shown)) or bare_host(words) == host_of(url)


def bare_host(words: str) -> str:
    """Remove brackets, spaces and the marks of translators from a domain."""
    words = _VIA.sub("", words.strip(" ()（）[]【】［］"))
    return re.sub(r"T\d{1,3}$|[\s()（）\[\]【】［］*]", "", words.strip()).removeprefix("www.")


def text_inlines(text: str) -> Line:
    """Return a line with a text, or an empty line for an empty text."""
    return (Text(text),) if text else ()


def bare_line(line: Line) -> Line:
    """Remove blank text at both ends of a line."""
    children = list(line)
    for end in (0, -1):
        while children and isinstance(found := children[end], Text) and not found.text.strip():
            children.pop(end)
    return tuple(children)
