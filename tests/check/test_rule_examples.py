"""Every rule finds its bad case, passes its good case, and is documented."""

import json
from pathlib import Path

import pytest

from newsletter.check.registry import all_rule_sets, rules_by_id
from tests.check.cases import Case, cases, lines_found, missing
from tests.conftest import Run
from tests.publications import ISSUE, write_publication

URL, COMMENT = "https://example.com/lenses", "A lens is *ground* before it is polished."


def test_every_rule_has_a_case() -> None:
    """Each rule has a bad and a good case, and each case has a rule."""
    assert missing() == set()


@pytest.mark.parametrize("case", cases().values(), ids=lambda case: case.rule)
def test_a_rule_finds_the_bad_and_passes_the_good(case: Case, run: Run, folder: Path) -> None:
    """A rule finds its bad case on one line, and nothing in its good case."""
    assert lines_found(case, case.bad, run, folder) == [case.line]
    assert lines_found(case, case.good, run, folder) == []


def test_every_rule_is_documented() -> None:
    """Ids are unique, and each rule has a description, a reason, a source and a fix."""
    assert len(rules_by_id()) == sum(len(rules.rules) for rules in all_rule_sets())
    for rule in rules_by_id().values():
        assert rule.description.endswith("."), rule.id
        assert rule.reason.endswith("."), rule.id
        assert rule.fix.endswith("."), rule.id
        assert rule.source, rule.id
        assert "\n" not in rule.reason + rule.source, rule.id


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (URL, "https//example.com/lenses", ("malformed-url", "nothing else: https://example.com/lenses")),
        (URL, "https:/example.com/lenses", ("malformed-url", "Write it as https://example.com/lenses")),
        (URL, "https：//example.com/lenses", ("malformed-url", "nothing else: https://example.com/lenses")),
        (URL, f"{URL}'", ("malformed-url", f"Remove it: {URL}")),
        (URL, f"{URL}”", ("malformed-url", f"Remove it: {URL}")),
        (URL, URL + URL, ("malformed-url", f"Write only one of them: {URL}")),
        (URL, f"https://{URL}", ("malformed-url", f"Write it once: {URL}")),
        (URL, "https://en.wikipedia.org/wiki/'Salem's_Lot'", None),
        (URL, "https://zh.wikipedia.org/wiki/“文化大革命”", None),
        (URL, f"https://web.archive.org/web/2020/{URL}", None),
        (URL, "https://10.0.0.3/lenses", ("email-url-private", "Write the public URL.")),
        (URL, "https://lenses/", ("email-url-private", "Write the public URL.")),
        (COMMENT, "It is about [lenses]().", ("markdown-beyond", "Add the address, or remove the brackets.")),
        (COMMENT, "About lenses, at www.example.com/lenses.", ("bare-url", "[words](https://www.example.com/lenses)")),
        (COMMENT, "About lenses, at [www.example.com](https://www.example.com/lenses).", None),
        (COMMENT, "About lenses: [Learn more →](https://example.com/more).", ("click-here", "Link the words")),
        (COMMENT, "It takes\n\n        $$\n        x = 1\n        $$", ("medium-maths", "Write it in words")),
        (COMMENT, "It takes \\begin{equation}x\\end{equation}.", ("medium-maths", "Write it in words")),
        (COMMENT, "It takes \\(x + y\\) turns.", ("medium-maths", "Write it in words")),
        (COMMENT, "Write `\\begin{table}` or `\\(x\\)` (in LaTeX).", None),
    ],
)
def test_a_problem_is_reported_once_and_valid_text_is_not_reported(
    old: str, new: str, expected: tuple[str, str] | None, run: Run, folder: Path
) -> None:
    """One problem is one finding, and its advice is what the author has to write."""
    write_publication(folder, _1=ISSUE.replace(old, new))
    found = [problem for problem in json.loads(run("check", "--json").stdout) if problem["severity"] != "information"]
    assert [problem["rule"] for problem in found] == ([expected[0]] if expected else [])
    assert not expected or expected[1] in found[0]["advice"]


@pytest.mark.parametrize(
    "title", ["Grinding (arXiv:2102.06171)", "Grinding [2102.06171v2]", "arXiv: 2102.06171 Grinding"]
)
def test_another_papers_number_is_found_anywhere_in_a_source_title(title: str, run: Run, folder: Path) -> None:
    """At the start or the end, in brackets or after `arXiv:`; other numbers in a title are not reported."""
    issue = ISSUE.replace(URL, "https://arxiv.org/abs/2102.05095")
    write_publication(folder, _1=issue.replace("      comment:", f'      source_title: "{title}"\n      comment:'))
    assert "[source-title-number]" in run("check", code=1).stdout
    many = issue.replace("      comment:", "      source_title: What 2102.06171 lenses have in common\n      comment:")
    write_publication(folder, _1=many)
    run("check", code=0)


@pytest.mark.parametrize(("language", "rules"), [("en", ["doubled-word"]), ("en-GB", ["doubled-word"]), ("de", [])])
def test_a_repeated_word_is_found_in_every_variety_of_english(
    language: str, rules: list[str], run: Run, folder: Path
) -> None:
    """In other languages, repeated words are valid."""
    title = (
        f"{{title: How the the lens is ground, url: https://example.com/sand, language: {language}, comment: On sand.}}"
    )
    write_publication(folder, _1=f"{ISSUE}    - {title}\n")
    found = json.loads(run("check", "--json").stdout)
    assert [problem["rule"] for problem in found if problem["rule"] == "doubled-word"] == rules


def test_a_number_that_another_issue_has_is_found(run: Run, folder: Path) -> None:
    """A file that was copied and not changed has the number of the original."""
    assert "number: 1\n" in ISSUE
    write_publication(folder, _1=ISSUE, _2=ISSUE)
    assert "number 1 is already used by 1" in run("check", "2").stdout
