"""The welcome text above the issue that a new subscriber gets, and what the page says about that issue."""

from pathlib import Path

import pytest
from sqlalchemy import true

from newsletter.database.states import SubscriberState
from newsletter.ledger.new_campaign import NewCampaign, create_campaign
from newsletter.mail.tokens import Purpose
from newsletter.subscribers.queries import add_subscriber
from tests.conftest import Run
from tests.publications import ISSUE, PUBLICATION, write_publication
from tests.subscribers.people import subscriber
from tests.web.serving import DELIVERY, Pages, link, served, text_of

WELCOMING = DELIVERY.replace("{", "{welcome: true, ", 1).replace("[en, ja]", "[en, ja, fr]")
ON_ITS_WAY = "The latest issue is on its way to your inbox. You’ll get new issues by email, too."
NEXT = "You’ll get the next issue by email."


def with_text(text: str) -> str:
    """Return a publication with a welcome text, given as YAML."""
    return PUBLICATION + WELCOMING.replace("welcome: true", f"welcome: true, welcome_text: {text}")


def confirm(pages: Pages, address: str = "ann@example.org", language: str = "") -> str:
    """Sign up and confirm, and return the note of the page."""
    pages.post("/subscribe", {"email": address, "language": language})
    return pages.post(link(text_of(pages.next_mail()))).note


def test_the_welcome_text_is_above_the_issue(tmp_path: Path) -> None:
    """In both parts of the mail, as Markdown, and in the preview of inboxes. The subject is that of the issue."""
    text = (
        '"Hello, and *thank you* for {{unsubscribe_url}} <b>joining</b>.\\n\\n- [Archive](https://lens.example.org/)"'
    )
    write_publication(tmp_path, publication=with_text(text), _1=ISSUE)
    with served(tmp_path) as pages:
        confirm(pages)
        mail = pages.next_mail()
    assert mail["Subject"] == "The Weekly Lens — Issue 1"
    part = mail.get_body(("html",))
    assert part
    content = part.get_content()
    assert "<em>thank you</em>" in content
    assert "&lt;b&gt;joining&lt;/b&gt;" in content
    assert content.index("thank you") < content.index("<em>thank you</em>") < content.index("How lenses are ground")
    plain = " ".join(text_of(mail).split())
    assert plain.count("/unsubscribe/") == 1
    assert plain.index("thank you") < plain.index("How lenses are ground")


@pytest.mark.parametrize(
    ("language", "text"), [("ja", "ようこそ"), ("en", "Hello there"), ("fr", "Hello there"), ("", "Hello there")]
)
def test_the_welcome_text_depends_on_the_language(tmp_path: Path, language: str, text: str) -> None:
    """It is that of the subscriber's language, else of the publication's."""
    write_publication(tmp_path, publication=with_text("{ja: ようこそ。, en: Hello there.}"), _1=ISSUE)
    with served(tmp_path) as pages:
        confirm(pages, language=language)
        assert text in text_of(pages.next_mail())


def test_errors_of_the_welcome_text_are_located(run: Run, folder: Path) -> None:
    """References, images that do not exist, Markdown that is not supported, and tags of links."""
    lines = (
        "delivery:",
        "  welcome_text:",
        "    en: See [this](@lens).",
    )
    write_publication(folder, publication=PUBLICATION + "\n".join(lines) + "\n", _1=ISSUE)
    assert "newsletter.yaml:10:20" in run("check", "1", code=1).stdout
    text = PUBLICATION + "delivery:\n  welcome_text: |\n    # A heading\n\n    ![Lens](lens.png)\n"
    (folder / "newsletter.yaml").write_text(text)
    found = run("check", "1", code=1)
    assert "the image file lens.png does not exist" in found.stdout + found.stderr
    (folder / "newsletter.yaml").write_text(text.replace("![Lens](lens.png)", "[A](https://a.example/?utm_source=b)"))
    found = run("check", "1")
    assert "about-beyond" in found.stdout
    assert "publication-tracking" in found.stdout


def test_other_readers_get_no_welcome_text(run: Run, folder: Path) -> None:
    """It is not in the rendered issue."""
    write_publication(folder, publication=with_text("Hello there."), _1=ISSUE)
    run("render", "all", "1", code=0)
    assert not [path for path in (folder / "build").rglob("*.*") if b"Hello there" in path.read_bytes()]


def test_the_page_says_that_the_latest_issue_comes(tmp_path: Path) -> None:
    """Also when the link is followed again."""
    write_publication(tmp_path, publication=PUBLICATION + WELCOMING, _1=ISSUE)
    with served(tmp_path) as pages:
        pages.post("/subscribe", {"email": "ann@example.org"})
        path = link(text_of(pages.next_mail()))
        assert pages.post(path).note == ON_ITS_WAY
        assert pages.next_mail()["Subject"].startswith("Welcome! ")
        assert pages.post(path).note == ON_ITS_WAY


@pytest.mark.parametrize("case", ["no setting", "no issue", "a draft", "invalid settings"])
def test_the_page_says_that_the_next_issue_comes(tmp_path: Path, case: str) -> None:
    """If no issue is sent now: there is none yet, or it cannot be read. The subscription is confirmed in any case."""
    publication = PUBLICATION + (DELIVERY if case == "no setting" else WELCOMING)
    issue = ISSUE.replace("published", "draft") if case == "a draft" else ISSUE
    write_publication(tmp_path, publication=publication, **({} if case == "no issue" else {"_1": issue}))
    with served(tmp_path) as pages:
        if case == "invalid settings":
            (tmp_path / "newsletter.yaml").write_text("name: [")
        assert confirm(pages) == NEXT
        assert pages.state() is SubscriberState.ACTIVE


def test_a_subscriber_who_has_the_latest_issue_gets_the_next(tmp_path: Path) -> None:
    """The welcome is not sent again after they unsubscribed, nor if a campaign that is not finished sends the issue."""
    write_publication(tmp_path, publication=PUBLICATION + WELCOMING, _1=ISSUE)
    with served(tmp_path) as pages:
        assert confirm(pages) == ON_ITS_WAY
        pages.next_mail()
        pages.post("/unsubscribe/" + pages.token(Purpose.UNSUBSCRIBE))
        pages.clock.now += 3600
        assert confirm(pages) == NEXT
        with pages.context.database.write() as connection:
            add_subscriber(connection, subscriber("bob@example.org"))
            create_campaign(connection, NewCampaign("1", "other", "", "", "", True, 0), true())
        pages.post("/unsubscribe/" + pages.token(Purpose.UNSUBSCRIBE, "bob@example.org"))
        assert confirm(pages, "bob@example.org") == NEXT
