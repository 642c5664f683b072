"""Tests of the ids that entries get when a text links to them."""

import pytest

from newsletter.documents.source import Source
from newsletter.issue.draft import EntryDraft, IssueDraft
from newsletter.issue.entry_ids import propose_ids, with_missing_ids
from newsletter.issue.move_entry import Spot
from newsletter.publication.section import OTHER, PAPERS

TEXT = """\
sections:
  papers:
    # Of Ida.
    - title: 'Why: sourdough rises'
      url: https://bread.example/
    - {title: Knives, url: https://knives.example/, id: knives}
"""


@pytest.mark.parametrize(
    ("title", "url", "expected"),
    [
        ("Über den Ofen", "", "uber-den-ofen"),
        ("A title of so many words that nobody would want to type them", "", "a-title-of-so-many-words-that-nobody"),
        ("x" * 60, "", "x" * 40),
        ("なぜ膨らむか", "https://bread.example/a", "bread-example"),
        ("", "not a URL", "entry"),
    ],
)
def test_an_id_is_made_of_the_title(title: str, url: str, expected: str) -> None:
    """It has at most 40 characters. Without Latin letters, it is made of the domain."""
    assert list(propose_ids(IssueDraft(sections={PAPERS: (EntryDraft(url, title),)}))) == [expected]


def test_proposed_ids_are_unique() -> None:
    """They differ from each other and from the ids that entries have. An entry with an id keeps it."""
    same = EntryDraft(title="Bread")
    draft = IssueDraft(sections={PAPERS: (same, same), OTHER: (EntryDraft(title="Other", id="bread"), same)})
    assert propose_ids(draft) == {"bread-2": Spot(PAPERS, 0), "bread-3": Spot(PAPERS, 1), "bread-4": Spot(OTHER, 1)}


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("See [it](@why-sourdough-rises) and [it](@why-sourdough-rises).", True),
        ("See [it](@knives), [this](@nothing) and @why-sourdough-rises.", False),
        ("`[it](@why-sourdough-rises)`", False),
        ("", False),
    ],
)
def test_an_entry_that_a_text_links_to_gets_its_id(text: str, given: bool) -> None:
    """One line is added, and no other changes. Other references change nothing."""
    line = "      id: why-sourdough-rises\n"
    expected = TEXT.replace("      url: https://bread", f"{line}      url: https://bread") if given else TEXT
    assert with_missing_ids(Source("a.yaml", TEXT), [text]).text == expected
