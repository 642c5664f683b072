"""Links that count clicks: in which outputs they are, what they are named after, and what checks make of them."""

import json
import re
from pathlib import Path

import pytest
from PIL import Image

from newsletter.clicks.entry_links import NamedEntry, entry_names, link_to_entry, url_name
from newsletter.errors import DocumentError
from newsletter.render.format import Format
from newsletter.render.renderer import Renderer
from newsletter.workspace.workspace import Workspace
from tests.conftest import Run
from tests.publications import ISSUE, PUBLICATION, write_publication

PAGES = "delivery: {pages_url: https://pages.example.net/n/}\n"
CLICKS = PUBLICATION + PAGES + "clicks: true\n"
LENSES = "https://example.com/lenses"
LINK = "https://pages.example.net/n/go/1/lens"
FOOTER = "We count clicks on the links to stories, and store nothing about who clicked."


def render(folder: Path, slug: str = "1") -> dict[Format, str]:
    """Render all outputs of an issue."""
    workspace = Workspace(folder)
    return Renderer(workspace).render(workspace.issue(slug), tuple(Format)).texts


def hrefs(html: str) -> list[str]:
    return [href.replace("&amp;", "&") for href in re.findall(r'href="([^"]*)"', html)]


def test_only_the_email_has_links_that_count(folder: Path) -> None:
    """Both parts of the email link to the entry through the pages and say so; the Medium story links directly."""
    write_publication(folder, publication=CLICKS, _1=ISSUE)
    Image.new("RGB", (1056, 528), "navy").save(folder / "issues/lens.png")
    path = folder / "issues/1.yaml"
    path.write_text(path.read_text().replace(f"url: {LENSES}\n", f"url: {LENSES}\n      image: lens.png\n"))
    outputs = render(folder)
    # The highlight, the title, the domain and the image.
    assert hrefs(outputs[Format.EMAIL]).count(LINK) == 4
    assert outputs[Format.TEXT].count(LINK) == 2
    for part in (Format.EMAIL, Format.TEXT):
        assert "example.com/lenses" not in outputs[part]
        assert "utm_" not in outputs[part]
        assert FOOTER in outputs[part].replace("\n", " ")
    for story in (Format.MEDIUM, Format.STORY, Format.MEDIUM_JSON):
        assert LENSES in outputs[story]
        assert "/go/" not in outputs[story]


def test_without_the_setting_links_are_direct(folder: Path) -> None:
    """An email of a publication with pages, but without `clicks`, has no link that counts and no line in the footer."""
    write_publication(folder, publication=PUBLICATION + PAGES, _1=ISSUE)
    outputs = render(folder)
    assert LENSES in hrefs(outputs[Format.EMAIL])
    for part in (Format.EMAIL, Format.TEXT):
        assert "/go/" not in outputs[part]
        assert "We count clicks" not in outputs[part]


@pytest.mark.parametrize(("language", "words"), [("ja", "クリック数"), ("zh", "点击次数")])
def test_the_footer_speaks_the_language_of_the_issue(language: str, words: str, folder: Path) -> None:
    """Each language of the project has the sentence."""
    write_publication(folder, publication=CLICKS, _1=f"language: {language}\n{ISSUE}")
    outputs = render(folder)
    assert words in outputs[Format.EMAIL]
    assert words in outputs[Format.TEXT]


def test_other_links_of_a_text_are_unchanged(folder: Path) -> None:
    """A link in a comment counts only if it leads to an entry; that of `via` and the footer's never do."""
    comment = f"By [hand]({LENSES}), as [here](https://example.com/other)."
    issue = ISSUE.replace("A lens is *ground* before it is polished.", comment)
    issue = issue.replace(f"url: {LENSES}\n", f"url: {LENSES}\n      via: https://news.example.com/item\n")
    write_publication(folder, publication=CLICKS, _1=issue)
    found = hrefs(render(folder)[Format.EMAIL])
    assert found.count(LINK) == 4
    assert "https://example.com/other" in found
    assert "https://news.example.com/item" in found


def test_a_sponsored_entry_keeps_its_label(folder: Path) -> None:
    """The label stands before the title, and after other links to the entry."""
    issue = ISSUE.replace(f"url: {LENSES}\n", f"url: {LENSES}\n      sponsored: Acme\n")
    write_publication(folder, publication=CLICKS, _1=issue)
    text = render(folder)[Format.TEXT]
    assert "[Sponsored by Acme] How lenses are ground" in text
    assert "lenses [1] (Sponsored by Acme)" in text.replace("\n", " ")


def test_the_name_of_an_entry_is_its_id_or_a_digest_of_its_url() -> None:
    """The name does not depend on the title or the place of an entry, and no id can be a digest."""
    assert link_to_entry("https://p.example/", "029", "lens", LENSES) == "https://p.example/go/029/lens"
    assert link_to_entry("https://p.example/", "029", None, LENSES) == "https://p.example/go/029/_a1e1219755"
    assert url_name(LENSES) != url_name(LENSES + "/")


def test_both_names_of_an_entry_have_its_title(folder: Path) -> None:
    """A report finds the title also if the entry was given its id after the issue was sent."""
    write_publication(folder, _1=ISSUE)
    named = (NamedEntry(0, "How lenses are ground"),)
    assert entry_names(Workspace(folder).issue("1").issue) == {"lens": named, url_name(LENSES): named}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("clicks: true\n", "newsletter.yaml:8:9"),
        ("delivery: {transport: folder}\nclicks: true\n", "newsletter.yaml:9:9"),
    ],
)
def test_the_setting_needs_the_pages(settings: str, message: str, folder: Path, run: Run) -> None:
    """Without `pages_url`, the error has the place of `clicks` and says what is needed."""
    write_publication(folder, publication=PUBLICATION + settings, _1=ISSUE)
    with pytest.raises(DocumentError):
        Workspace(folder)
    error = run("render", "email", "1", code=1).stderr
    assert message in error
    assert "`clicks` needs `delivery.pages_url`" in error
    assert "Write the public address of `newsletter serve` there" in error


@pytest.mark.parametrize(
    ("url", "rules"),
    [(LENSES, []), ("https://10.0.0.3/lenses", ["email-url-private"]), ("http://example.com/lenses", ["http-link"])],
)
def test_rules_look_at_where_a_link_leads(url: str, rules: list[str], folder: Path, run: Run) -> None:
    """The domain below a title is that of the entry, not of the pages; a wrong URL is reported once, at the entry."""
    write_publication(folder, publication=CLICKS, _1=ISSUE.replace(LENSES, url))
    found = [finding for finding in json.loads(run("check", "--json").stdout) if finding["severity"] != "information"]
    assert [finding["rule"] for finding in found] == rules
    assert [finding["line"] for finding in found] == [13] * len(rules)
