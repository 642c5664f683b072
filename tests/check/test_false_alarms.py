"""What is right, or is one problem, does not give findings or gives only one."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Run
from tests.publications import write_publication

ISSUE: dict[str, Any] = {
    "title": "The Weekly Lens — Issue 9",
    "date": "2024-05-12",
    "status": "published",
    "preheader": "A lens on the week, ground from one story and polished twice over",
}
EARLIER: dict[str, Any] = {**ISSUE, "title": "The Weekly Lens — Issue 8", "date": "2024-05-05"}


def entry(name: str, **fields: str) -> dict[str, str]:
    """Return an entry without problems, with some fields of its own."""
    return {"title": f"On {name}", "url": f"https://{name}.net/", "comment": f"All about {name}.", **fields}


def findings(run: Run, folder: Path, *sections: Any, earlier: Any = None, **fields: Any) -> list[dict[str, Any]]:
    """Return the findings in an issue with these papers."""
    issue = {**ISSUE, "sections": {"papers": list(sections)}, **fields}
    write_publication(folder, _9=yaml.safe_dump(issue, allow_unicode=True, sort_keys=False))
    if earlier:
        write_publication(folder, _8=yaml.safe_dump({**EARLIER, **earlier}, allow_unicode=True, sort_keys=False))
    found: list[dict[str, Any]] = json.loads(run("check", "9", "--json").stdout)
    return [problem for problem in found if problem["severity"] != "information"]


def rules(found: list[dict[str, Any]]) -> list[str]:
    """Return the ids of the rules that found something, in alphabetical order."""
    return sorted(problem["rule"] for problem in found)


@pytest.mark.parametrize(
    ("source_title", "expected"),
    [
        ("Comment on arXiv:2101.00001", []),
        ("Reply to “Lenses” [arXiv:2101.00001]", []),
        ("Erratum: Lenses (arXiv:2101.00001)", []),
        ("New results from arXiv:2101.00001", []),
        ("[2102.05095] Comment on arXiv:2101.00001", []),
        ("Lenses [2101.00001]", ["source-title-number"]),
        ("[2101.00001] Comment on arXiv:2102.05095", ["source-title-number"]),
    ],
)
def test_a_paper_about_another_paper_may_name_it(
    source_title: str, expected: list[str], run: Run, folder: Path
) -> None:
    """A number in a source title that names the paper's subject is not its own number."""
    story = entry("lenses", url="https://arxiv.org/abs/2102.05095", source_title=source_title)
    assert rules(findings(run, folder, story)) == expected


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        (r"As \[2103.03230\] shows, lenses bend.", []),
        (r"See the slides \[PDF\] and \(in part\) the talk.", []),
        (r"Read \[Part 1 - Grinding\] and \[and/or\] its pages \[12-14\].", []),
        (r"It takes \(x + y\) turns.", ["medium-maths"]),
        (r"It takes \[E = mc^2\] to polish.", ["medium-maths"]),
        (r"It takes \(n\) turns.", ["medium-maths"]),
        (r"It takes \(\frac12\) turns.", ["medium-maths"]),
    ],
)
def test_escaped_brackets_are_not_formulas(comment: str, expected: list[str], run: Run, folder: Path) -> None:
    """Words and numbers in escaped brackets are text."""
    assert rules(findings(run, folder, entry("lenses", comment=comment))) == expected


def paper(number: int, **fields: str) -> dict[str, str]:
    """Return a paper with an image."""
    image = {"image": f"https://lens.net/{number}.png", "image_alt": f"Figure {number} of the paper."}
    return entry(f"p{number}", url=f"https://arxiv.org/abs/2103.0000{number}", **image, **fields)


def test_a_page_among_papers_needs_no_image(run: Run, folder: Path) -> None:
    """Medium shows a link card for a page. A paper among papers, and a page among many pages, need an image."""
    assert findings(run, folder, paper(1), paper(2), entry("lenses")) == []
    bare = entry("p3", url="https://arxiv.org/abs/2103.00003")
    assert rules(findings(run, folder, paper(1), paper(2), bare)) == ["image-missing"]
    pages = [{**paper(number), "url": f"https://lens.net/{number}"} for number in range(1, 5)]
    assert findings(run, folder, *pages[:3], entry("lenses")) == []
    assert rules(findings(run, folder, *pages, entry("lenses"))) == ["image-missing"]


def test_an_entry_with_an_imported_link_card_needs_no_image(run: Run, folder: Path) -> None:
    """The importer writes the text of a link card above the entry."""
    pages = [{**paper(number), "url": f"https://lens.net/{number}"} for number in range(1, 5)]
    assert rules(findings(run, folder, *pages, entry("lenses"))) == ["image-missing"]
    path = folder / "issues" / "9.yaml"
    text = path.read_text(encoding="utf-8")
    card = "  # From line 12 of page.md, its link card: How a lens is ground\n"
    path.write_text(text.replace("  - title: On lenses", f"{card}  - title: On lenses"), encoding="utf-8")
    assert json.loads(run("check", "9", "--json").stdout) == []


def test_words_without_an_image_are_one_finding(run: Run, folder: Path) -> None:
    """Such an entry is not also reported for its missing image."""
    lost = {key: value for key, value in paper(3, image_credit="The authors").items() if key != "image"}
    (found,) = findings(run, folder, paper(1), paper(2), lost)
    assert found["rule"] == "image-words-alone"
    assert found["message"] == "`image_alt` and `image_credit` without an image are not shown"


def test_images_without_descriptions_are_one_finding(run: Run, folder: Path) -> None:
    """The finding names the lines of all images; images with an ignore comment are left out."""
    papers = [{key: value for key, value in paper(number).items() if key != "image_alt"} for number in (1, 2, 3)]
    (found,) = findings(run, folder, *papers)
    lines = [number for number, line in enumerate(_lines(folder), 1) if "image:" in line]
    assert (found["rule"], found["line"]) == ("image-without-alt", lines[0])
    assert found["message"] == f"3 images have no description: lines {lines[0]}, {lines[1]} and {lines[2]}"
    path = folder / "issues" / "9.yaml"
    ignored = [
        f"{line}  # check: ignore=image-without-alt" if at == lines[1] else line
        for at, line in enumerate(_lines(folder), 1)
    ]
    path.write_text("\n".join(ignored), encoding="utf-8")
    (found,) = json.loads(run("check", "9", "--json").stdout)
    assert found["message"] == f"2 images have no description: lines {lines[0]} and {lines[2]}"
    (found,) = findings(run, folder, papers[0], paper(2))
    assert found["message"] == "`image_alt` is missing"


def test_generic_descriptions_are_none(run: Run, folder: Path) -> None:
    """“Image for post” is reported as a missing description, and not as a repeated one."""
    generic = [{**paper(number), "image_alt": alt} for number, alt in enumerate(("Image for post", "Figure 1", "图片"))]
    (found,) = findings(run, folder, *generic)
    assert (found["rule"], found["message"][:32]) == ("image-without-alt", "3 images have no description: li")
    figures = [{**paper(number), "image_alt": f"Figure {number}: the lens"} for number in (1, 2)]
    assert findings(run, folder, *figures) == []


def test_a_copied_entry_is_one_finding(run: Run, folder: Path) -> None:
    """The finding names all copied fields."""
    copy = {**paper(1, source_title="Of lenses"), "url": "https://arxiv.org/abs/2103.00002"}
    (found,) = findings(run, folder, paper(1, source_title="Of lenses"), copy)
    assert found["rule"] == "source-title-repeated"
    fields = "`source_title` and `comment` and `image` and `image_alt`"
    assert found["message"].startswith(f"{fields} are the same as in “On p1”")


REPEATED = {
    "highlights": {"papers": ["[Lenses](https://lenses.net/) are ground."]},
    "sections": {"papers": [entry("lenses")]},
}


@pytest.mark.parametrize(
    "marked",
    [
        {"digest": True},
        {"sections": {"papers": [entry("lenses", origin="8"), entry("sand")]}},
    ],
    ids=["digest", "origin"],
)
def test_a_digest_may_repeat(marked: dict[str, Any], run: Run, folder: Path) -> None:
    """Stories and highlights of earlier issues are found in an issue, but not in a digest."""
    highlights = REPEATED["highlights"]
    found = findings(run, folder, entry("lenses"), earlier=REPEATED, highlights=highlights)
    assert rules(found) == ["highlight-repeated", "story-ran-before"]
    assert findings(run, folder, entry("lenses"), earlier=REPEATED, **{"highlights": highlights, **marked}) == []


def test_an_issue_of_a_month_is_a_digest_among_weekly_ones(run: Run, folder: Path) -> None:
    """Its title names the month in which two or more issues came."""
    title = {"title": "The Lens — May 2024", "date": "2024-06-02", "highlights": REPEATED["highlights"]}
    assert "story-ran-before" in rules(findings(run, folder, entry("lenses"), earlier=REPEATED, **title))
    write_publication(
        folder, _7=yaml.safe_dump({**EARLIER, "date": "2024-05-19", "sections": {"papers": [entry("sand")]}})
    )
    assert findings(run, folder, entry("lenses"), earlier=REPEATED, **title) == []


@pytest.mark.parametrize("neighbour", ["Week 18, 2024", "Week 17, 2024"])
def test_a_subtitle_may_name_the_week_that_is_usual(neighbour: str, run: Run, folder: Path) -> None:
    """A newsletter may always name the week before."""
    title = {"title": f"The Lens, {neighbour}", "sections": {"papers": [entry("sand")]}}
    found = findings(run, folder, entry("lenses"), earlier=title, subtitle="Week 18, 2024")
    assert rules(found) == ([] if neighbour == "Week 17, 2024" else ["period-out-of-step"])


def test_a_wrong_week_in_title_and_subtitle_is_one_finding(run: Run, folder: Path) -> None:
    """So is a month in both."""
    for line, rule in (("Week 12, 2024", "week-out-of-step"), ("January 2024", "period-out-of-step")):
        assert rules(findings(run, folder, entry("lenses"), title=f"The Lens, {line}", subtitle=f"News of {line}")) == [
            rule
        ]


def test_background_references_are_not_found(run: Run, folder: Path) -> None:
    """A highlight whose first link is a story of the issue may link to other pages; several highlights to the same."""

    def found(*highlights: str) -> list[str]:
        return rules(findings(run, folder, entry("lenses"), entry("sand"), highlights={"papers": list(highlights)}))

    background = "as [Newton](https://newton.net/) knew"
    assert (
        found(f"[Lenses](https://lenses.net/) bend, {background}.", f"[Sand](https://sand.net/) melts, {background}.")
        == []
    )
    assert found("[Newton](https://newton.net/) knew [lenses](https://lenses.net/).") == ["highlight-story-missing"]
    missing = "[Newton](https://newton.net/) and [Hooke](https://hooke.net/) knew it."
    assert found(missing) == ["highlight-story-missing"]
    twice = found(
        "[Lenses](https://lenses.net/) bend.", "[Sand](https://sand.net/) makes [lenses](https://lenses.net/)."
    )
    assert twice == ["highlight-same-link"]


def test_a_wrong_number_is_one_finding(run: Run, folder: Path) -> None:
    """A number that differs from the neighbour, the title and the file name is wrong once."""
    assert rules(findings(run, folder, entry("lenses"), earlier={**REPEATED, "number": 8}, number=12)) == [
        "number-out-of-step",
        "story-ran-before",
    ]


def _lines(folder: Path) -> list[str]:
    return (folder / "issues" / "9.yaml").read_text(encoding="utf-8").splitlines()
