"""Generates issues without problems, with methods to find and change their lines, for test_mutations.py."""

from dataclasses import dataclass
from random import Random

from newsletter.publication.section import DEFAULT_SECTIONS

WORDS = """
accuracy blurred cameras depth edges figures graphs heat images journals kernels labels models noise objects pixels
queries rays samples tests units vectors weights yields zones about beyond from into over through under with without
brings cuts draws finds gives holds keeps learns makes needs reads shows takes turns wants bright calm dense early
""".split()  # noqa: SIM905 (easier to read than a list)
EARLIER_URL = "https://earlier.example.net/papers/rays-of-old"
EARLIER_POINT = '"[Rays of old](https://earlier.example.net/papers/rays-of-old) still bend as they did."'
EARLIER = f"""\
title: The Weekly Lens — Issue 8
date: 2024-05-05
number: 8
status: published
highlights:
  papers:
    - {EARLIER_POINT}
sections:
  papers:
    - title: Rays of old
      url: {EARLIER_URL}
      comment: They bend as they did.
"""


@dataclass
class Sheet:
    """The lines of an issue's file.

    Args:
        lines: the lines.
        entries: the numbers of all entries.
        random: the source of random choices.
    """

    lines: list[str]
    entries: list[int]
    random: Random

    def one(self) -> int:
        """Return one of the entries."""
        return self.random.choice(self.entries)

    def two(self) -> tuple[int, int]:
        """Return two entries in the order of the file."""
        first, second = sorted(self.random.sample(self.entries, 2))
        return first, second

    def line(self, begin: str, after: int = 0) -> int:
        """Return the first line from `after` on that begins with a text; lines count from 0."""
        return next(at for at in range(after, len(self.lines)) if self.lines[at].lstrip(" -").startswith(begin))

    def field(self, entry: int, name: str) -> int:
        """Return the line of a field of an entry, from 0."""
        return self.line(f"{name}:", self.line(f"id: e{entry}"))

    def value(self, entry: int, name: str) -> str:
        """Return the value of a field of an entry."""
        return self.lines[self.field(entry, name)].partition(": ")[2]

    def write(self, entry: int, name: str, value: str) -> int:
        """Write a field of an entry. Returns its line, from 1."""
        at = self.field(entry, name)
        self.lines[at] = f"{self.lines[at].partition(':')[0]}: {value}".rstrip()
        return at + 1

    def comment(self, entry: int, *texts: str) -> int:
        """Write an entry's comment, one line for each text. Returns its first line, from 1."""
        at = self.field(entry, "comment") + 1
        end = next(n for n in range(at, len(self.lines) + 1) if not "".join(self.lines[n : n + 1]).startswith(" " * 8))
        self.lines[at:end] = [" " * 8 + text if text else "" for text in texts]
        return at + 1

    def insert(self, at: int, text: str) -> int:
        """Insert a line before another. Returns the line, from 1."""
        self.lines.insert(at, text)
        return at + 1

    def point(self, text: str) -> int:
        """Insert a highlight at a random position. Returns its line, from 1."""
        points = [
            at for at, line in enumerate(self.lines) if line.startswith("    - ") and "sections:" in self.lines[at:]
        ]
        return self.insert(self.random.choice(points), f"    - {text}")

    @property
    def text(self) -> str:
        """The text of the file."""
        return "\n".join(self.lines) + "\n"


def clean_sheet(random: Random) -> Sheet:
    """Return an issue without problems: two to five sections of three to five entries, with some highlights."""
    sections = sorted(random.sample(DEFAULT_SECTIONS, random.randint(2, 5)), key=DEFAULT_SECTIONS.index)
    number = 0
    body: list[str] = []
    points: list[str] = []
    for section in sections:
        body.append(f"  {section}:")
        points.append(f"  {section}:")
        for place in range(random.randint(3, 5)):
            body += _entry(number, random)
            if place < 2:
                points.append(f'    - "{sentence(random)}, [{sentence(random, 3)}](@e{number}): {sentence(random)}."')
            number += 1
    head = [
        "title: The Weekly Lens — Issue 9",
        "date: 2024-05-12",
        "number: 9",
        "status: draft",
        f"preheader: {sentence(random, 9)}",
    ]
    return Sheet([*head, "highlights:", *points, "sections:", *body], list(range(number)), random)


def _entry(number: int, random: Random) -> list[str]:
    return [
        f"    - id: e{number}",
        f"      title: Story {number} {sentence(random, 4)}",
        f"      url: {random.choice(_URLS).format(n=number)}",
        f"      source_title: Source {number} {sentence(random, 5)}",
        f"      image: https://lens.example.org/{number}.png",
        f"      image_alt: Figure {number} {sentence(random, 5)}",
        f"      image_credit: {sentence(random, 2)}",
        "      comment: |",
        f"        Note {number}: {sentence(random)}",
        f"        Then {sentence(random)}, as [{sentence(random, 2)}](https://example.org/more/{number}) says.",
    ]


_URLS = (
    "https://arxiv.org/abs/2103.0{n:04}",
    "https://www.example.com/stories/{n}/",
    "https://example.net/read?story={n}",
    "https://youtu.be/abcdefgh{n:03}",
)


def sentence(random: Random, count: int = 8) -> str:
    """Return different words, separated by spaces."""
    return " ".join(random.sample(WORDS, count))
