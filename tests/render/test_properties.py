"""Every valid issue can be rendered, and every output contains all of its titles, URLs and words."""

import json
import string
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from newsletter.errors import DocumentError
from newsletter.render.format import Format
from newsletter.render.merge_fields import MergeField
from newsletter.render.renderer import Renderer
from newsletter.workspace.workspace import Workspace
from tests.publications import PUBLICATION, write_publication

pytestmark = pytest.mark.slow

NASTY = "<b>&\"'</b> {{unsubscribe_url}} {% x %} `*_[a](b)~~ &amp; <!-- --> ]]> \\ # 1. - > | ###"
NONCHARACTERS = [
    chr(code) for code in (*range(0xFDD0, 0xFDF0), *(plane + 0xFFFE for plane in range(0, 0x110000, 0x10000)))
]
NONCHARACTERS += [chr(ord(character) + 1) for character in NONCHARACTERS[32:]]
OVERRIDES = ["\u202d", "\u202e"]
BREAKS = ["\u2028", "\u2029"]
# All characters of Unicode, except those that validation rejects, and the line and paragraph separators.
ALLOWED = st.characters(exclude_categories=["Cc", "Cs"], exclude_characters=[*NONCHARACTERS, *OVERRIDES, *BREAKS])
WORDS = st.text(ALLOWED, max_size=40).map(lambda text: f"w{text}w") | st.sampled_from(
    [NASTY, "{{view_url}}", "</script>", "日本語。", "שלום ]]>"]
)
REFUSED = st.sampled_from(
    [
        *NONCHARACTERS,
        *OVERRIDES,
        *map(chr, range(9)),
        *map(chr, range(14, 32)),
        *map(chr, range(127, 160)),
        "\ud800",
        "\udfff",
    ]
)

LINES = ("title", "subject", "subtitle", "preheader", "contents")
PASSAGES = ("intro", "outro")
ENTRY_LINES = ("title", "source_title", "sponsored", "via", "image_alt", "image_credit")
ENTRY = {"title": "Entry", "url": "https://example.com/a?b=c&d=(e)_f", "comment": "Comment."}
IMAGE = "https://i.example.com/i.png"


def yaml_text(text: str) -> str:
    """Return a text as a double-quoted YAML scalar. All characters except ASCII letters and digits are escaped."""
    return '"' + "".join(c if (c.isascii() and c.isalnum()) or c == " " else f"\\U{ord(c):08x}" for c in text) + '"'


def as_markdown(text: str) -> str:
    """Return a text as Markdown, with all punctuation escaped."""
    return "".join("\\" + c if c in string.punctuation else c for c in " ".join(text.split()))


@cache
def folder() -> Path:
    """Write a publication whose issues have only remote images."""
    return write_publication(Path(mkdtemp()), publication=PUBLICATION + "past_issues: 0\n")


def render(source: dict[str, Any]) -> dict[Format, str]:
    """Render all outputs of an issue, given as data."""
    workspace = written(source)
    return Renderer(workspace).render(workspace.issue("1"), tuple(Format)).texts


def written(source: dict[str, Any]) -> Workspace:
    """Write a workspace with one issue, given as data."""

    def node(value: Any, depth: int) -> str:
        if isinstance(value, dict):
            return "".join(f"\n{'  ' * depth}{key}: {node(inner, depth + 1)}" for key, inner in value.items())
        if isinstance(value, list):
            return "".join(f"\n{'  ' * depth}- {node(inner, depth + 1).lstrip()}" for inner in value)
        return yaml_text(value)

    (folder() / "issues" / "1.yaml").write_text(node(source, 0).lstrip(), encoding="utf-8")
    return Workspace(folder())


class Page(HTMLParser):
    """A parsed page: its text with alternative texts, its title, its links, and the elements that are not closed."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.title = ""
        self.feed(page)
        self.close()

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
        if self.open and self.open[-1] == "title":
            self.title += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.parts.append(values.get("alt") or "")
        self.links.append(values.get("href") or values.get("src") or "")
        if tag not in ("br", "hr", "img", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("br", "hr", "img", "meta"):
            assert self.open.pop() == tag

    @property
    def text(self) -> str:
        """All text, without white space."""
        return remove_space("".join(self.parts))


def remove_space(text: str) -> str:
    """Remove white space, and the word joiner that keeps braces from forming a merge field."""
    return "".join(text.split()).replace("\u2060", "")


def pages(outputs: dict[Format, str]) -> dict[str, Page]:
    """Parse the outputs that are HTML or Markdown. Checks that every element is closed."""
    read = {
        "email": Page(outputs[Format.EMAIL]),
        "story": Page(outputs[Format.STORY]),
        "markdown": Page(MarkdownIt("commonmark").render(outputs[Format.MEDIUM])),
    }
    assert all(page.open == [] for page in read.values())
    assert json.loads(outputs[Format.MEDIUM_JSON])["content"] == outputs[Format.MEDIUM]
    return read


def check_merge_fields(outputs: dict[Format, str]) -> None:
    """Check that outputs contain only the merge fields of the templates, and no noncharacter."""
    for format, text in outputs.items():
        expected = 2 if format in (Format.EMAIL, Format.TEXT) else 0
        assert sum(text.count(field.text) for field in MergeField) == expected
        assert not set(text) & set(NONCHARACTERS)
        assert "%EF%B7%9" not in text


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(LINES, WORDS)),
    st.fixed_dictionaries({}, optional=dict.fromkeys(ENTRY_LINES, WORDS)),
    st.fixed_dictionaries({}, optional=dict.fromkeys(PASSAGES, WORDS)),
    WORDS,
    WORDS,
)
def test_every_field_accepts_all_of_unicode(
    head: dict[str, str], entry: dict[str, str], passages: dict[str, str], comment: str, highlight: str
) -> None:
    """A field with any characters can be rendered, and its complete text is in every output that shows the field."""
    source: dict[str, Any] = {"title": "Title", **head, "date": "2024-05-05"}
    source |= {name: as_markdown(text) for name, text in passages.items()}
    source["highlights"] = {"papers": [as_markdown(highlight)]}
    source["sections"] = {"papers": [{**ENTRY, **entry, "image": IMAGE, "comment": as_markdown(comment)}]}
    outputs = render(source)
    check_merge_fields(outputs)
    read = pages(outputs)
    texts = {name: page.text for name, page in read.items()} | {"text": remove_space(outputs[Format.TEXT])}
    for name, text in texts.items():
        for words in (source.get("subtitle", ""), *entry.values(), comment, highlight):
            assert remove_space(words) in text, name
        assert all(remove_space(words) in text for words in passages.values()), name
        assert remove_space(source["title"]) in text, name
    assert remove_space(read["email"].title) == remove_space(source.get("subject", source["title"]))
    assert remove_space(source.get("preheader", "")) in texts["email"]
    assert remove_space(json.loads(outputs[Format.MEDIUM_JSON])["title"]) == remove_space(source["title"])


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([*LINES, *PASSAGES, *(f"entry.{name}" for name in (*ENTRY_LINES, "comment")), "highlight"]), REFUSED
)
def test_a_forbidden_character_is_an_error_at_its_field(field: str, character: str) -> None:
    """A control character, surrogate, noncharacter or directional override is an error with the path of its field."""
    source: dict[str, Any] = {"title": "T", "date": "2024-05-05", "sections": {"papers": [{**ENTRY, "image": IMAGE}]}}
    name = field.rpartition(".")[2]
    if field == "highlight":
        source["highlights"] = {"papers": [f"a{character}b"]}
        path = "highlights.papers[0]"
    elif field.startswith("entry."):
        source["sections"]["papers"][0][name] = f"a{character}b"
        path = f"sections.papers[0].{name}"
    else:
        source[name] = f"a{character}b"
        path = name
    with pytest.raises(DocumentError) as caught:
        render(source)
    (problem,) = caught.value.problems
    # A surrogate is rejected by the YAML parser, which does not know the path.
    assert problem.path == ("" if "\ud800" <= character <= "\udfff" else path)
    assert problem.message
    assert problem.advice


Piece = tuple[str, set[str], set[str]]


def join(parts: list[Piece], between: str) -> Piece:
    """Join pieces of Markdown, with their words and links."""
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
paragraph = st.lists(run, min_size=1, max_size=6).map(lambda parts: join(parts, " "))


def indent(piece: Piece, first: str) -> Piece:
    """Indent a piece of Markdown under the marker of a list or quote."""
    mark = first if first == "> " else " " * len(first)
    return (first + piece[0].replace("\n", "\n" + mark), piece[1], piece[2])


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return a strategy for lists and quotes that contain `inner`."""
    items = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        items.map(lambda parts: join([indent(part, "- ") for part in parts], "\n")),
        items.map(lambda parts: join([indent(part, f"{n}. ") for n, part in enumerate(parts, 1)], "\n")),
        inner.map(lambda part: indent(part, "> ")),
        items.map(lambda parts: join(parts, "\n\n")),
    )


trees = st.recursive(paragraph | word.map(lambda text: (f"```\n{text}\n```", {text}, set())), nested, max_leaves=8)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(trees, st.sampled_from(["en", "ja", "zh"]), st.sampled_from(["comment", *PASSAGES]))
def test_every_word_and_link_of_a_text_is_in_every_output(tree: Piece, language: str, field: str) -> None:
    """Markdown of any structure keeps its words and links, even if an output flattens it."""
    text, words, links = tree
    source: dict[str, Any] = {
        "title": "T",
        "date": "2024-05-05",
        "language": language,
        "sections": {"other": [dict(ENTRY)]},
    }
    (source["sections"]["other"][0] if field == "comment" else source).update({field: text})
    outputs = render(source)
    read = pages(outputs)
    # In the text part, each line of a quote begins with `>`.
    text = remove_space("\n".join(line.lstrip("> ") for line in outputs[Format.TEXT].splitlines()))
    for each in words:
        for name, page in read.items():
            assert each in page.text, name
        assert each in text
    for url in {*links, ENTRY["url"]}:
        for name, page in read.items():
            assert url in page.links, name
        assert url in outputs[Format.TEXT]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [*(field.text for field in MergeField), "{", "{{", "}}", "x", "`", "*", " ", "unsubscribe_url"]
        ),
        min_size=1,
        max_size=8,
    )
)
def test_an_authors_text_never_becomes_a_merge_field(parts: list[str]) -> None:
    """No combination of braces and names adds a merge field to those of the templates."""
    text = "x" + "".join(parts)
    entry = {
        **ENTRY,
        "title": text,
        "source_title": text,
        "sponsored": text,
        "image_credit": text,
        "comment": text,
        "image": IMAGE,
    }
    check_merge_fields(
        render(
            {
                "title": text,
                "date": "2024-05-05",
                "subtitle": text,
                "intro": text,
                "outro": text,
                "highlights": {"other": [text]},
                "sections": {"other": [entry]},
            }
        )
    )
