"""Rules on URLs: tracking and wrappers wherever they stand, and URLs of the author's own computer."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.publications import ISSUE, PUBLICATION, write_publication

URL, COMMENT = "https://example.com/lenses", "A lens is *ground* before it is polished."
HIGHLIGHT = "A story about [lenses](@lens) is worth the week."


def found(run: Run, *arguments: str) -> list[dict[str, Any]]:
    """Return the findings of the check."""
    problems: list[dict[str, Any]] = json.loads(run("check", *arguments, "--json").stdout)
    return problems


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (URL, f"{URL}#utm_source=x", "sections.featured[0].url"),
        (URL, "https://journal.example/on-45bd45c0d35b?gi=d7ee5a2f1c3b", "sections.featured[0].url"),
        (URL, "https://blog.example/2021/03/lenses.html?m=1", "sections.featured[0].url"),
        (COMMENT, f"See [a lens]({URL}/a?fbclid=x).", "sections.featured[0].comment"),
        (COMMENT, f"![A lens]({URL}/a.png?utm_source=x)", "sections.featured[0].comment"),
        (HIGHLIGHT, "On [lenses](@lens), and [more](https://example.com/more#utm_source=x).", "highlights.featured[0]"),
    ],
)
def test_tracking_parameters_are_found_everywhere_in_an_issue(
    old: str, new: str, path: str, run: Run, folder: Path
) -> None:
    """In fragments, on custom domains of Medium and Blogger, in comments, images and highlights."""
    assert old in ISSUE
    write_publication(folder, _1=ISSUE.replace(old, new))
    tracking = [problem["path"] for problem in found(run, "1") if problem["rule"] == "tracking-parameters"]
    assert tracking == [path]


def test_a_url_is_located_in_its_text(run: Run, folder: Path) -> None:
    """Not in the comment after the indicator of a block."""
    text = f"comment: |  # {URL}/a?fbclid=x\n        See [a lens]({URL}/a?fbclid=x)."
    write_publication(folder, _1=ISSUE.replace(f"comment: |\n        {COMMENT}", text))
    (problem,) = found(run, "1", "--only", "issue")
    assert (problem["line"], problem["column"]) == (15, 22)


def test_tracking_parameters_are_found_in_the_publication(run: Run, folder: Path) -> None:
    """In `links.other` and `about`, at their lines; the call to subscribe may be tracked on purpose."""
    settings = (
        "about: |\n  I write [code](https://code.example/me?utm_source=a) and\n"
        "  [more](https://www.google.com/url?q=https%3A%2F%2Fmore.example%2F).\n"
        "links:\n  subscribe:\n    url: https://lens.example.org/subscribe?utm_source=issue\n"
        "  other:\n    - title: Mine\n      url: https://mine.example/a?gi=1&utm_source=b\n"
    )
    write_publication(folder, publication=settings + PUBLICATION, _1=ISSUE)
    problems = [(problem["line"], problem["column"], problem["rule"]) for problem in found(run, "1")]
    assert problems == [
        (2, 18, "publication-tracking"),
        (3, 10, "publication-wrapped-link"),
        (9, 12, "publication-tracking"),
    ]


@pytest.mark.parametrize(
    ("url", "rule", "advice"),
    [
        (
            "https://www.google.com/url?q=https%3A%2F%2Fa.example%2Fb%3Futm_source%3Dx&sa=D",
            "wrapped-link",
            "Link to the source itself: https://a.example/b",
        ),
        (
            "http://www.google.com/amp/s/a.example/b?utm_source=x",
            "wrapped-link",
            "Link to the source itself: https://a.example/b",
        ),
        (
            "https://web.archive.org/web/2021/http://a.example/b?utm_source=x",
            "archived-copy",
            "If the page still exists, link to the source itself: http://a.example/b",
        ),
    ],
)
def test_a_wrapped_link_is_one_finding_with_the_source(
    url: str, rule: str, advice: str, run: Run, folder: Path
) -> None:
    """Its tracking and its scheme go with the wrapper. A copy in an archive may be needed, so it is information."""
    write_publication(folder, _1=ISSUE.replace(URL, url))
    assert [(problem["rule"], problem["advice"]) for problem in found(run, "1")] == [(rule, advice)]


ARXIV, POST = "https://arxiv.org/abs/2103.01988", "https://x.com/lens/status/1370000000000000000"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ARXIV, "https://www.alphaxiv.org/abs/2103.01988v2"),
        (ARXIV, "https://huggingface.co/papers/2103.01988"),
        (ARXIV, "https://ar5iv.labs.arxiv.org/html/2103.01988"),
        (ARXIV, "https://www.arxiv-vanity.com/papers/2103.01988/"),
        (ARXIV, "https://www.semanticscholar.org/arxiv/2103.01988"),
        ("https://github.com/o/r", "https://github.com/o/r.git"),
        ("https://github.com/o/r", "https://github.com/O/R"),
        ("https://github.com/o/r", "https://github.com/o/r/tree/main"),
        ("https://en.wikipedia.org/wiki/Lens", "https://en.m.wikipedia.org/wiki/Lens"),
        (POST, POST.replace("x.com", "twitter.com")),
        (POST, POST.replace("x.com", "nitter.net")),
        (POST, POST.replace("x.com", "fxtwitter.com")),
        (URL, f"https://web.archive.org/web/20210405060708/{URL}"),
        (URL, "https://www.google.com/url?q=https%3A%2F%2Fexample.com%2Flenses&sa=D"),
        (URL, "https://www.google.com/amp/s/example.com/lenses"),
        (URL, "https://example-com.cdn.ampproject.org/c/s/example.com/lenses"),
        ("https://lens.medium.com/on-lenses-45bd45c0d35b", "https://medium.com/@lens/on-lenses-45bd45c0d35b"),
        ("https://doi.org/10.1145/3442188.3445922", "https://dl.acm.org/doi/abs/10.1145/3442188.3445922"),
    ],
)
def test_two_urls_of_one_story_are_a_duplicate(one: str, other: str, run: Run, folder: Path) -> None:
    """In one issue, and as a story of an earlier issue."""
    second = "    - title: Again\n      url: {}\n      comment: Once more.\n"
    write_publication(folder, _1=ISSUE.replace(URL, one), _2=ISSUE.replace(URL, other).replace("05-05", "05-12"))
    assert "story-ran-before" in [problem["rule"] for problem in found(run, "2", "--only", "issue")]
    write_publication(folder, _3=ISSUE.replace(URL, one) + second.format(other))
    assert "entry-duplicate-url" in [problem["rule"] for problem in found(run, "3", "--only", "issue")]


@pytest.mark.parametrize(
    ("url", "message", "advice"),
    [
        (
            "applewebdata://2F0B8E5C-7D1A/www.lens.example/a?b=1",
            "`applewebdata:` is an address that Apple's editors make up",
            "Write https://www.lens.example/a?b=1",
        ),
        ("applewebdata://2F0B8E5C-7D1A/a", "`applewebdata:` is", "Copy the URL again"),
        ("file:///Users/me/a.html", "`file:` is a file on your computer", "Copy the URL again"),
        ("chrome-extension://abc/viewer.html", "`chrome-extension:` is a page inside your browser", "Copy the URL"),
        ("http://localhost:8000/a", "`localhost:8000` is your own computer", "Write the public URL"),
        ("https://127.0.0.1/a", "`127.0.0.1` is your own computer", "Write the public URL"),
        ("localhost:8000/a", "`localhost:8000` is your own computer", "Write the public URL"),
        ("127.0.0.1:8000/a", "`127.0.0.1:8000` is your own computer", "Write the public URL"),
        ("C:/Users/me/a.html", "this is a file on your computer", "Copy the URL again"),
    ],
)
@pytest.mark.parametrize("error", ["", "staus: draft\n"])
@pytest.mark.parametrize("in_comment", [True, False])
def test_a_local_url_is_reported_as_what_it_is(
    url: str, message: str, advice: str, error: str, in_comment: bool, run: Run, folder: Path
) -> None:
    """At its own line, once, in an entry and in a text, and also if the issue has another error."""
    old, new = (COMMENT, f"See [it]({url}).") if in_comment else (URL, url)
    write_publication(folder, _1=ISSUE.replace(old, new) + error)
    problems = [
        problem for problem in found(run, "1") if problem["severity"] == "error" and problem["rule"] != "schema"
    ]
    line, column = (15, 18) if in_comment else (13, 12)
    assert [(problem["rule"], problem["line"], problem["column"]) for problem in problems] == [
        ("local-url", line, column)
    ]
    assert problems[0]["message"].startswith(message)
    assert problems[0]["advice"].startswith(advice)


def test_a_local_url_in_the_settings_is_described(run: Run, folder: Path) -> None:
    """The validation error of newsletter.yaml has the same message."""
    link = "links: {other: [{title: Mine, url: 'file:///Users/me/a.html'}]}\n"
    write_publication(folder, publication=link + PUBLICATION, _1=ISSUE)
    (problem,) = json.loads(run("check", "--json", code=1).stdout)
    assert (problem["line"], problem["message"]) == (1, "`file:` is a file on your computer")


def test_a_local_url_is_found_where_the_schema_expects_none(run: Run, folder: Path) -> None:
    """Below an unknown section, with an invalid date, and without a name of the issue."""
    issue = (
        ISSUE.replace("2024-05-05", "5 May")
        .replace(URL, "file:///a")
        .replace("sections:\n  featured:", "sections:\n  featured_papers:")
    )
    write_publication(folder, _1=issue)
    local = [(problem["line"], problem["path"]) for problem in found(run) if problem["rule"] == "local-url"]
    assert local == [(13, "sections.featured_papers[0].url")]


def test_a_local_url_is_found_in_texts_that_the_schema_does_not_expect(run: Run, folder: Path) -> None:
    """In a link of a highlight and an image of a comment, below unknown sections."""
    issue = (
        ISSUE.replace("[lenses](@lens)", "[lenses](file:///a)")
        .replace("A lens is", "![A](applewebdata://1/a) lens is")
        .replace("  featured:", "  featured_papers:")
    )
    write_publication(folder, _1=issue)
    local = [(problem["line"], problem["column"]) for problem in found(run, "1") if problem["rule"] == "local-url"]
    assert local == [(8, 30), (15, 14)]


@pytest.mark.parametrize("image", ["file:///Users/me/a.png", r"C:\Users\me\a.png", "http://localhost:8000/a.png"])
def test_a_local_image_is_saved_next_to_the_issue(image: str, run: Run, folder: Path) -> None:
    """An image can be a file, so that is the advice."""
    write_publication(folder, _1=ISSUE.replace(URL, f"{URL}\n      image_alt: A lens.\n      image: '{image}'"))
    (problem,) = found(run, "1", "--only", "issue")
    assert (problem["rule"], problem["line"], problem["column"]) == ("local-url", 15, 15)
    assert problem["advice"].startswith("Save the image next to the issue's file")


@pytest.mark.parametrize("target", ["127.0.0.1:8000/a", "localhost/a", r"C:\Users\me\a.html"])
def test_a_local_target_without_a_scheme_is_one_finding(target: str, run: Run, folder: Path) -> None:
    """Markdown does not accept some of them as links; that is not reported as well."""
    write_publication(folder, _1=ISSUE.replace(COMMENT, f"See [it]({target})."))
    problems = found(run, "1", "--only", "issue")
    assert [problem["rule"] for problem in problems] == ["local-url"]


@pytest.mark.parametrize(
    ("words", "rules"),
    [
        ("Open http://localhost:8000/a next.", [("bare-url", "`localhost:8000` is your own computer")]),
        ("Open `http://localhost:8000/a` next.", []),
        ("Open <http://localhost:8000/a> next.", [("local-url", "`localhost:8000` is your own computer")]),
    ],
)
def test_a_local_url_in_words_is_one_finding(words: str, rules: list[tuple[str, str]], run: Run, folder: Path) -> None:
    """Readers may be asked to type it. It is no error, and the advice is no link to it."""
    write_publication(folder, _1=ISSUE.replace(COMMENT, words))
    problems = found(run, "1", "--only", "issue")
    assert [(problem["rule"], problem["message"]) for problem in problems] == rules
    assert "[words](" not in "".join(problem["advice"] for problem in problems)
