"""Errors in YAML files: each has a message, a location and advice."""

import re
import tracemalloc
from pathlib import Path

import pytest

from newsletter.errors import DocumentError, NewsletterError, Problem
from newsletter.issue.issue_file import read_issue
from newsletter.publication.section import DEFAULT_SECTIONS, OTHER, PAPERS
from tests.conftest import Run
from tests.publications import ISSUE, write_publication


def problems(text: str | bytes, folder: Path) -> list[Problem]:
    """Return the problems of an issue, given its text."""
    path = folder / "1.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    with pytest.raises(DocumentError) as caught:
        read_issue(path, DEFAULT_SECTIONS)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("text", "location", "message", "advice"),
    [
        ("title: A: b", (1, 9), "a colon followed by a space must be in quotes", "double quotes"),
        ("title: [x](@y) has begun", (1, 8), "begins with `[` is read as a list", "double quotes"),
        ("highlights:\n  papers:\n    - [x](@y)", (3, 7), "begins with `[` is read as a list", "double quotes"),
        ("title: `a` b", (1, 8), "begin with a backtick", "double quotes"),
        ("title: @x", (1, 8), "begin with `@`", "double quotes"),
        ("title: %x", (1, 8), "begin with `%`", "double quotes"),
        ("title: *emphasis* here", (1, 8), "`*`", "double quotes"),
        ("title: *x", (1, 8), "a YAML alias", "double quotes"),
        ("title: &x y", (1, 8), "a YAML anchor", "double quotes"),
        ("title: !x y", (1, 8), "a YAML tag", "double quotes"),
        # The list that contains the alias is on the 15th level; one bracket more is one level too many for the alias.
        (f"title: {'[' * 14}*x{']' * 14}", (1, 22), "a YAML alias", "double quotes"),
        (f"title: {'[' * 15}*x{']' * 15}", (1, 23), "nested more than 16 levels deep", "bracket"),
        ("title: !!python/object:os.system x", (1, 8), "a YAML tag", "double quotes"),
        ('title: "A" b', (1, 8), "double quote must end with one", "double quotes"),
        ("title: 'it's'", (1, 8), "single quote must end with one", "double quotes"),
        ('title: "A\nnumber: 1\nsections:\n  papers: []', (1, 8), "double quote must end with one", "double quotes"),
        ('title: "a \\" b"\n}', (2, 1), "invalid YAML", "Check the indentation"),
        ("title: 'A\nnumber: 1\ntags: [a]\n", (1, 8), "single quote must end with one", "double quotes"),
        ("title: > quoted", (1, 8), "begins with `>`", "next line"),
        ("title:A\ndate: 2024-01-01", (1, 6), "space after the colon is missing", "space after the colon"),
        ("highlights:\n\tpapers: x", (2, 1), "expected spaces, found a tab", "spaces"),
        ('title: "\\ud800"', (1, 11), "escape", "backslash"),
        ('title: "\\q"', (1, 9), "escape", "backslash"),
        ("title: a\x07b", (1, 9), "U+0007", "Remove it"),
        ("title: a\ntitle: b", (2, 1), "repeated key `title`: first used on line 1", "Remove one"),
        ("title: a\n---\ntitle: b", (2, 1), "second YAML document", "one document"),
        (
            "highlights:\n  papers:\n    - A point: more",
            (3, 14),
            "a colon followed by a space must be in quotes",
            "double quotes",
        ),
        (
            "title: A\ndate: 2024-05-05\n  number: 1",
            (3, 3),
            "`number:` is indented by 2 spaces, unlike any key above it",
            "Indent it by 0",
        ),
        (
            "sections:\n  papers:\n    - id: a\n        url: b",
            (4, 9),
            "`url:` is indented by 8 spaces, unlike any key above it",
            "Indent it by 6",
        ),
        ("sections:\n  papers:\n    -id: a\n      url: b", (3, 5), "space after the dash is missing", "after the dash"),
        (
            "sections:\n\u00a0\u00a0papers:\n    - id: a",
            (2, 1),
            "expected a space, found U+00A0 (no-break space)",
            "with a space",
        ),
        ("title: A\ndate：2024-05-05", (2, 5), "expected a colon, found U+FF1A (fullwidth colon)", "with a colon"),
        ("title:\u3000A\ndate: 2024-05-05", (1, 7), "U+3000 (ideographic space)", "with a space"),
        ("title: A\n<<<<<<< HEAD\ndate: 1\n=======\n", (2, 1), "unresolved Git merge conflict", "Resolve"),
        ("a:\n  b: |\n    words\nless\nc: d", (4, 1), "neither a key with a colon", "indent"),
        ("subtitle: #mlops week", (1, 11), "` #` starts a YAML comment", "double quotes"),
        ("number: #1", (1, 9), "` #` starts a YAML comment", "double quotes"),
        ('title: "T"\n  date: 2024-05-05', (2, 3), "`date:` is indented by 2 spaces", "Indent it by 0"),
        (
            'highlights:\n  papers:\n    - "[a](@x) b"\n   other:\n',
            (4, 4),
            "`other:` is indented by 3 spaces",
            "Indent it by 2",
        ),
        (
            "sections:\n    papers:\n      - id: a\n  other: []",
            (4, 3),
            "`other:` is indented by 2 spaces, unlike any key above it",
            "Indent it by 4",
        ),
        (
            "sections:\n  papers:\n   - id: a\n    - id: b",
            (4, 5),
            "this item is indented by 4 spaces, unlike the item above it",
            "Indent all items of the list by 3",
        ),
        (
            "sections:\n  papers:\n    - id: a\n   - id: b",
            (4, 4),
            "this item is indented by 3 spaces, unlike the item above it",
            "Indent all items of the list by 4",
        ),
        ("title:\n  number: 1", (2, 3), "`number:` is indented below `title:`", "Indent it like `title:`"),
        ("? [a]\n: b", (1, 3), "a key must be text", "double quotes"),
        ("- a\n- b", (1, 1), "expected keys and values, found a list", "title"),
        ("just words", (1, 1), "expected keys and values, found text", "title"),
        ("", (1, 1), "found an empty file", "title"),
        ("# only a comment", (1, 1), "found an empty file", "title"),
        ("[" * 100_000, (1, 17), "levels deep", "double quotes"),
        ("{a: " * 100_000, (1, 62), "levels deep", "double quotes"),
        ("a: [" + "x, " * 120_000 + "]", (1, 299_996), "100,000 values", "right file"),
        (b"title: caf\xe9", (1, 11), "0xe9 is not valid UTF-8", "UTF-8"),
        (b"title: a\nb: \0", (2, 4), "NUL", "UTF-8"),
        (b"\xff\xfet\0i\0", (1, 1), "UTF-16", "UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", (1, 1), "0x89 is not valid UTF-8", "UTF-8"),
        (b"title: \xed\xa0\x80", (1, 8), "not valid UTF-8", "UTF-8"),
    ],
)
def test_a_syntax_error_is_explained(
    text: str | bytes, location: tuple[int, int], message: str, advice: str, tmp_path: Path
) -> None:
    """The first syntax error is reported with its location and advice."""
    problem = next(p for p in problems(text, tmp_path) if not re.match("`.*` is missing|.*no entry", p.message))
    assert (problem.line, problem.column) == location
    assert message in problem.message
    assert advice in problem.advice


BAD = """\
titel: A
title: The lens # 29
date: 2024-5-5
number: "12x"
status: publishd
subtitle:
canonical_url: htp://x
highlights: none
sections:
  featured:
    - title: [a]
      url: https://
      comment:
      commment: x
    -
  papers: {a: b}
  othr: []
  articles:
    - title: "two\\nlines"
      url: "https://example.com/a b"
      image: ../../etc/passwd
      language: English
      comment: "a\\u202eb"
      id: Not OK
"""


def test_all_validation_errors_are_reported_at_once(tmp_path: Path) -> None:
    """All validation errors of a file are reported together, in the order of lines, with their paths."""
    reported = [(p.line, p.column, p.path) for p in problems(BAD, tmp_path)]
    assert reported == [
        (1, 1, "titel"),
        (2, 17, "title"),
        (3, 7, "date"),
        (4, 9, "number"),
        (5, 9, "status"),
        (7, 16, "canonical_url"),
        (8, 13, "highlights"),
        (11, 14, "sections.featured[0].title"),
        (12, 12, "sections.featured[0].url"),
        (13, 7, "sections.featured[0].comment"),
        (14, 7, "sections.featured[0].commment"),
        (15, 6, "sections.featured[1]"),
        (16, 11, "sections.papers"),
        (17, 3, "sections.othr"),
        (19, 14, "sections.articles[0].title"),
        (20, 12, "sections.articles[0].url"),
        (21, 14, "sections.articles[0].image"),
        (22, 17, "sections.articles[0].language"),
        (23, 16, "sections.articles[0].comment"),
        (24, 11, "sections.articles[0].id"),
    ]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("titel", "title"), ("commment", "comment"), ("othr", "other"), ("publishd", "published")],
)
def test_a_misspelled_name_gets_a_suggestion(wrong: str, right: str, tmp_path: Path) -> None:
    """The advice for an unknown key or value suggests the most similar known one."""
    (problem,) = [p for p in problems(BAD, tmp_path) if wrong in p.message]
    assert problem.advice.startswith(f"Did you mean `{right}`?")


def test_the_terminal_shows_the_line_and_a_caret(run: Run, folder: Path) -> None:
    """An error shows its location and message, the line with a caret, and the advice."""
    write_publication(folder, _1=ISSUE.replace("date: 2024-05-05", "date: 5 May"))
    result = run("render", "all", code=1)
    assert result.stdout == ""
    assert result.stderr == (
        "issues/1.yaml:2:7: error: not a valid date\n"
        "     2 │ date: 5 May\n"
        "       │       ^\n"
        "       = Write the date as YYYY-MM-DD, such as 2021-09-19.\n"
        "       date\n"
        "\n"
        "1 error.\n"
        "Not rendered: 1.\n"
    )
    assert not (folder / "build").exists()


def test_the_caret_is_aligned_after_wide_letters(run: Run, folder: Path) -> None:
    """A wide letter moves the caret by two cells, and a long line is shortened around the caret."""
    write_publication(folder, _1=ISSUE.replace("title: The Weekly", "title: 機械学習 # \u202eThe"))
    error = run("check", "1", code=1).stdout.splitlines()
    assert error[1] == "     1 │ title: 機械学習 # \ufffdThe Lens — Issue 1"
    assert error[2] == "       │ " + " " * (7 + 8 + 1) + "^"
    write_publication(folder, _1=ISSUE.replace("title: The Weekly", "title: " + "字" * 300 + " # The"))
    error = run("check", "1", code=1).stdout.splitlines()
    assert error[1].startswith("     1 │ …字字")
    assert error[2] == "       │ " + " " * (error[1].split("│ ")[1].index("#") * 2 - 2) + "^"


@pytest.mark.parametrize(
    ("text", "message", "location"),
    [
        (ISSUE.replace("(@lens)", "(@lenz)"), "unknown id `@lenz`", (8, 30)),
        (ISSUE.replace("A lens is", "A [lens](@lenz) is"), "unknown id `@lenz`", (15, 18)),
        (
            ISSUE + "    - id: lens\n      title: B\n      url: https://b.example\n      comment: B\n",
            "repeated id `lens`: first used on line 11",
            (16, 11),
        ),
    ],
)
def test_a_reference_leads_to_one_entry(text: str, message: str, location: tuple[int, int], tmp_path: Path) -> None:
    """Unknown and repeated ids are errors, even if the file has other errors."""
    assert text != ISSUE
    (problem,) = problems(text, tmp_path)
    assert message in problem.message
    assert (problem.line, problem.column) == location
    assert any("@lenz" in p.message or "repeated id" in p.message for p in problems(text + "bad: x\n", tmp_path))


def test_an_invalid_id_is_not_suggested(tmp_path: Path) -> None:
    """The advice for an unknown id lists only ids that an entry can have."""
    entries = "    - id: My Entry\n      title: B\n      url: https://b.example\n      comment: B\n"
    found = problems(ISSUE.replace("(@lens)", "(@nope)") + entries, tmp_path)
    assert [p.advice for p in found if "@nope" in p.message] == ["Use one of: lens."]


def test_the_values_of_a_setting_are_listed_once(tmp_path: Path) -> None:
    """The advice is a similar value, or else an example."""
    (problem,) = problems(ISSUE.replace("status: published", "status: foo"), tmp_path)
    assert problem.message == "expected `draft` or `published`, found `foo`"
    assert problem.advice == "Write one of them, such as `draft`."
    (problem,) = problems(ISSUE.replace("status: published", "status: publishd"), tmp_path)
    assert problem.advice == "Did you mean `published`?"


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    """A file of 50 MB is rejected by its size, without reading it."""
    path = tmp_path / "1.yaml"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    tracemalloc.start()
    with pytest.raises(DocumentError, match="50,000,000 bytes"):
        read_issue(path, DEFAULT_SECTIONS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_a_bomb_of_aliases_is_rejected(tmp_path: Path) -> None:
    """A "billion laughs" document is rejected at its first anchor."""
    bomb = "a: &a [x, x]\n" + "".join(f"{c}: &{c} [*{p}, *{p}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True))
    assert "anchor" in problems(bomb, tmp_path)[0].message


@pytest.mark.parametrize(
    "name", ["missing.yaml", "folder.yaml", "UPPER.yaml", "site.yaml", "assets.yaml", "1.txt", "a\0b.yaml"]
)
def test_a_path_that_is_not_an_issue_is_an_error(name: str, run: Run, folder: Path) -> None:
    """A missing file, a folder or an invalid name is an error that contains the name. The command exits with 1."""
    write_publication(folder)
    (folder / "issues" / "folder.yaml").mkdir()
    for other in ("UPPER.yaml", "site.yaml", "1.txt"):
        (folder / "issues" / other).write_text(ISSUE)
    result = run("check", f"issues/{name}", code=1)
    assert "Error: " in result.stderr
    assert name.partition("\0")[0] in result.stderr


def test_an_unreadable_file_is_an_error(tmp_path: Path) -> None:
    """The error contains the path of the file."""
    path = tmp_path / "1.yaml"
    path.symlink_to(path)
    with pytest.raises(NewsletterError, match=r"1\.yaml"):
        read_issue(path, DEFAULT_SECTIONS)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_a_byte_order_mark_do_not_matter(ending: str, mark: str, tmp_path: Path) -> None:
    """CRLF, CR and a byte order mark change neither the text nor the line numbers."""
    path = tmp_path / "1.yaml"
    path.write_bytes((mark + ISSUE.replace("\n", ending)).encode())
    assert read_issue(path, DEFAULT_SECTIONS).issue.title == "The Weekly Lens — Issue 1"
    (problem,) = problems(mark + ISSUE.replace("\n", ending).replace("2024-05-05", "x"), tmp_path)
    assert (problem.line, problem.column) == (2, 7)


def test_scalars_stay_text(tmp_path: Path) -> None:
    """`No`, `3.10`, `12:30` and `null` are text, and a blank value is missing."""
    path = tmp_path / "1.yaml"
    path.write_text(
        "title: No\nsubtitle: 3.10\npreheader: 12:30\nsubject: null\nnumber:\ndate: 2024-05-05\n"
        "sections:\n  papers: [{title: Yes, url: https://a.example, comment: 1e3}]\n  other:\n"
    )
    issue = read_issue(path, DEFAULT_SECTIONS).issue
    assert (issue.title, issue.subtitle, issue.preheader, issue.subject) == ("No", "3.10", "12:30", "null")
    assert issue.number is None
    assert issue.sections[PAPERS][0].comment == "1e3"
    assert OTHER not in issue.sections


@pytest.mark.parametrize("text", ["<b>" * 6_600, "[x](@id) " * 2_200, "`<b>`" * 4_000, "![x](y z)" * 2_200])
def test_many_problems_on_one_line_are_reported_once(text: str, run: Run, folder: Path) -> None:
    """Each kind of problem is reported once per line, in linear time: the suite would hang otherwise."""
    write_publication(folder, _1=ISSUE + f"    - title: A\n      url: https://a.example\n      comment: '{text}'\n")
    assert len(run("check").stdout.splitlines()) < 20


def test_thousands_of_errors_are_found_in_linear_time(tmp_path: Path) -> None:
    """The suite would hang otherwise."""
    lines = "".join(f"    - {{title: a, url: b, comment: '[x](@{n})'}} # c\n    - t # d\n" for n in range(4_000))
    assert len(problems("title: a\ndate: 2024-05-05\nsections:\n  papers:\n" + lines, tmp_path)) >= 12_000


@pytest.mark.parametrize("rest", ["", "sections:\n", "sections:\n  papers: []\n"])
def test_an_issue_without_entries_is_an_error(rest: str, tmp_path: Path) -> None:
    """An issue needs at least one entry, and the advice says where to add it."""
    (problem,) = problems("title: T\ndate: 2024-05-05\n" + rest, tmp_path)
    assert problem.message == "the issue has no entries"
    assert "under `sections:`" in problem.advice
