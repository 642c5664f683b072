"""Mutations put a mistake into a clean issue at a random place, and its rule must find it at its line."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.check.registry import rules_by_id
from newsletter.check.rule import Subject
from newsletter.check.runner import Checker
from newsletter.errors import Problem
from newsletter.render.renderer import Renderer
from newsletter.workspace.workspace import Workspace
from tests.check.clean import EARLIER, EARLIER_POINT, EARLIER_URL, Sheet, clean_sheet, sentence
from tests.publications import write_publication

pytestmark = pytest.mark.slow

# Puts a mistake into an issue, and returns the line, from 1, on which it must be found.
Fault = Callable[[Sheet], int]
FAULTS: list[tuple[str, Fault]] = []


def fault(rule: str) -> Callable[[Fault], Fault]:
    """Register a function that makes a mistake which a rule must find."""

    def register(make: Fault) -> Fault:
        FAULTS.append((rule, make))
        return make

    return register


def other_address(sheet: Sheet, url: str) -> str:
    """Return another URL of the same story."""
    base = url.rstrip("/")
    choices = [base + "?utm_source=mail&utm_medium=email", url.replace("https:", "http:"), base + "#top"]
    choices += ["https://www." + base.removeprefix("https://")] if "www." not in url else [url.replace("www.", "")]
    if "arxiv" in url:
        choices += [url.replace("/abs/", "/pdf/") + ".pdf", url + "v2", "https://doi.org/10.48550/arXiv." + url[22:]]
    if "youtu.be" in url:
        choices = [
            f"https://www.youtube.com/watch?v={url[17:]}&feature=share",
            f"https://m.youtube.com/shorts/{url[17:]}",
        ]
    if "?" in url:
        choices = [f"{url}&utm_campaign=x", f"{url}&fbclid=x"]
    return sheet.random.choice(choices)


@fault("entry-duplicate-url")
def the_same_story_twice(sheet: Sheet) -> int:
    first, second = sheet.two()
    return sheet.write(second, "url", other_address(sheet, sheet.value(first, "url")))


@fault("entry-duplicate-url")
def the_same_url_twice(sheet: Sheet) -> int:
    first, second = sheet.two()
    return sheet.write(second, "url", sheet.value(first, "url"))


@fault("sponsored-unlabelled")
def an_affiliate_link_without_a_label(sheet: Sheet) -> int:
    urls = [
        "https://amzn.to/3lens",
        "https://shop.example.com/loupe?aff_id=9",
        "https://news.example.com/advertorial/loupe",
    ]
    return sheet.write(sheet.one(), "url", sheet.random.choice(urls))


@fault("entry-without-title")
def no_title(sheet: Sheet) -> int:
    return sheet.write(sheet.one(), "title", "")


@fault("entry-without-title")
def no_title_field(sheet: Sheet) -> int:
    entry = sheet.one()
    del sheet.lines[sheet.field(entry, "title")]
    return sheet.line(f"id: e{entry}") + 1


@fault("comment-empty")
def no_comment(sheet: Sheet) -> int:
    return sheet.comment(sheet.one()) - 1


@fault("source-title-number")
def another_papers_number(sheet: Sheet) -> int:
    entry = sheet.one()
    sheet.write(entry, "url", "https://arxiv.org/abs/2102.05095")
    return sheet.write(
        entry,
        "source_title",
        sheet.random.choice(['"[2102.06171] Title"', '"【2102.06171】Title"', '"[2102.06171v2] Title"']),
    )


@fault("source-title-repeated")
def the_same_source_title(sheet: Sheet) -> int:
    first, second = sheet.two()
    return sheet.write(second, "source_title", sheet.value(first, "source_title"))


@fault("comment-repeated")
def the_same_comment(sheet: Sheet) -> int:
    first, second = sheet.two()
    text = sentence(sheet.random)
    sheet.comment(first, text)
    return sheet.comment(second, text) - 1


@fault("image-repeated")
def the_same_image(sheet: Sheet) -> int:
    first, second = sheet.two()
    return sheet.write(second, "image", sheet.value(first, "image"))


@fault("image-alt-repeated")
def the_same_description(sheet: Sheet) -> int:
    first, second = sheet.two()
    return sheet.write(second, "image_alt", sheet.value(first, "image_alt"))


@fault("source-title-venue")
def another_year_of_a_conference(sheet: Sheet) -> int:
    entry = sheet.one()
    url = sheet.random.choice(["https://x.net/CVPR2021/lens.html", "https://aclanthology.org/2021.acl-long.1/"])
    name = "ACL" if "acl" in url else "CVPR"
    sheet.write(entry, "url", url)
    title = sheet.random.choice(["'Lenses ({} 2020)'", "'[{}2019] Lenses'", "Lenses, {} 2020"]).replace("{}", name)
    return sheet.write(entry, "source_title", title)


@fault("title-other-story")
def a_title_of_another_story(sheet: Sheet) -> int:
    entry = sheet.one()
    sheet.write(entry, "url", "https://x.net/what-gamescom-brought-to-cologne")
    sheet.write(entry, "source_title", "What Gamescom brought to Cologne in August")
    sheet.comment(
        entry,
        sheet.random.choice(
            [
                "Gamescom fills the halls of Cologne with consoles, screens and visitors who queue for hours.",
                "Banks buy and sell shares within microseconds, since nobody else reads the order book as fast.",
            ]
        ),
    )
    return sheet.write(entry, "title", "How banks trade shares")


@fault("malformed-url")
def a_malformed_url(sheet: Sheet) -> int:
    entry = sheet.one()
    rest = sheet.value(entry, "url").removeprefix("https://")
    wrong = (
        "https://https://",
        "https:https://",
        "https://https//",
        "http://http:/",
        "https//",
        "ftp://",
        "mailto:",
        "https:///",
    )
    bad = [begin + rest for begin in wrong] + ['https://exam"ple.com/', "https://exam ple.com/", "https://example,com/"]
    return sheet.write(entry, "url", f"'{sheet.random.choice(bad)}'")


@fault("malformed-url")
def a_malformed_link(sheet: Sheet) -> int:
    url = sheet.random.choice(
        ["https//example.org/x", "https://https://example.org/x", "ftp://example.org/x", "/wiki/x"]
    )
    return sheet.comment(sheet.one(), f"See [what they wrote]({url}).")


@fault("highlight-repeated")
def last_weeks_highlight(sheet: Sheet) -> int:
    return sheet.point(EARLIER_POINT)


@fault("highlight-story-missing")
def a_story_of_last_week(sheet: Sheet) -> int:
    return sheet.point(f'"{sentence(sheet.random)} [{sentence(sheet.random, 2)}]({EARLIER_URL})."')


@fault("highlight-story-missing")
def a_story_in_no_issue(sheet: Sheet) -> int:
    return sheet.point(
        f'"[{sentence(sheet.random, 2)}](https://example.org/nowhere/{sheet.random.random()}) shows it."'
    )


@fault("highlight-same-link")
def two_highlights_with_one_link(sheet: Sheet) -> int:
    points = [at for at, line in enumerate(sheet.lines) if "](@" in line]
    first = sheet.random.choice(points)
    target = sheet.lines[first].partition("](")[2].partition(")")[0]
    return sheet.insert(first + 1, f'    - "{sentence(sheet.random)} [{sentence(sheet.random, 2)}]({target})."')


@fault("highlight-without-link")
def a_highlight_without_link(sheet: Sheet) -> int:
    return sheet.point(f'"{sentence(sheet.random)}."')


@fault("highlight-other-address")
def a_highlights_other_address(sheet: Sheet) -> int:
    entry = sheet.one()
    url = sheet.value(entry, "url")
    url = sheet.random.choice([url.replace("https:", "http:"), f"{url}#top"])
    return sheet.point(f'"{sentence(sheet.random)} [{sentence(sheet.random, 2)}]({url})."')


@fault("highlight-number")
def another_power_of_ten(sheet: Sheet) -> int:
    entry = sheet.one()
    wrong, right = sheet.random.choice(
        [("10^6", "10^5"), ("10⁶", "10⁵"), ("3 million", "3 billion"), ("1.5M", "1.5B"), ("180", "108"), ("97%", "79%")]
    )
    sheet.comment(entry, f"{sentence(sheet.random)} has {right} polished lenses.")
    return sheet.point(f'"[{sentence(sheet.random, 3)}](@e{entry}) has {wrong} polished lenses."')


@fault("story-ran-before")
def a_story_of_an_earlier_issue(sheet: Sheet) -> int:
    return sheet.write(sheet.one(), "url", sheet.random.choice([EARLIER_URL, other_address(sheet, EARLIER_URL)]))


@fault("number-out-of-step")
def a_wrong_number(sheet: Sheet) -> int:
    sheet.lines[0] = "title: The Weekly Lens"
    sheet.lines[2] = f"number: {sheet.random.choice([1, 7, 8, 10, 99])}"
    return 3


@fault("number-out-of-step")
def a_wrong_number_in_the_title(sheet: Sheet) -> int:
    sheet.lines[0] = (
        f'title: "The Weekly Lens — {sheet.random.choice(["Issue 10", "#8", "No. 90", "第 3 期", "第3号"])}"'
    )
    return 1


@fault("alias-in-use")
def an_alias_of_another_issue(sheet: Sheet) -> int:
    sheet.lines[2] += f"\naliases: [{sheet.random.choice(['a, 8', '8', 'b, 8, c'])}]"
    return 4


@fault("date-out-of-step")
def the_date_of_last_week(sheet: Sheet) -> int:
    sheet.lines[1] = "date: 2024-05-05"
    return 2


@fault("week-out-of-step")
def a_wrong_week(sheet: Sheet) -> int:
    week = sheet.random.choice([1, 18, 20, 31, 52])
    sheet.lines[0] = (
        f"title: {sheet.random.choice(['The Lens — Week {}, 2024', '第{}週のレンズ', '镜头，第 {} 周'])}".replace(
            "{}", str(week)
        )
    )
    return 1


@fault("week-out-of-step")
def a_wrong_year(sheet: Sheet) -> int:
    sheet.lines[0] = f"title: The Lens — Week 19, {sheet.random.choice([2021, 2023, 2025])}"
    return 1


@fault("period-out-of-step")
def a_subtitle_of_another_time(sheet: Sheet) -> int:
    choices = ["Week 18, 2024", "The best of May 2023", "2024年第18週", "2024 年 3 月精选", "The March issue"]
    return sheet.insert(2, f"subtitle: {sheet.random.choice(choices)}")


@fault("period-out-of-step")
def a_title_of_another_month(sheet: Sheet) -> int:
    choices = ["The Lens — March 2024", "The best of January", "レンズ 2024年2月"]
    sheet.lines[0] = f"title: {sheet.random.choice(choices)}"
    return 1


@fault("period-out-of-step")
def a_highlight_of_another_week(sheet: Sheet) -> int:
    choices = ["This week (week 17), {}", "Week 18, 2024: {}", "今週（第17週）は {}", "This month, March 2024, {}"]
    text = sheet.random.choice(choices).replace("{}", f"[{sentence(sheet.random, 3)}](@e{sheet.one()})")
    return sheet.point(f'"{text}."')


@fault("tracking-parameters")
def tracking_parameters(sheet: Sheet) -> int:
    entry = sheet.one()
    url = sheet.value(entry, "url")
    name = sheet.random.choice(["utm_source", "utm_campaign", "utm_medium", "fbclid", "gclid", "mc_cid"])
    return sheet.write(entry, "url", f"{url}{'&' if '?' in url else '?'}{name}=Week%208")


@fault("tracking-parameters")
def tracking_parameters_in_a_comment(sheet: Sheet) -> int:
    return sheet.comment(sheet.one(), "See [what they wrote](https://example.org/x?a=1&utm_medium=email).")


@fault("wrapped-link")
def a_url_copied_from_search_results(sheet: Sheet) -> int:
    entry = sheet.one()
    quoted = quote(sheet.value(entry, "url"), safe="")
    start = sheet.random.choice(["www.google.com/url?q=", "l.facebook.com/l.php?u=", "link.zhihu.com/?target="])
    return sheet.write(entry, "url", f"https://{start}{quoted}")


@fault("archived-copy")
def a_url_in_an_archive(sheet: Sheet) -> int:
    entry = sheet.one()
    start = sheet.random.choice(["web.archive.org/web/2021", "archive.ph/newest"])
    return sheet.write(entry, "url", f"https://{start}/{sheet.value(entry, 'url')}")


@fault("local-url")
def a_url_of_this_computer(sheet: Sheet) -> int:
    url = sheet.random.choice(["http://localhost:8000/a", "file:///a.html", "applewebdata://2F0B8E5C/a"])
    return sheet.write(sheet.one(), "url", url)


@fault("local-url")
def a_local_url_in_a_comment(sheet: Sheet) -> int:
    return sheet.comment(sheet.one(), "See [what they wrote](file:///Users/me/a.html).")


@fault("http-link")
def an_http_url(sheet: Sheet) -> int:
    entry = sheet.one()
    return sheet.write(entry, "url", sheet.value(entry, "url").replace("https:", "http:"))


@fault("shortened-link")
def a_shortened_url(sheet: Sheet) -> int:
    host = sheet.random.choice(["t.co", "bit.ly", "tinyurl.com", "goo.gl", "ow.ly", "lnkd.in"])
    return sheet.write(sheet.one(), "url", f"https://{host}/hjHHbG24Ph")


@fault("bare-url")
def a_comment_that_is_a_url(sheet: Sheet) -> int:
    entry = sheet.one()
    return sheet.comment(entry, sheet.value(entry, "url"))


@fault("bare-url")
def a_url_in_the_text(sheet: Sheet) -> int:
    text = sheet.random.choice(["{}", "<{}>", "[{}]({})", "({})"]).replace("{}", "https://example.org/bare")
    return sheet.comment(sheet.one(), sentence(sheet.random), f"{sentence(sheet.random)} {text} here.") + 1


@fault("link-text-domain")
def another_domain_in_the_words(sheet: Sheet) -> int:
    words = sheet.random.choice(["github.com", "https://github.com/lens", "www.github.com", "GitHub.com/lens"])
    return sheet.comment(sheet.one(), f"The code is at [{words}](https://example.org/code).")


@fault("mixed-script-domain")
def letters_of_two_scripts(sheet: Sheet) -> int:
    host = sheet.random.choice(["аrxiv.org", "gооgle.com", "exαmple.org", "xn--rxiv-73d.org"])
    return sheet.write(sheet.one(), "url", f"https://{host}/abs/1")


@fault("lookalike-domain")
def letters_that_look_like_latin(sheet: Sheet) -> int:
    return sheet.write(
        sheet.one(), "url", f"https://{sheet.random.choice(['аррӏе.com', 'хе.org', 'xn--80ak6aa92e.com'])}/"
    )


@fault("click-here")
def vague_link_text(sheet: Sheet) -> int:
    words = sheet.random.choice(["click here", "Here", "this link", "read more", "こちら", "点击这里", "**here**"])
    return sheet.comment(sheet.one(), f"{sentence(sheet.random)} [{words}](https://example.org/it).")


@fault("image-missing")
def no_image(sheet: Sheet) -> int:
    entry = sheet.one()
    sheet.write(entry, "url", "https://arxiv.org/abs/2103.09999")
    at = sheet.field(entry, "image")
    del sheet.lines[at : at + 3]
    return sheet.line(f"id: e{entry}") + 1


@fault("credit-missing")
def no_credit(sheet: Sheet) -> int:
    entry = sheet.one()
    del sheet.lines[sheet.field(entry, "image_credit")]
    return sheet.field(entry, "image") + 1


@fault("image-without-alt")
def no_alt(sheet: Sheet) -> int:
    entry = sheet.one()
    del sheet.lines[sheet.field(entry, "image_alt")]
    return sheet.field(entry, "image") + 1


@fault("image-without-alt")
def no_alt_in_a_comment(sheet: Sheet) -> int:
    return sheet.comment(sheet.one(), "See this:", "![](https://lens.example.org/x.png)") + 1


@fault("image-words-alone")
def words_without_an_image(sheet: Sheet) -> int:
    entry = sheet.one()
    del sheet.lines[sheet.field(entry, "image")]
    return sheet.field(entry, "image_alt") + 1


@fault("comment-without-words")
def a_comment_of_marks(sheet: Sheet) -> int:
    return sheet.comment(sheet.one(), sheet.random.choice(["****", "—", "【】", "...!"])) - 1


@fault("comment-too-long")
def a_long_comment(sheet: Sheet) -> int:
    long = [sentence(sheet.random, 13) for _ in range(10)]
    wide = ["注意だけではいけない理由を調べた研究で" * 7] * 2
    return sheet.comment(sheet.one(), *sheet.random.choice([long, wide])) - 1


@fault("doubled-word")
def a_repeated_word(sheet: Sheet) -> int:
    words = sentence(sheet.random).split()
    at = sheet.random.randrange(len(words))
    return sheet.comment(sheet.one(), " ".join([*words[:at], words[at], *words[at:]]))


@fault("doubled-word")
def a_repeated_word_across_a_line_end(sheet: Sheet) -> int:
    first = sentence(sheet.random)
    return sheet.comment(sheet.one(), first, f"{first.split()[-1]} whole rest.")


@fault("placeholder")
def a_placeholder(sheet: Sheet) -> int:
    name = sheet.random.choice(["title", "source_title", "image_alt"])
    return sheet.write(sheet.one(), name, sheet.random.choice(_PLACEHOLDERS))


@fault("placeholder")
def a_placeholder_url(sheet: Sheet) -> int:
    url = sheet.random.choice(["https://example.com", "https://www.example.com/", "https://example.org/todo"])
    return sheet.write(sheet.one(), "url", url)


_PLACEHOLDERS = (
    *("TODO", '"TBD: a title"', "Lorem ipsum dolor", '"…"', "TK", "xxx", '"[insert title]"', "Untitled"),
    *("待补充", "ここに記入", "example.com", "How lenses are ground (TODO)", '"[TK] Lenses"'),
)


@fault("markdown-beyond")
def unsupported_markdown(sheet: Sheet) -> int:
    text = sheet.random.choice(
        [("# Heading",), ("| a | b |", "|---|---|", "| 1 | 2 |"), ("a note[^1]",), ("<b>raw</b>",)]
    )
    return sheet.comment(sheet.one(), *text)


@fault("schema")
def an_unknown_key(sheet: Sheet) -> int:
    entry = sheet.one()
    return sheet.insert(sheet.field(entry, "url"), "      ulr: https://example.org/")


@fault("image-unusable")
def an_image_that_does_not_exist(sheet: Sheet) -> int:
    return sheet.write(sheet.one(), "image", "images/nowhere.png")


@fault("section-undeclared")
def an_undeclared_section_of_a_published_issue(sheet: Sheet) -> int:
    sheet.lines[sheet.line("status:")] = "status: published"
    at = sheet.line("sections:") + 1
    sheet.lines[at] = f"  {sheet.random.choice(['reviews', 'papers_of_old', 'other2'])}:"
    return at + 1


@fault("useless-ignore")
def an_unused_ignore_comment(sheet: Sheet) -> int:
    rule = sheet.random.choice(["http-link", "htpp-link", "click-here"])
    return sheet.insert(sheet.line(f"id: e{sheet.one()}"), f"    # check: ignore={rule}")


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Checker:
    """Return a checker of a publication with an issue of the week before."""
    return Checker(Renderer(Workspace(write_publication(tmp_path_factory.mktemp("lens"), _8=EARLIER))))


def found(checker: Checker, sheet: Sheet) -> tuple[Problem, ...]:
    path = checker.workspace.issues_folder / "9.yaml"
    path.write_text(sheet.text, encoding="utf-8")
    return checker.issue(str(path)).problems


def test_every_rule_on_an_issue_has_a_fault() -> None:
    """There is a mutation for every rule on an issue."""
    rules = {rule.id for rule in rules_by_id().values() if rule.subject is Subject.ISSUE}
    assert {rule for rule, _ in FAULTS} == rules


@pytest.mark.parametrize(("rule", "make"), FAULTS, ids=[f"{rule}: {make.__name__}" for rule, make in FAULTS])
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_mistake_is_found_at_its_line(rule: str, make: Fault, checker: Checker, seed: int) -> None:
    """The rule of a mistake finds it on its line, and every finding has advice."""
    sheet = clean_sheet(Random(seed))
    line = make(sheet)
    problems = found(checker, sheet)
    assert (rule, line) in {(problem.rule, problem.line) for problem in problems}, sheet.text
    assert all(problem.advice for problem in problems)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_clean_issue_is_clean(checker: Checker, seed: int) -> None:
    """Nothing is found in an issue without problems."""
    assert found(checker, clean_sheet(Random(seed))) == ()


def test_the_samples_are_clean() -> None:
    """Nothing is found in the sample issues of the repository."""
    workspace = Workspace(Path(__file__).parent.parent.parent)
    checker = Checker(Renderer(workspace))
    problems = [problem for listed in workspace.issues.issues for problem in checker.issue(listed.slug).problems]
    assert [*checker.publication().problems, *problems] == []
