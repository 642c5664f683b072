"""Whatever validates, renders; and every title, URL and word of it is found in every output."""

import json
import string
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from newsletter.app.press import Format, Press
from newsletter.errors import DocumentError
from newsletter.rendering.braces import MergeField
from tests.publications import PUBLICATION, write_publication

LINES = ("title", "subject", "subtitle", "preheader")
ENTRY_LINES = ("title", "source_title", "image_alt", "image_credit")
NASTY = "<b>&\"'</b> {{unsubscribe_url}} {% x %} `*_[a](b)~~ &amp; <!-- --> ]]> \\ # 1. - > |"
WORDS = st.text(st.characters(), max_size=40) | st.sampled_from(
    [NASTY, "{{view_url}}", "</script>", "]]>", "日本語。", "שלום"]
)

ENTRY = {"title": "Entry", "url": "https://example.com/a?b=c&d=(e)_f", "comment": "Comment."}


def yaml_text(text: str) -> str:
    """Any text as a double-quoted YAML scalar, every character that is not plain ASCII escaped."""
    return '"' + "".join(c if (c.isascii() and c.isalnum()) or c == " " else f"\\U{ord(c):08x}" for c in text) + '"'


def as_markdown(text: str) -> str:
    """Words of which nothing is a mark of Markdown."""
    return "".join("\\" + c if c in string.punctuation else c for c in " ".join(text.split()))


@cache
def folder() -> Path:
    """A publication whose issues refer to remote images only."""
    return write_publication(Path(mkdtemp()), publication=PUBLICATION + "past_issues: 0\n")


def render(source: dict[str, Any]) -> dict[Format, str]:
    """The outputs of an issue given as data."""

    def node(value: Any, depth: int) -> str:
        if isinstance(value, dict):
            return "".join(f"\n{'  ' * depth}{key}: {node(inner, depth + 1)}" for key, inner in value.items())
        if isinstance(value, list):
            return "".join(f"\n{'  ' * depth}- {node(inner, depth + 1).lstrip()}" for inner in value)
        return yaml_text(value)

    (folder() / "issues" / "1.yaml").write_text(node(source, 0).lstrip(), encoding="utf-8")
    press = Press(folder())
    return press.render(press.issue("1"), tuple(Format)).texts


class Words(HTMLParser):
    """The text of a page with its alternative texts, and its links."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.links: list[str] = []
        self.feed(page)
        self.close()

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.parts.append(values.get("alt") or "")
        self.links.append(values.get("href") or values.get("src") or "")
        if tag == "br":
            self.parts.append("\n")


def bare(text: str) -> str:
    """A text without white space, and without the word joiner that parts the braces of a would-be merge field."""
    return "".join(text.split()).replace("\u2060", "")


def readings(outputs: dict[Format, str]) -> dict[str, str]:
    """What a reader reads in each output."""
    markdown = "".join(Words(MarkdownIt("commonmark").render(outputs[Format.MEDIUM])).parts)
    story = json.loads(outputs[Format.MEDIUM_JSON])
    assert story["content"] == outputs[Format.MEDIUM]
    return {
        "email": bare("".join(Words(outputs[Format.EMAIL]).parts)),
        "text": bare(outputs[Format.TEXT]),
        "markdown": bare(markdown),
        "story": bare("".join(Words(outputs[Format.STORY]).parts)),
        "json": bare(story["title"] + markdown),
    }


def only_ours(outputs: dict[Format, str]) -> None:
    """No merge field stands in an output but those that the templates set."""
    allowed = {Format.EMAIL: 2, Format.TEXT: 2}
    for format, text in outputs.items():
        assert sum(text.count(field.mark) for field in MergeField) == allowed.get(format, 0)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(st.sampled_from(LINES), WORDS), st.dictionaries(st.sampled_from(ENTRY_LINES), WORDS), WORDS, WORDS
)
def test_every_field_takes_all_of_unicode(
    head: dict[str, str], entry: dict[str, str], comment: str, highlight: str
) -> None:
    """A text of any characters is refused at its place, or found whole in every output."""
    source: dict[str, Any] = {"title": "Title", **head, "date": "2024-05-05"}
    if highlight.strip():
        source["highlights"] = {"papers": [as_markdown(highlight)]}
    written = as_markdown(comment)
    source["sections"] = {
        "papers": [{**ENTRY, **entry, "image": "https://i.example.com/i.png", "comment": written or "Comment."}]
    }
    try:
        outputs = render(source)
    except DocumentError as error:
        for problem in error.problems:
            assert problem.line >= 1
            assert problem.message
            assert problem.advice
        values = [*head.values(), *entry.values(), comment, highlight]
        assert any(not value.strip() or any(not c.isprintable() for c in value) for value in values), error
        return
    only_ours(outputs)
    for name, reading in readings(outputs).items():
        for text in (*(head[key] for key in ("subtitle",) if key in head), *entry.values(), comment, highlight):
            assert bare(text) in reading, name
    assert bare(head.get("title", "Title")) in readings(outputs)["json"]


Piece = tuple[str, set[str], set[str]]


def joined(parts: list[Piece], between: str) -> Piece:
    """Pieces of Markdown one after another, with their words and links."""
    return (
        between.join(part[0] for part in parts),
        set().union(*(part[1] for part in parts)),
        set().union(*(part[2] for part in parts)),
    )


word = st.text("abcdefgöλшñé日本語ह", min_size=1, max_size=8)
link = st.builds(lambda name: f"https://example.net/{name}?q=1&r=(2)", st.text("abc_-", min_size=1, max_size=6))
unmarked: st.SearchStrategy[Piece] = word.map(lambda text: (text, {text}, set()))
run: st.SearchStrategy[Piece] = st.one_of(
    unmarked,
    word.map(lambda text: (f"*{text}*", {text}, set())),
    word.map(lambda text: (f"**{text}**", {text}, set())),
    word.map(lambda text: (f"`{text}`", {text}, set())),
    st.builds(lambda text, url: (f"[{text}]({url})", {text}, {url}), word, link),
)
paragraph = st.lists(run, min_size=1, max_size=6).map(lambda parts: joined(parts, " "))


def indented(piece: Piece, first: str) -> Piece:
    """A piece under a list's or a quote's mark."""
    mark = first if first == "> " else " " * len(first)
    return (first + piece[0].replace("\n", "\n" + mark), piece[1], piece[2])


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Lists and quotes of what there is."""
    items = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        items.map(lambda parts: joined([indented(part, "- ") for part in parts], "\n")),
        items.map(lambda parts: joined([indented(part, f"{n}. ") for n, part in enumerate(parts, 1)], "\n")),
        inner.map(lambda part: indented(part, "> ")),
        items.map(lambda parts: joined(parts, "\n\n")),
    )


trees = st.recursive(paragraph | word.map(lambda text: (f"```\n{text}\n```", {text}, set())), nested, max_leaves=8)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(trees, st.sampled_from(["en", "ja", "zh"]))
def test_every_word_and_link_of_a_comment_is_in_every_output(
    tree: tuple[str, set[str], set[str]], language: str
) -> None:
    """Markdown of any shape keeps its words and its links, whatever the output flattens."""
    comment, words, links = tree
    source = {
        "title": "T",
        "date": "2024-05-05",
        "language": language,
        "sections": {"other": [{**ENTRY, "comment": comment}]},
    }
    outputs = render(source)
    read = readings(outputs)
    for text in words:
        for name, reading in read.items():
            assert text in reading, name
    pages = {
        "email": outputs[Format.EMAIL],
        "story": outputs[Format.STORY],
        "markdown": MarkdownIt("commonmark").render(outputs[Format.MEDIUM]),
    }
    for url in {*links, ENTRY["url"]}:
        for name, page in pages.items():
            assert url in Words(page).links, name
        assert url in outputs[Format.TEXT]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [*(field.mark for field in MergeField), "{", "{{", "}}", "x", "`", "*", " ", "unsubscribe_url"]
        ),
        min_size=1,
        max_size=8,
    )
)
def test_no_text_of_an_author_becomes_a_merge_field(parts: list[str]) -> None:
    """However braces and names are joined, only the templates' own merge fields stand in the outputs."""
    text = "x" + "".join(parts)
    entry = {
        **ENTRY,
        "title": text,
        "source_title": text,
        "image_credit": text,
        "comment": text,
        "image": "https://i.example.com/i.png",
    }
    only_ours(
        render(
            {
                "title": text,
                "date": "2024-05-05",
                "subtitle": text,
                "highlights": {"other": [text]},
                "sections": {"other": [entry]},
            }
        )
    )
