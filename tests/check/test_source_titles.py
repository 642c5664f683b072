"""The rules that compare a title, a source title, a URL and a comment."""

from pathlib import Path

import pytest

from tests.check.test_false_alarms import entry, findings, rules
from tests.conftest import Run

GAMES = {
    "url": "https://games.net/2021/06/the-best-of-e3-and-gamescom-is-coming/",
    "source_title": "The best of E3 and Gamescom",
}
TRADING = {
    "title": "AI speeds up trading",
    "comment": "Banks let models read the order book, and trade shares within a few microseconds of a change.",
}
PLAYING = "A tour of the fairs: E3 shows new consoles, and Gamescom follows in August with its halls in Cologne."


@pytest.mark.parametrize(
    "fields",
    [
        {**TRADING, **GAMES},
        {**TRADING, **GAMES, "comment": PLAYING},
        {**GAMES, "title": "What fashion owes to dyes", "comment": PLAYING},
    ],
    ids=["the URL is wrong", "the title is wrong", "no word on the subject of the newsletter"],
)
def test_a_title_about_something_else_is_found(fields: dict[str, str], run: Run, folder: Path) -> None:
    """The title says one thing, the source title and the slug another, and the comment one of both."""
    (found,) = findings(run, folder, entry("x", **fields))
    assert (found["rule"], found["path"]) == ("title-other-story", "sections.papers[0].title")
    assert "`the best of and gamescom is coming`" in found["message"]


RIGHT = [
    # A word, a stem or the beginning of a word in common.
    ("Trade gets faster", "https://x.net/ai-in-the-trading-rooms-of-banks", "AI in the trading rooms of banks"),
    ("Bankers meet robots", "https://x.net/how-banking-is-changing-for-good", "How banking is changing for good"),
    ("YOLO, brought up to date", "https://x.net/exceeding-yolo-series-again", "YOLOX: exceeding a series"),
    # Other words for one subject.
    (
        "What to check in a deep learning project",
        "https://x.net/simple-considerations-for-people-building-neural-nets",
        "Simple considerations for simple people building fancy neural networks",
    ),
    ("Self-driving cars see more", "https://x.net/new-vision-model-for-vehicles", "A new vision model for vehicles"),
    # The comment is about both.
    ("Doubts about enormous systems", "https://x.net/has-gpt-found-a-foundation", "Has GPT found a foundation?"),
    ("Colour in fashion", "https://x.net/the-secret-of-red-dresses", "The secret of red dresses"),
    # Another script.
    ("弱教師あり学習をつなぐ", "https://x.net/the-secret-of-red-dresses", "The secret of red dresses"),
    ("Colour in fashion", "https://x.net/the-secret-of-red-dresses", "赤いドレスの秘密"),
    # No words in the address, or no source title.
    ("Colour in fashion", "https://arxiv.org/abs/2103.00001", "The secret of red dresses"),
    ("Colour in fashion", "https://x.net/p/918109d069fa", "The secret of red dresses"),
    ("Colour in fashion", "https://x.net/red/", "The secret of red dresses"),
    ("Colour in fashion", "https://x.net/the-secret-of-red-dresses", ""),
    # Too few words.
    ("Fashion!", "https://x.net/the-secret-of-red-dresses", "The secret of red dresses"),
]
COMMENTS = [
    "Enormous systems are offered as a foundation for any purpose; this essay doubts that GPT will ever be one.",
    "Fashion likes colours, and most of all red: dresses sell twice as often, and this article tells the secret.",
    "It is long, but worth it.",
]


@pytest.mark.parametrize(("title", "url", "source_title"), RIGHT)
@pytest.mark.parametrize("comment", COMMENTS)
def test_a_paraphrase_is_right(title: str, url: str, source_title: str, comment: str, run: Run, folder: Path) -> None:
    """A title in the author's own words need not repeat the source title."""
    story = {"title": title, "url": url, "source_title": source_title, "comment": comment}
    assert "title-other-story" not in rules(findings(run, folder, story))
