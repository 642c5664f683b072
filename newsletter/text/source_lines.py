"""Recognises the source titles of entries in published pages: in italics or brackets, or after a paper's number."""

import re

from newsletter.text.entry_lines import MARK, Line, bare_line, first_line, names_host, same_story, text_inlines
from newsletter.text.title_lines import SENTENCE
from newsletter.text.tree import (
    Break,
    Code,
    Emphasis,
    Image,
    Inline,
    Link,
    Text,
    plain_inlines,
    walk_inlines,
)

_NUMBER = r"(?:arxiv\s*[:：]?\s*)?\d{4}\s*[.．]\s*\d{4,5}\s*(?:v\s*\d+)?"
_NUMBERED = re.compile(rf"\s*[\[【［(（]\s*{_NUMBER}\s*[\]】］)）]\s*\S", re.IGNORECASE)
_BOOK_TITLE = re.compile(r"\s*《(?P<words>[^《》]+)》\s*")
_BRACKETED = re.compile(
    r"\s*[\[【［](?P<words>[^\[\]【】［］]*(?:[\[【［][^\[\]【】［］]*[\]】］][^\[\]【】［］]*)*)[\]】］]\s*"
)
_ORIGINAL = re.compile(
    r"\s*(?P<open>[\[【［(（「]*)\s*(?:original title|source title|title of the original|"
    r"原(?:文|始|来|著|有)?的?(?:标题|题目|题名|题|名称?|篇名)(?:为|是)?|源标题|最初的?标题|原題|元タイトル|原タイトル|元の題名?)"
    r"[\]】］]?\s*[:：]\s*",
    re.IGNORECASE,
)
# A labelled source title in brackets, and text on the same line.
_CLOSED = re.compile(
    rf"\s*[\[【［(（「](?:{_ORIGINAL.pattern})(?P<words>[^\[\]【】［］「」]+)[\]】］)）」]\s*(?=\S)", re.IGNORECASE
)


def source_line(children: Line, url: str = "") -> tuple[str, Line] | None:
    """Split a paragraph that begins with a source title into title and rest. Returns None if it does not.

    Args:
        children: The paragraph.
        url: The URL of the entry. Links to it in the line, and the URL itself, are not part of the source title.
    """
    line, rest = _without_stray_marks(*first_line(children))
    line = bare_line(without_own_links(line, url))
    words = plain_inlines(line).strip()
    if not words:
        return None
    if words.startswith(MARK):
        only = _is_plain(line) and len(line) == 1 and isinstance(line[0], Emphasis)
        return (source_words(words), rest) if only else None
    lead, tail, strong = _stressed_lead(line)
    if lead:
        return _stressed_source(lead, tail, rest, plain=_is_plain(line[: len(line) - len(tail)]), strong=strong)
    first = line[0]
    if isinstance(first, Text) and (closed := _CLOSED.match(first.text)):
        after = (*text_inlines(first.text[closed.end() :]), *line[1:])
        return closed["words"].strip(), (*after, *((Break(), *rest) if rest else ()))
    return _plain_source(line, words, rest) if _is_plain(line) else None


def _stressed_source(lead: str, tail: Line, rest: Line, *, plain: bool, strong: bool) -> tuple[str, Line] | None:
    """Split a line with a stressed beginning. The rest of the line belongs to it only if it is nothing."""
    if not plain or not (is_numbered_source(lead) or (not tail and not strong)):
        return None
    return source_words(lead), (*_stripped(tail), *((Break(), *rest) if tail and rest else rest))


def _plain_source(line: Line, words: str, rest: Line) -> tuple[str, Line] | None:
    """Split a line without links that begins with a paper's number, a label or a bracket."""
    first = line[0]
    if not _NUMBERED.match(words):
        return (source_words(words), rest) if source_words(words) != words else None
    if rest or not SENTENCE.search(words):
        return words, rest
    if isinstance(first, Text) and (found := SENTENCE.search(first.text)) and first.text[found.end() :]:
        # The line break after the source title is lost, so the title is the first sentence.
        return first.text[: found.start()].strip(), (*text_inlines(first.text[found.end() :].lstrip()), *line[1:])
    return None


def _without_stray_marks(line: Line, rest: Line) -> tuple[Line, Line]:
    """Repair emphasis that ends on the next line, which Markdown does not allow: `*A title`, then `*A comment`."""
    first, after = line[0] if line else None, rest[0] if rest else None
    if not isinstance(first, Text) or not isinstance(after, Text):
        return line, rest
    opened, closed = re.match(r"\s*\*{1,3}(?=[^\s*])", first.text), re.match(r"\s*\*{1,3}(?!\*)", after.text)
    if not opened or not closed:
        return line, rest
    title = (*text_inlines(first.text[opened.end() :]), *line[1:])
    return (Emphasis(title, "*"),), (*text_inlines(after.text[closed.end() :].lstrip()), *rest[1:])


def _is_plain(line: Line) -> bool:
    return not any(isinstance(child, Link | Image | Code) for child in walk_inlines(line))


def is_numbered_source(words: str) -> bool:
    """Return whether words are a source title by themselves: after a paper's number or a label, or in brackets."""
    return bool(_NUMBERED.match(words) or source_words(words) != words)


def without_own_links(line: Line, url: str) -> Line:
    """Replace the links to a URL in a line by their words, and remove those whose words are the URL or its domain."""
    if not url or not any(isinstance(child, Link) or "http" in plain_inlines((child,)) for child in line):
        return line
    kept: list[Inline] = []
    for child in line:
        if isinstance(child, Emphasis):
            inner = without_own_links(child.children, url)
            kept += [Emphasis(inner, child.mark)] if inner else []
        elif isinstance(child, Link) and same_story(child.url, url):
            words = plain_inlines(child.children)
            kept += [] if not words.strip() or names_host(words, child.url) else child.children
        elif isinstance(child, Text):
            kept += text_inlines(
                re.sub(r"\s*[(（<]?https?://[^\s()（）<>]+[)）>]?", lambda found: _other(found[0], url), child.text)
            )
        else:
            kept.append(child)
    return tuple(kept)


def _other(found: str, url: str) -> str:
    return "" if same_story(found.strip(" \n()（）<>"), url) else found


def _stressed_lead(line: Line) -> tuple[str, Line, bool]:
    """Split a line after a stressed beginning, whose brackets may stand outside of it.

    Returns:
        The words of the beginning or "", the rest of the line, and whether the beginning is strong.
    """
    index, before = 0, ""
    if isinstance(line[0], Text) and re.fullmatch(r"\s*[\[【［(（「]+\s*", line[0].text) and len(line) > 1:
        index, before = 1, line[0].text.strip()
    child = line[index]
    if not isinstance(child, Emphasis):
        return "", line, False
    strong, inner = child.strong, child.children
    while len(inner) == 1 and isinstance(found := inner[0], Emphasis):
        strong, inner = strong and found.strong, found.children
    lead, tail = before + plain_inlines(inner).strip(), line[index + 1 :]
    if tail and isinstance(first := tail[0], Text) and (closed := re.match(r"\s*[\]】］)）」]+", first.text)):
        lead, tail = lead + closed[0].strip(), (*text_inlines(first.text[closed.end() :]), *tail[1:])
    return lead, bare_line(tail), strong


def source_words(words: str) -> str:
    """Remove the brackets around a source title, and words such as "Original title:"."""
    if words.startswith(MARK):
        return words[1:]
    wrapped = _BRACKETED.fullmatch(words) or _BOOK_TITLE.fullmatch(words)
    inner = wrapped["words"] if wrapped else words
    label = _ORIGINAL.match(inner)
    if label and not wrapped:
        # Translators replace one bracket of a pair.
        inner = re.sub(r"\s*[\]】］)）」]\s*$", "", inner) if label["open"] else inner
    return (_ORIGINAL.sub("", inner, count=1) if label else inner).strip() or words


def _stripped(line: Line) -> Line:
    first = line[0] if line else None
    return (*text_inlines(first.text.lstrip()), *line[1:]) if isinstance(first, Text) else line
