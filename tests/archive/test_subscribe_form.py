"""The call to subscribe on the pages of the archive."""

from pathlib import Path

import pytest
from lxml import html

from tests.archive.test_build import PLAIN, SITE
from tests.conftest import Run
from tests.publications import ISSUE, write_publication

PAGES = "delivery: {pages_url: 'https://pages.example.org/lens/'}\n"
OWN, ELSEWHERE = "https://pages.example.org/lens/subscribe", "https://lists.example.com/join"


@pytest.mark.parametrize(
    ("settings", "action", "fields"),
    [
        (PAGES, OWN, ["email", "website"]),
        (PAGES + f"links: {{subscribe: {{url: '{OWN}'}}}}\n", OWN, ["email", "website"]),
        (PAGES + f"links: {{subscribe: {{url: '{OWN}', action: '{OWN}/'}}}}\n", f"{OWN}/", ["email", "website"]),
        (PAGES + f"links: {{subscribe: {{url: '{OWN}', action: '{ELSEWHERE}'}}}}\n", ELSEWHERE, ["email"]),
        (f"links: {{subscribe: {{url: '{ELSEWHERE}', action: '{ELSEWHERE}'}}}}\n", ELSEWHERE, ["email"]),
    ],
    ids=["pages", "link to the pages", "action on the pages", "another action", "no pages"],
)
def test_a_form_is_posted_to_the_pages_by_default(
    run: Run, folder: Path, settings: str, action: str, fields: list[str]
) -> None:
    """An `action` is used instead. Only the form for the pages has the field that catches spam programs."""
    write_publication(folder, publication=PLAIN + settings, _1=ISSUE)
    run("build", code=0)
    for path in ("index.html", "1/index.html", "about/index.html", "404.html"):
        (form,) = html.fromstring((SITE / path).read_bytes()).xpath("//section[@class='call']/form")
        assert (form.get("method"), form.get("action")) == ("post", action)
        assert form.xpath(".//input/@name") == fields
        assert [each.get("for") for each in form.xpath(".//label")] == form.xpath(".//input/@id")


def test_the_form_asks_for_a_name_and_interests(run: Run, folder: Path) -> None:
    """If the settings say so, and only at the public pages. The fields have labels, and what they show is escaped."""
    asking = "subscribe: {fields: [name, interests]}\n" + PAGES.replace("{", "{tags: ['<b>a', b, b], ", 1)
    write_publication(folder, publication=PLAIN + asking, _1=ISSUE)
    run("build", code=0)
    (form,) = html.fromstring((SITE / "1/index.html").read_bytes()).xpath("//section[@class='call']/form")
    assert form.xpath(".//input/@name") == ["email", "name", "tag", "tag", "website"]
    assert form.xpath(".//input[@name='tag']/@value") == ["<b>a", "b"]
    assert form.xpath(".//input[@name='tag']/following-sibling::span/text()") == ["<b>a", "b"]
    link = f"links: {{subscribe: {{url: '{ELSEWHERE}', action: '{ELSEWHERE}'}}}}\n"
    (folder / "newsletter.yaml").write_text(PLAIN + asking + link)
    run("build", code=0)
    (form,) = html.fromstring((SITE / "1/index.html").read_bytes()).xpath("//section[@class='call']/form")
    assert form.xpath(".//input/@name") == ["email"]


def test_the_form_is_in_the_language_of_the_publication(run: Run, folder: Path) -> None:
    """Also on the page of an issue in another language: all of its texts, and the pages declare it."""
    issue = ISSUE.replace("status:", "language: ja\nstatus:")
    write_publication(folder, publication=PLAIN + PAGES, _1=issue)
    run("build", code=0)
    (section,) = html.fromstring((SITE / "1/index.html").read_bytes()).find_class("call")
    assert section.get("lang") == "en"
    assert section.xpath(".//label/text()") == ["Your email address", "Leave this field empty"]


def test_a_link_to_another_service_stays_a_link(run: Run, folder: Path) -> None:
    """Also if the pages exist, for unsubscribing: the author chose where readers subscribe."""
    publication = PLAIN + PAGES + f"links: {{subscribe: {{url: '{ELSEWHERE}', title: Join, teaser: Come in.}}}}\n"
    write_publication(folder, publication=publication, _1=ISSUE)
    run("build", code=0)
    page = html.fromstring((SITE / "index.html").read_bytes())
    assert not page.xpath("//form")
    assert page.xpath("//section[@class='call']/h2/text()") == ["Come in."]
    assert page.xpath("//section[@class='call']/p/a/@href") == [ELSEWHERE]


def test_without_pages_and_link_there_is_no_call(run: Run, folder: Path) -> None:
    """An archive whose readers cannot subscribe does not ask them to."""
    write_publication(folder, publication=PLAIN, _1=ISSUE)
    run("build", code=0)
    assert not html.fromstring((SITE / "index.html").read_bytes()).find_class("call")
