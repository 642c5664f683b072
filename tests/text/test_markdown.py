"""Markdown: parsing, unsupported Markdown, wrapping, and running time."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsletter.text import markdown
from newsletter.text.markdown import UnsupportedMarkdown, parse, read_all, unsupported_markdown
from newsletter.text.medium_markdown import blocks_to_markdown, flatten
from newsletter.text.plain_text import References, blocks_to_text
from newsletter.text.simple_markdown import read_prose
from newsletter.text.tree import Blocks, Code, CodeBlock, Link, List, Paragraph, Text, plain_inlines, walk
from newsletter.text.wrapping import wrap


def words_of(blocks: Blocks) -> str:
    """Return the words of a tree, without Markdown."""
    parts: list[str] = []
    for block in blocks:
        if isinstance(block, CodeBlock):
            parts.append(block.text)
        elif isinstance(block, Paragraph):
            parts.append(plain_inlines(block.children))
        else:
            inner = block.items if isinstance(block, List) else (block.children,)
            parts.extend(words_of(children) for children in inner)
    return "\n".join(parts)


MARKS = st.text(st.sampled_from("ab *_`[]()!<>#-+=1.\n\\&;|~:^日。「」 \"'\t"), max_size=30)


@settings(max_examples=500)
@given(MARKS)
def test_markdown_for_medium_keeps_words_and_links(text: str) -> None:
    """Parsing it gives the same words and links as the reduced tree."""
    flat = flatten(parse(text))
    again = parse(blocks_to_markdown(flat))
    assert "".join(words_of(again).split()) == "".join(words_of(flat).split())
    urls = [[child.url for child in walk(blocks) if isinstance(child, Link)] for blocks in (flat, again)]
    assert urls[0] == urls[1]


@settings(max_examples=500)
@given(MARKS)
def test_the_quick_check_misses_no_unsupported_markdown(text: str) -> None:
    """A text that the quick check skips contains no unsupported Markdown."""
    if not markdown._suspect(text, parse(text)):
        assert list(markdown._found(text)) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# a", ["a heading"]),
        ("a\n=", ["a heading"]),
        ("> a\n> -", ["a heading"]),
        ("a\n\n---\n\nb", ["a rule"]),
        ("1. ***", ["a rule"]),
        ("<b>", ["raw HTML"]),
        ("[a]: https://b.example", ["a link definition"]),
        ("|a|\n|-|", ["a table"]),
        ("a[^1]", ["a footnote"]),
        ("`[^a-z]` and `<b>`", []),
        ("```\n# a\n<b>\n```", []),
        ("[a](ftp://b.example)", ["a link to `ftp://b.example`"]),
        ("a *b* [c](https://d.example) ![e](f.png) - g", []),
    ],
)
def test_unsupported_markdown_is_reported(text: str, found: list[str]) -> None:
    """Each kind of unsupported Markdown has a name. Code is ignored."""
    assert [
        what for what in (item.what for item in unsupported_markdown(text)) if what not in ("a heading", "a rule")
    ] == [what for what in found if what not in ("a heading", "a rule")]
    assert sorted(item.what for item in unsupported_markdown(text)) == sorted(found)


def test_text_that_is_nested_too_deeply_is_reported() -> None:
    """It becomes plain text, and a warning says so."""
    text = "> " * 40 + "deep [words](https://a.example)"
    assert words_of(parse(text)) == text
    (reported,) = unsupported_markdown(text)
    assert isinstance(reported, UnsupportedMarkdown)
    assert "levels deep" in reported.what


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "![",
        "*a _b ",
        "`",
        "> ",
        "- ",
        "<",
        "a*",
        "](",
        "\\",
        "&",
        "[a](<",
        "[a](b",
        "\n",
        "[\n",
        "[^",
        "- a\n",
        "|",
        "~",
        "#",
        "=",
        "-",
        "a\n-\n",
        "<a ",
        "(",
        "_ ",
    ],
)
def test_markdown_is_processed_in_linear_time(piece: str) -> None:
    """20,000 characters of any markup take linear time: the suite would hang otherwise."""
    text = (piece * 20_000)[:20_000]
    blocks = parse(text)
    list(unsupported_markdown(text))
    blocks_to_markdown(flatten(blocks))


def test_line_breaks_become_spaces_except_in_scripts_without_spaces() -> None:
    """Lines of Japanese are joined without a space, lines of English and Korean with one."""
    assert parse("日本\n語") == (Paragraph((Text("日本語"),)),)
    assert parse("a\nb") == (Paragraph((Text("a b"),)),)
    assert parse("한국\n어") == (Paragraph((Text("한국 어"),)),)
    assert parse("`a`\nb") == (Paragraph((Code("a"), Text(" b"))),)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(2, 80))
def test_wrapping_loses_nothing(text: str, width: int) -> None:
    """Wrapped text keeps all letters in order."""
    assert "".join("".join(wrap(text, width)).split()) == "".join(text.split())


def test_lines_end_where_japanese_allows() -> None:
    """No line begins with closing punctuation or ends with opening punctuation, and URLs are not broken."""
    lines = wrap("機械学習の「ニュース」を、毎週お届けします。https://example.com/a/long/address です。", 12)
    assert all(line[0] not in "、。」" and line[-1] != "「" for line in lines)
    assert any("https://example.com/a/long/address" in line for line in lines)


def test_a_partly_emphasised_word_is_not_broken() -> None:
    """Emphasis in a Latin word does not allow a line break."""
    assert blocks_to_text(parse("and un**believ**able"), References(), 8) == ["and", "un*believ*able"]


def test_asterisks_stay_with_the_emphasised_words() -> None:
    """In text without spaces, no line ends with an opening asterisk or begins with a closing one."""
    text = "「引用」と*強調*、**太字**です。" * 4
    for width in range(6, 40):
        lines = blocks_to_text(parse(text), References(), width)
        assert "".join(lines) == text.replace("**", "*")
        for line in lines:
            assert line.count("*") % 2 == 0 or not line.endswith(("、*", "と*"))
            assert not line.startswith(("*、", "*で"))


_PIECES = (
    *("word", "Ünï", "語", "한", "。", " ", "  ", "\n", "\n\n", "\t", "\u3000", "\u200d", "e\u0301", "😀", "1.", "1)"),
    *(
        "*",
        "**",
        "*so*",
        "**so much**",
        "_",
        "[",
        "]",
        "(",
        ")",
        "[a b](https://example.org/x)",
        "[語](@id)",
        "![",
        "!",
    ),
    *("-", "+", ">", "#", "`", "\\", "&amp;", "&", "<b>", "|", "---", "    ", ".", ",", '"', "http://x.org", "~~", "{"),
)
_ORDINARY = (
    " word",
    " Ünï",
    " 語",
    " so,",
    " *so*",
    " **so**",
    " [a b](https://example.org/x)",
    " words\non",
    "\n\nAnd",
)


@settings(max_examples=1000)
@given(st.lists(st.sampled_from(_PIECES) | st.text(max_size=3), max_size=14).map("".join))
@example("[a b](https://example.org/x)\nword")
def test_the_simple_parser_agrees_with_the_full_parser(text: str) -> None:
    """If the simple parser accepts a text, both give the same tree."""
    prose = read_prose(text)
    assert prose is None or (prose, False) == read_all(text)


@given(st.lists(st.sampled_from(_ORDINARY), min_size=1))
def test_the_simple_parser_accepts_ordinary_comments(pieces: list[str]) -> None:
    """It parses words, emphasis and links, with the same tree as the full parser."""
    text = "A" + "".join(pieces) + "."
    assert (read_prose(text), False) == read_all(text)
