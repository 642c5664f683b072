"""Text that the layout generates (counts, numbers, links) is correct."""

import re
from pathlib import Path

from tests.conftest import Run
from tests.publications import ISSUE, PUBLICATION, write_publication

LINKS = "links:\n  subscribe: {url: https://lens.example.org/subscribe/}\n"


def issue(number: int, sections: str = "featured papers") -> str:
    text = ISSUE.replace("number: 1", f"number: {number}").replace("Issue 1", f"Issue {number}")
    text = text.replace("2024-05-05", f"2024-05-{number:02}").replace("com/lenses", f"com/{number}/lenses")
    more = "".join(
        f"  {name}:\n    - title: T{name}\n      url: https://example.com/{number}/{name}?a=1\n      comment: C.\n"
        for name in sections.split()
        if name != "featured"
    )
    return text + more


def test_counts_names_and_numbers_match_the_sections(run: Run, folder: Path) -> None:
    """Sections are numbered without gaps, and their count, names and list match."""
    for sections in (
        "featured",
        "featured papers",
        "featured use_cases other",
        "featured use_cases papers articles other",
    ):
        write_publication(folder, publication=PUBLICATION + "contents: {show: true}\n", _1=issue(1, sections))
        story = run("render", "medium", "-o", "-", code=0).stdout
        count = len(sections.split())
        headings = re.findall(r"^# (\d)\. (.+)$", story, re.MULTILINE)
        assert [int(number) for number, _ in headings] == list(range(1, count + 1))
        listed = [line for line in story.splitlines() if re.match(r"\d\. ", line)]
        assert [re.sub(r"[\[\]]|\(.*\)", "", line) for line in listed] == [f"{n}. {name}" for n, name in headings]
        assert f"on {['one topic', 'two topics', 'three topics', 'four topics', 'five topics'][count - 1]}:" in story


def test_past_issues_are_complete_and_exclude_the_issue_itself(run: Run, folder: Path) -> None:
    """The list contains the published issues before this one, newest first, without a gap."""
    write_publication(folder, publication=PUBLICATION + "past_issues: 3\n", **{f"_{n}": issue(n) for n in range(1, 8)})
    for number in (2, 4, 7):
        story = run("render", "medium", str(number), "-o", "-", code=0).stdout
        past = [int(n) for n in re.findall(r"\(https://lens\.example\.org/(\d)/\)", story)]
        assert past == list(range(number - 1, max(number - 4, 0), -1))


def test_a_title_and_its_domain_link_to_one_story(run: Run, folder: Path) -> None:
    """The title links to the entry's URL with the campaign parameters, the domain to the bare URL."""
    write_publication(folder, publication=PUBLICATION, _3=issue(3))
    html = run("render", "email", "3", "-o", "-", code=0).stdout
    links = re.findall(r'href="(https://example\.com/3/papers[^"]*)"', html)
    assert {link.replace("&amp;", "&") for link in links} == {
        "https://example.com/3/papers?a=1",
        "https://example.com/3/papers?a=1&utm_campaign=3&utm_medium=email&utm_source=newsletter",
    }


def test_an_arxiv_number_comes_from_the_url(run: Run, folder: Path) -> None:
    """The number before a source title is taken from the URL, and appears once."""
    for title in ("Barlow Twins", '"[2103.03230] Barlow Twins"'):
        text = issue(1).replace("https://example.com/1/lenses", "https://arxiv.org/abs/2103.03230")
        write_publication(folder, _1=text.replace("      comment: |", f"      source_title: {title}\n      comment: |"))
        assert run("render", "text", "-o", "-", code=0).stdout.count("[2103.03230] Barlow Twins") == 1
