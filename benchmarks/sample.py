"""Generated publications: issues of any number and length, no two texts in them alike."""

import random
from datetime import date, timedelta
from pathlib import Path

from PIL import Image

from newsletter.publication.section import Section

WORDS = """
a model of the data that learns from few labels and keeps its accuracy when images are blurred or cropped at random
while training costs less time than before because most layers share their weights across scales
""".split()  # noqa: SIM905 (words read better as words)
_PUBLICATION = """\
name: Benchmark Weekly
site_url: https://news.example.org/
postal_address: |
  Benchmark Weekly
  1 Example Street, Tokyo 100-0001, Japan
from: {email: news@news.example.org}
about: Written by [somebody](https://news.example.org/about/) for a *benchmark*.
links:
  subscribe: {url: https://news.example.org/subscribe/}
campaign:
  email: {utm_campaign: "{slug}", utm_medium: email, utm_source: newsletter}
  medium: {utm_campaign: "{slug}", utm_medium: medium, utm_source: newsletter}
"""
PICTURES = 20


def write_publication(root: Path, issues: int, entries: int, every: int = 2, *, marks: bool = True) -> list[str]:
    """A publication of so many issues of so many entries; returns the slugs.

    Every second entry (or as `every` says) has an image of 528 pixels' width. An entry's content
    is 230 bytes: a title of 40, a URL of 40 and a comment of 150, which has emphasis and a link
    of its own only with `marks`; without them the bytes are all words.
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
    share = -(-entries // len(Section))
    for index in range(entries):
        if index % share == 0:
            lines.append(f"  {list(Section)[index // share].value}:")
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
    """So many characters of words in a random order."""
    text = " ".join(random.choices(WORDS, k=length // 2))[:length]
    return text[:-1] + "x" if text.endswith(" ") else text
