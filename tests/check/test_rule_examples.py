"""Every rule finds its bad case and passes its good one, and is described."""

import json
from pathlib import Path

import pytest

from newsletter.check.registry import all_rule_sets, rules_by_id
from tests.check.cases import Case, cases, lines_found, missing
from tests.conftest import Run
from tests.publications import ISSUE, write_publication

URL, COMMENT = "https://example.com/lenses", "A lens is *ground* before it is polished."


def test_every_rule_has_a_case() -> None:
    """A rule without a bad and a good case does not exist, nor a case without a rule."""
    assert missing() == set()


@pytest.mark.parametrize("case", cases().values(), ids=lambda case: case.rule)
def test_a_rule_finds_the_bad_and_passes_the_good(case: Case, run: Run, folder: Path) -> None:
    """A rule finds its bad case at one line, and nothing in its good one."""
    assert lines_found(case, case.bad, run, folder) == [case.line]
    assert lines_found(case, case.good, run, folder) == []


def test_every_rule_says_what_it_is() -> None:
    """An id is one rule's; each says in a sentence what it finds, why, and where that is known from."""
    assert len(rules_by_id()) == sum(len(rules.rules) for rules in all_rule_sets())
    for rule in rules_by_id().values():
        assert rule.description.endswith("."), rule.id
        assert rule.reason.endswith("."), rule.id
        assert rule.source, rule.id
        assert "\n" not in rule.reason + rule.source, rule.id


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (URL, "https//example.com/lenses", ("malformed-url", "nothing around it: https://example.com/lenses")),
        (URL, "https:/example.com/lenses", ("malformed-url", "Write it as https://example.com/lenses")),
        (URL, "https：//example.com/lenses", ("malformed-url", "nothing around it: https://example.com/lenses")),
        (URL, f"{URL}'", ("malformed-url", f"Take it out: {URL}")),
        (URL, f"{URL}”", ("malformed-url", f"Take it out: {URL}")),
        (URL, URL + URL, ("malformed-url", f"Write one of them: {URL}")),
        (URL, f"https://{URL}", ("malformed-url", f"Write it once: {URL}")),
        (URL, "https://en.wikipedia.org/wiki/'Salem's_Lot'", None),
        (URL, "https://zh.wikipedia.org/wiki/“文化大革命”", None),
        (URL, f"https://web.archive.org/web/2020/{URL}", None),
        (URL, "https://10.0.0.3/lenses", ("email-url-private", "Write the public address.")),
        (URL, "https://lenses/", ("email-url-private", "Write the public address.")),
        (COMMENT, "Of [lenses]() it tells.", ("markdown-beyond", "Write where it leads, or take its marks out.")),
        (COMMENT, "Of lenses, at www.example.com/lenses.", ("bare-url", "[words](https://www.example.com/lenses)")),
        (COMMENT, "Of lenses, at [www.example.com](https://www.example.com/lenses).", None),
        (COMMENT, "Of lenses: [Learn more →](https://example.com/more).", ("click-here", "Link the words")),
        (COMMENT, "It takes\n\n        $$\n        x = 1\n        $$", ("medium-maths", "Write it in words")),
        (COMMENT, "It takes \\begin{equation}x\\end{equation}.", ("medium-maths", "Write it in words")),
        (COMMENT, "It takes \\(x + y\\) turns.", ("medium-maths", "Write it in words")),
        (COMMENT, "Write `\\begin{table}` or `\\(x\\)` (in LaTeX).", None),
    ],
)
def test_a_fault_is_told_once_and_what_is_none_is_not(
    old: str, new: str, expected: tuple[str, str] | None, run: Run, folder: Path
) -> None:
    """One fault is one finding, whose advice is what the author has to write."""
    write_publication(folder, _1=ISSUE.replace(old, new))
    found = [problem for problem in json.loads(run("check", "--json").stdout) if problem["severity"] != "information"]
    assert [problem["rule"] for problem in found] == ([expected[0]] if expected else [])
    assert not expected or expected[1] in found[0]["advice"]


@pytest.mark.parametrize(
    "title", ["Grinding (arXiv:2102.06171)", "Grinding [2102.06171v2]", "arXiv: 2102.06171 Grinding"]
)
def test_the_number_of_another_paper_is_found_wherever_a_source_title_says_it(
    title: str, run: Run, folder: Path
) -> None:
    """In front or behind, in brackets or after `arXiv:`; a number that only looks like one is a number."""
    issue = ISSUE.replace(URL, "https://arxiv.org/abs/2102.05095")
    write_publication(folder, _1=issue.replace("      comment:", f'      source_title: "{title}"\n      comment:'))
    assert "[source-title-number]" in run("check", code=1).stdout
    many = issue.replace("      comment:", "      source_title: What 2102.06171 lenses have in common\n      comment:")
    write_publication(folder, _1=many)
    run("check", code=0)


@pytest.mark.parametrize(("language", "rules"), [("en", ["doubled-word"]), ("en-GB", ["doubled-word"]), ("de", [])])
def test_a_doubled_word_is_found_in_any_english(language: str, rules: list[str], run: Run, folder: Path) -> None:
    """In other languages a word may stand twice."""
    title = (
        f"{{title: How the the lens is ground, url: https://example.com/sand, language: {language}, comment: On sand.}}"
    )
    write_publication(folder, _1=f"{ISSUE}    - {title}\n")
    found = json.loads(run("check", "--json").stdout)
    assert [problem["rule"] for problem in found if problem["rule"] == "doubled-word"] == rules


def test_two_issues_of_one_number_and_one_date_name_each_other(run: Run, folder: Path) -> None:
    """A file that was copied, and not changed, has the number of the other."""
    assert "number: 1\n" in ISSUE
    write_publication(folder, _1=ISSUE, _2=ISSUE)
    assert "1 has the number 1, too" in run("check", "2").stdout
