"""Generates publications with any number of issues and entries. All texts are different."""

import random
from datetime import date, timedelta
from pathlib import Path

from PIL import Image

from newsletter.publication.section import DEFAULT_SECTIONS

WORDS = """
a model of the data that learns from few labels and keeps its accuracy when images are blurred or cropped at random
while training costs less time than before because most layers share their weights across scales
""".split()  # noqa: SIM905 (a text is easier to read than a list)
_PUBLICATION = """\
name: Benchmark Weekly
site_url: https://news.example.org/
postal_address: |
  Benchmark Weekly
  1 Example Street, Tokyo 100-0001, Japan
from: {email: news@news.example.org}
about: Written by [an author](https://news.example.org/about/) for a *benchmark*.
links:
  subscribe: {url: https://news.example.org/subscribe/}
campaign:
  email: {utm_campaign: "{slug}", utm_medium: email, utm_source: newsletter}
  medium: {utm_campaign: "{slug}", utm_medium: medium, utm_source: newsletter}
"""
PICTURES = 20


def write_publication(root: Path, issues: int, entries: int, every: int = 2, *, marks: bool = True) -> list[str]:
    """Write a publication. Returns the slugs of its issues.

    The content of an entry is 230 bytes: a title of 40, a URL of 40 and a comment of 150.

    Args:
        root: The folder of the publication.
        issues: The number of issues.
        entries: The number of entries in each issue.
        every: One of so many entries has an image, which is 528 pixels wide.
        marks: Comments contain emphasis and a link. Otherwise they contain only words.
    """
    random.seed(0)
    (root / "issues" / "images").mkdir(parents=True)
    (root / "newsletter.yaml").write_text(_PUBLICATION)
    for number in range(PICTURES):
        noise = Image.effect_noise((528, 297), 60 + number).quantize(16)
        noise.save(root / "issues" / "images" / f"{number}.png")
    slugs = [f"issue-{number:04}" for number in range(1, issues + 1)]
    for number, slug in enumerate(slugs, 1):
        (root / "issues" / f"{slug}.yaml").write_text(_issue(number, entries, every, marks=marks))
    return slugs


def _issue(number: int, entries: int, every: int, *, marks: bool) -> str:
    lines = [
        f"title: Benchmark Weekly — Issue {number}",
        f"date: {date(2001, 1, 7) + timedelta(days=7 * number)}",
        f"number: {number}",
        "status: published",
        f"preheader: {_text(100)}",
        "highlights:",
        "  featured:",
        f"    - {_text(120)} [see here](@e0).",
        "sections:",
    ]
    share = -(-entries // len(DEFAULT_SECTIONS))
    for index in range(entries):
        if index % share == 0:
            lines.append(f"  {DEFAULT_SECTIONS[index // share]}:")
        url = f"https://example.org/{number:04}/{index:03}/".ljust(40, "x")
        comment = (
            f"{_text(84)} *{_text(20)}* and [some](https://example.org/more/{index:03}/)." if marks else _text(150)
        )
        lines += [f"    - id: e{index}", f"      title: {_text(40)}", f"      url: {url}"]
        if index % every == 0:
            lines.append(f"      image: images/{index % PICTURES}.png")
        lines += ["      comment: |", f"        {comment}"]
    return "\n".join(lines) + "\n"


def _text(length: int) -> str:
    """Return words in a random order, with the given number of characters."""
    text = " ".join(random.choices(WORDS, k=length // 2))[:length]
    return text[:-1] + "x" if text.endswith(" ") else text
