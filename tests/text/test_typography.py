"""Quotation marks, apostrophes, dashes and ellipses of languages, in prose only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.text import markdown
from newsletter.text.markdown_html import blocks_to_html
from newsletter.text.tree import Blocks, Code, CodeBlock, Image, List, Quote, plain_inlines, targets, walk
from newsletter.text.typography import typeset_blocks, typeset_line

# What is replaced, and what replaces it.
MARKS = "\"'-.“”‘’„‚«»‹›「」『』—–…\u00a0"
LANGUAGES = ("en", "ja", "zh", "zh-Hant", "de", "fr", "fr-CH", "ko", "ru", "sv", "ar", "nl", "sw")


@pytest.mark.parametrize(
    ("language", "typed", "expected"),
    [
        ("en", "\"It's so,\" she wrote -- 'really'...", "“It’s so,” she wrote – ‘really’…"),
        ("en", "(\"A 'b' c\") and the dogs' bowls---of the '90s", "(“A ‘b’ c”) and the dogs’ bowls—of the ’90s"),
        ("en-GB", '"So"', "“So”"),
        ("sw", '"Ndiyo"', "“Ndiyo”"),
        ("de", "Er sagte: \"Das ist 'gut'.\"", "Er sagte: „Das ist ‚gut‘.“"),
        ("de-AT", '"Gut"', "„Gut“"),
        ("fr", '"L\'eau" -- ici...', "«\u00a0L’eau\u00a0» – ici…"),
        ("fr-CH", '"Bon"', "«Bon»"),
        ("ru", '"Да" -- он...', "«Да» – он…"),
        ("sv", '"Ja"', "”Ja”"),
        ("nl", '"Ja"', "“Ja”"),
        ("ja", '新しい"深層学習"の話...--終わり', "新しい「深層学習」の話……——終わり"),
        ("ja", "本の\"Deep 'Net' Book\"です", "本の「Deep ‘Net’ Book」です"),
        ("ja", 'He wrote "hello" -- once...', "He wrote “hello” – once…"),
        ("zh", '他说"你好"...然后--走了', "他说“你好”……然后——走了"),
        ("zh-Hant", '他說"你好"', "他說「你好」"),
        ("zh-TW", '他說"你好"', "他說「你好」"),
        ("ko", '"딥러닝"이라는 말', "“딥러닝”이라는 말"),
    ],
)
def test_a_line_gets_the_marks_of_its_language(language: str, typed: str, expected: str) -> None:
    """Regions inherit the marks of their language. Japanese marks stand only next to Japanese letters."""
    assert typeset_line(typed, language) == expected


@pytest.mark.parametrize(
    "line",
    [
        "Run it with --fix, or a --> b, <!-- so --> or ----.",
        "See https://example.org/a--b...c?q='d' and www.example.org/e--f, or g--h@example.org.",
        "In docs.example.org/a--b",
        'Dear {{ subscriber_name | default("you") }}, {% if "x" %}{# -- #}',
        'The tag <a title="b -- c"> and the entity &quot;',
        'A 6\'2" door and a 17" screen',
        'The word "opened, and the path ../../a.../b',
        'a"b"c',
        "Already “so” – with ‘all’ of it…",
    ],
)
def test_what_is_not_prose_stays(line: str) -> None:
    """Options, arrows, URLs, addresses, merge fields, HTML, measures and single quotation marks are as typed."""
    assert typeset_line(line, "en") == line


def test_markdown_keeps_code_and_urls() -> None:
    """A pair is found across emphasis, links and code. A link that shows its URL shows it as typed."""
    text = """\
"*All*" of "[the 'best' one](https://example.org/a--b)": `"x" -- y...` https://example.org/'a'--b

[https://example.org/c--d](https://example.org/c--d)

> "Quoted"...

- "`x`" -- z

```
"block" -- ...
```
"""
    expected = (
        '<p>“<em>All</em>” of “<a href="https://example.org/a--b">the ‘best’ one</a>”: '
        '<code dir="ltr">&quot;x&quot; -- y...</code> https://example.org/&#x27;a&#x27;--b</p>'
        '<p><a href="https://example.org/c--d">https://example.org/c--d</a></p>'
        "<blockquote><p>“Quoted”…</p></blockquote>"
        '<ul><li>“<code dir="ltr">x</code>” – z</li></ul>'
        '<pre dir="ltr"><code>&quot;block&quot; -- ...</code></pre>'
    )
    assert blocks_to_html(typeset_blocks(markdown.parse(text), "en")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[https://x.org/a...](https://x.org/a...)", '<p><a href="https://x.org/a...">https://x.org/a...</a></p>'),
        ('"A `x"` b"', '<p>“A <code dir="ltr">x&quot;</code> b”</p>'),
        ('"*Never"* closed', "<p>&quot;<em>Never&quot;</em> closed</p>"),
        ("a-*-b*", "<p>a-<em>-b</em></p>"),
        ('a\\\n"b"', "<p>a<br />“b”</p>"),
    ],
)
def test_marks_are_found_in_the_prose_of_one_level(text: str, expected: str) -> None:
    """A mark in code does not close a quotation, nor does one in emphasis that began outside of it."""
    assert blocks_to_html(typeset_blocks(markdown.parse(text), "en")) == expected


def words_of(blocks: Blocks) -> list[str]:
    """Return the text of each paragraph without the marks, and the text of each block of code."""
    words = []
    for block in blocks:
        if isinstance(block, Quote):
            words += words_of(block.children)
        elif isinstance(block, List):
            words += [word for item in block.items for word in words_of(item)]
        else:
            words.append(block.text if isinstance(block, CodeBlock) else without_marks(plain_inlines(block.children)))
    return words


def without_marks(text: str) -> str:
    """Return a text without the characters that are replaced or replace others."""
    return "".join(character for character in text if character not in MARKS)


# Pieces of texts with marks, letters of several scripts and Markdown, and any other character.
MARKDOWN = "* ** ` > - [ ](https://x.org/a--b) ](@id) ![ https://x.org/'-- {{ }} <b c= \\"
PIECES = st.lists(
    st.sampled_from([*"\"'-. \n", "--", "---", "...", "\n\n", "- ", "> ", *"aB1é語。한א🎉", *MARKDOWN.split()])
    | st.characters(exclude_categories=["Cs"]),
    max_size=40,
).map("".join)


@given(PIECES, st.sampled_from(LANGUAGES))
def test_words_links_and_code_do_not_change(text: str, language: str) -> None:
    """Only marks change: all other characters, the links, the images and the code are the same, in the same order."""
    before = markdown.parse(text)
    after = typeset_blocks(before, language)
    assert words_of(after) == words_of(before)
    assert list(targets(after)) == list(targets(before))
    for kind in (Code, Image):
        assert [child for child in walk(after) if isinstance(child, kind)] == [
            child for child in walk(before) if isinstance(child, kind)
        ]
    assert without_marks(typeset_line(text, language)) == without_marks(text)


@given(PIECES, st.sampled_from(LANGUAGES))
def test_literal_parts_of_a_line_do_not_change(text: str, language: str) -> None:
    """A URL, a merge field and a tag between any words are as typed."""
    for literal in ("https://x.org/a--b...c?d='e'", '{{ name "x" -- }}', '<a href="b--c...">', "run--it@example.org"):
        assert literal in typeset_line(f"{text} {literal} {text}", language)
