"""Recognises the title, source and credit lines of entries in published pages.

The importers use these rules to read pages. `render medium` uses them to mark each paragraph of a comment that looks
like such a line with an invisible character, so that importing a rendered story gives the same entries.
"""

import re
from dataclasses import dataclass, replace

from newsletter.text.domains import host_of
from newsletter.text.tree import (
    Block,
    Blocks,
    Break,
    Code,
    Emphasis,
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
_SEPARATOR = re.compile(r"[\s—–―ー\-|｜·:：]*")
_DASH = re.compile(r"(?:\s*[—–―|｜]+|\s-+)\s*")
_RULE = re.compile(r"(?:[—–―\-_=*·•]\s*){3,}")
_NUMBER = r"\d{4}\.\d{4,5}\s*(?:v\d+)?"
_NUMBERED = re.compile(rf"\s*[\[【［]\s*{_NUMBER}\s*[\]】］]\s*\S")
_BRACKETED = re.compile(
    r"\s*[\[【［](?P<words>[^\[\]【】［］]*(?:[\[【［][^\[\]【】［］]*[\]】］][^\[\]【】［］]*)*)[\]】］]\s*"
)
_ORIGINAL = re.compile(r"\s*(?:original title|source title|原标题|原題|元タイトル|原文标题)\s*[:：]\s*", re.IGNORECASE)
_SENTENCE = re.compile(r"[。．！？]|[.!?](?:\s|$)")
_HOST = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[a-z]{2,}(?:/\S*)?", re.IGNORECASE)
CREDIT = re.compile(
    r"\s*[(（\[【]?\s*(?:(?:image|photo|picture|figure|photograph|illustration)(?:\s+(?:credits?|source|courtesy|by|from))?"
    r"|credits?|画像(?:引用元|出典|提供)?|図(?:の出典)?|写真|出典|引用元|图(?:片|像)?(?:来源|出处)?|照片|圖片來源)"
    r"\s*[:：]\s*(?P<credit>\S.*?)\s*[)）\]】]?\s*",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class TitleLine:
    """A line that may begin an entry. `certain` if it does regardless of the next lines."""

    title: str
    url: str
    domain: str
    domain_url: str
    certain: bool


@dataclass(frozen=True, slots=True)
class _Run:
    words: str
    url: str
    strong: bool


def mark_lookalikes(comment: Blocks, *, figure: bool, credit: str) -> Blocks:
    """Mark the paragraphs of a comment that look like a title, source or credit line.

    Args:
        comment: The comment.
        figure: Whether the entry has an image.
        credit: The label of image credits, with `{credit}`.
    """
    return tuple(_apart(block, index == 0, figure, credit) for index, block in enumerate(comment))


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
            return (*children[:index], *_text(before)), (*_text(after), *children[index + 1 :])
    return children, ()


def title_line(line: Line) -> TitleLine | None:
    """Parse a line as the start of an entry: a linked title, a domain after it, or both. Returns None if it is not."""
    runs = [run for run in _runs(line) if run.url or not _SEPARATOR.fullmatch(run.words)]
    if not runs or any(isinstance(child, Break | Image | Code) for child in line):
        return None
    last = runs[-1]
    if len(runs) == 1:
        if not last.url:
            return TitleLine(last.words.strip(), "", "", "", certain=False) if last.strong else None
        return TitleLine(last.words.strip(), last.url, "", "", certain=last.strong and bool(last.words.strip()))
    words = "".join(run.words for run in runs[:-1]).strip()
    linked = [run.url for run in runs[:-1] if run.url]
    if last.url and (not last.words.strip() or names_host(last.words, last.url)):
        if linked and all(run.url == linked[0] for run in runs[:-1]):
            return TitleLine(words, linked[0], last.words.strip(), last.url, certain=True)
        if not linked and len(words) <= 200 and _DASH.search(plain_inlines(line)) and not _SENTENCE.search(words):
            return TitleLine(_without_dash(words), "", last.words.strip(), last.url, certain=True)
    if (
        not last.url
        and len(set(linked)) == 1
        and all(run.url for run in runs[:-1])
        and names_host(last.words, linked[0])
    ):
        return TitleLine(words, linked[0], last.words.strip(), "", certain=True)
    return None


def source_line(children: Line) -> tuple[str, Line] | None:
    """Split a paragraph that begins with a source title into title and rest. Returns None if it does not."""
    line, rest = first_line(children)
    line = _bare(line)
    words = plain_inlines(line).strip()
    if not words or any(isinstance(child, Link | Image | Code) for child in walk_inlines(line)):
        return None
    first = line[0]
    stressed = isinstance(first, Emphasis) and not first.strong
    if stressed and len(line) == 1:
        return source_words(words), rest
    lead = plain_inlines((first,)).strip()
    if stressed and (_NUMBERED.match(lead) or source_words(lead) != lead):
        return source_words(lead), (*_stripped(line[1:]), *((Break(), *rest) if rest else ()))
    if _NUMBERED.match(words) and (rest or not _SENTENCE.search(words)):
        return words, rest
    return (source_words(words), rest) if source_words(words) != words else None


def source_words(words: str) -> str:
    """Remove the brackets around a source title, and words such as "Original title:"."""
    if words.startswith(MARK):
        return words[1:]
    wrapped = _BRACKETED.fullmatch(words)
    return _ORIGINAL.sub("", wrapped["words"] if wrapped else words, count=1).strip() or words


def mark_source_title(title: str, credit: str) -> str:
    """Mark a source title if the importers would shorten it or not recognise it."""
    line = (Text(title),)
    ambiguous = source_words(title) != title or is_rule(line) or bool(credit_line(line, (credit,)))
    return MARK + title if ambiguous else title


def credit_line(children: Line, labels: tuple[str, ...]) -> str:
    """Return the credit in a line, or "" if it is not a credit line. The `labels` contain `{credit}`."""
    words = plain_inlines(children).strip()
    for label in labels:
        before, _, after = label.partition("{credit}")
        if before.strip() and words.startswith(before.strip()) and words.endswith(after.strip()):
            return words[len(before.strip()) : len(words) - len(after.strip())].strip()
    match = CREDIT.fullmatch(words)
    return match["credit"] if match else ""


def lone_link(children: Line) -> tuple[str, str] | None:
    """Return the words and URL of a paragraph that is only a link or a URL, or None."""
    line = _bare(children)
    if len(line) == 1 and isinstance(line[0], Link):
        return plain_inlines(line[0].children).strip(), line[0].url
    if len(line) == 1 and isinstance(line[0], Text) and re.fullmatch(r"https?://\S+", line[0].text.strip()):
        return line[0].text.strip(), line[0].text.strip()
    return None


def is_rule(children: Line) -> bool:
    """Return whether a paragraph is a row of dashes, as Medium writes a rule."""
    return bool(_RULE.fullmatch(plain_inlines(children).strip()))


def names_host(words: str, url: str) -> bool:
    """Return whether words are a URL, or the domain of `url`, ignoring brackets, spaces and asterisks."""
    return bool(_HOST.fullmatch(words.strip(" ()（）[]【】［］"))) or bare_host(words) == host_of(url)


def bare_host(words: str) -> str:
    """Remove brackets, spaces and the marks of translators from a domain."""
    return re.sub(r"T\d{1,3}$|[\s()（）\[\]【】［］*]", "", words.strip()).removeprefix("www.")


def _apart(block: Block, first: bool, figure: bool, credit: str) -> Block:
    if not isinstance(block, Paragraph) or not block.children:
        return block
    child = block.children[0]
    if isinstance(child, Image) and len(block.children) == 1:
        if child.alt.startswith(MARK) or (first and not figure):
            return Paragraph((replace(child, alt=MARK + child.alt),))
        return block
    line = first_line(block.children)[0]
    ambiguous = (
        (isinstance(child, Text) and child.text.startswith(MARK))
        or title_line(line) is not None
        or lone_link(block.children) is not None
        or is_rule(block.children)
        or (first and source_line(block.children) is not None)
        or (first and bool(credit_line(line, (credit,))))
    )
    return Paragraph((Text(MARK), *block.children)) if ambiguous else block


def _text(text: str) -> Line:
    return (Text(text),) if text else ()


def _bare(line: Line) -> Line:
    """Remove blank text at both ends of a line."""
    children = list(line)
    for end in (0, -1):
        while children and isinstance(found := children[end], Text) and not found.text.strip():
            children.pop(end)
    return tuple(children)


def _runs(line: Line, url: str = "", *, strong: bool = False) -> list[_Run]:
    runs: list[_Run] = []
    for child in line:
        if isinstance(child, Link):
            inner = _runs(child.children, child.url, strong=strong)
            bold = strong or (bool(inner) and all(run.strong for run in inner if run.words.strip()))
            runs.append(_Run("".join(run.words for run in inner), child.url, bold))
        elif isinstance(child, Emphasis):
            runs += _runs(child.children, url, strong=strong or child.strong)
        else:
            runs.append(_Run(plain_inlines((child,)), url, strong))
    return runs


def _without_dash(words: str) -> str:
    return re.sub(r"[\s—–―|｜-]+$", "", words)


def _stripped(line: Line) -> Line:
    first = line[0]
    return (*_text(first.text.lstrip()), *line[1:]) if isinstance(first, Text) else line
