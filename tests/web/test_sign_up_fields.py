"""A name and interests in the form to subscribe: stored for a new address, and confirmed or changed by its owner."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from lxml import html

from newsletter.database.states import EventKind, SubscriberState
from newsletter.mail.tokens import Purpose
from newsletter.subscribers.consent import CONFIRM_WITHIN, delete_unconfirmed
from tests.conftest import REPOSITORY, Run
from tests.publications import ISSUE, PUBLICATION, write_publication
from tests.web.serving import DELIVERY, Answer, Pages, link, served, text_of

ASKING = PUBLICATION + DELIVERY + "subscribe: {fields: [name, interests]}\n"
ANN = [("email", "ann@example.org"), ("name", "Ann Lee"), ("tag", "papers"), ("tag", "secret"), ("tag", "tools")]
FAULT = "Enter a name of at most 80 characters, without links."


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    """Pages that ask for a name and interests."""
    with served(tmp_path, ASKING) as pages:
        yield pages


def post(pages: Pages, path: str, fields: list[tuple[str, str]]) -> Answer:
    """Post a form in which a field may occur more than once."""
    return pages.post(path, urlencode(fields).encode())


def confirmation(pages: Pages, fields: list[tuple[str, str]]) -> str:
    """Sign up, and return the path of the link in the mail."""
    post(pages, "/subscribe", fields)
    return link(text_of(pages.next_mail()))


def stored(pages: Pages) -> tuple[str, tuple[str, ...]]:
    """Return the name and the tags of the subscriber."""
    found = pages.subscriber()
    assert found
    return found.name, found.tags


def shown(answer: Answer) -> tuple[list[str], list[str]]:
    """Return the name and the selected tags of a page's form."""
    page = html.fromstring(answer.text)
    return page.xpath("//input[@name='name']/@value"), page.xpath("//input[@name='tag'][@checked]/@value")


def test_the_form_asks_only_if_the_settings_say_so(pages: Pages, tmp_path: Path) -> None:
    """Without the setting, what is submitted is ignored. A tag that is not offered is ignored, too."""
    assert shown(pages.get("/subscribe")) == ([""], [])
    path = confirmation(pages, ANN)
    pages.post(path)
    assert stored(pages) == ("Ann Lee", ("papers", "tools"))
    with served(tmp_path / "plain") as plain:
        assert shown(plain.get("/subscribe")) == ([], [])
        plain.post(confirmation(plain, ANN))
        assert stored(plain) == ("", ())


def test_the_owner_of_the_address_confirms_what_is_stored(pages: Pages) -> None:
    """The page with the button shows it, and stores what it then says, also if nothing is selected any more."""
    path = confirmation(pages, ANN)
    assert shown(pages.get(path)) == (["Ann Lee"], ["papers", "tools"])
    assert post(pages, path, [("fields", "1"), ("name", "Ann L."), ("tag", "tools")]).status == 200
    assert stored(pages) == ("Ann L.", ("tools",))
    assert [event.detail for event in pages.events() if event.kind is EventKind.CHANGED] == ["name, -papers"]
    post(pages, path, [("fields", "1"), ("name", "Somebody else")])
    assert stored(pages) == ("Ann L.", ("tools",))


def test_a_confirmation_without_the_fields_keeps_those_of_the_sign_up(pages: Pages) -> None:
    """A template of the author's own may not have them."""
    assert pages.post(confirmation(pages, ANN)).status == 200
    assert stored(pages) == ("Ann Lee", ("papers", "tools"))


def test_a_sign_up_changes_nothing_for_a_known_address(pages: Pages) -> None:
    """Anyone may have typed it. Only the page behind the link in the mail changes the name and the interests."""
    pages.post(confirmation(pages, ANN))
    pages.post("/unsubscribe/" + pages.token(Purpose.UNSUBSCRIBE))
    pages.clock.now += 3600
    path = confirmation(pages, [("email", "ann@example.org"), ("name", "Rude"), ("tag", "papers")])
    assert stored(pages) == ("Ann Lee", ("papers", "tools"))
    assert shown(pages.get(path)) == (["Ann Lee"], ["papers", "tools"])
    post(pages, path, [("fields", "1"), ("name", ""), ("tag", "papers")])
    assert stored(pages) == ("", ("papers",))
    assert pages.state() is SubscriberState.ACTIVE


def test_an_unconfirmed_sign_up_is_forgotten_with_its_name(pages: Pages) -> None:
    """After seven days, as without a name. Until then, no other mail contains it, either."""
    confirmation(pages, ANN)
    pages.clock.now += 3600
    pages.post("/unsubscribe", {"email": "ann@example.org"})
    assert "Ann Lee" not in pages.next_mail().as_string()
    with pages.context.database.write() as connection:
        assert delete_unconfirmed(connection, int(pages.clock.now) + CONFIRM_WITHIN + 1) == 1
    assert pages.subscriber() is None


@pytest.mark.parametrize(
    "payload", ["Win at evil", "<img src=x onerror=evil>", "{{subscriber_email}} evil", '"><b>evil']
)
def test_no_mail_before_the_confirmation_contains_the_name(pages: Pages, payload: str) -> None:
    """It could be the message of a stranger. On the page, it is escaped."""
    post(pages, "/subscribe", [("email", "ann@example.org"), ("name", payload), ("tag", "papers")])
    if any(character in payload for character in "<>"):
        assert pages.subscriber() is None
        return
    mail = pages.next_mail()
    assert "evil" not in mail.as_string()
    assert "papers" not in mail.as_string()
    assert shown(pages.get(link(text_of(mail))))[0] == [payload]


@pytest.mark.parametrize(
    "name",
    [
        "x" * 81,
        "see https://evil.example",
        "www.evil.example",
        "<b>Ann</b>",
        "a@b.example",
        "Ann\r\nBcc: x",
        "a\u202eb",
    ],
)
def test_an_invalid_name_is_an_error_at_its_field(pages: Pages, name: str) -> None:
    """In the sign-up, which keeps what was typed, and on the page that confirms. Nothing is stored or sent."""
    fields = [("email", "ann@example.org"), ("name", name), ("tag", "tools")]
    answer = post(pages, "/subscribe", fields)
    page = html.fromstring(answer.text)
    assert answer.status == 422
    assert page.xpath("//input[@name='name']/@aria-describedby") == ["name-fault"]
    assert page.xpath("//*[@id='name-fault']/text()") == [FAULT]
    assert page.xpath("//input[@name='email']/@value") == ["ann@example.org"]
    assert shown(answer)[1] == ["tools"]
    assert pages.subscriber() is None
    path = confirmation(pages, ANN)
    assert post(pages, path, [("fields", "1"), ("name", name), ("tag", "tools")]).status == 422
    assert pages.state() is SubscriberState.PENDING
    assert stored(pages) == ("Ann Lee", ("papers", "tools"))


def test_the_fields_can_be_sent_as_json(pages: Pages) -> None:
    """`tag` is a text or a list. Values of other types are ignored, and an invalid name is refused with its reason."""

    def send(**fields: object) -> Answer:
        body = json.dumps({"email": "ann@example.org", **fields}).encode()
        return pages.post("/subscribe", body, content_type="application/json")

    answer = send(name="https://evil.example")
    assert (answer.status, json.loads(answer.text)["message"]) == (
        422,
        FAULT,
    )
    assert send(name=None, tag=[1, "tools", None]).status == 202
    assert stored(pages) == ("", ("tools",))


def test_the_name_can_be_changed_in_the_preferences(pages: Pages) -> None:
    """An invalid one is an error at its field, and nothing is saved."""
    pages.post(confirmation(pages, ANN))
    path = "/preferences/" + pages.token(Purpose.PREFERENCES)
    assert shown(pages.get(path)) == (["Ann Lee"], ["papers", "tools"])
    post(pages, path, [("language", "ja"), ("name", "Lee"), ("tag", "tools")])
    assert stored(pages) == ("Lee", ("tools",))
    answer = post(pages, path, [("language", ""), ("name", "www.evil.example")])
    assert (answer.status, "name-fault" in answer.text, "have been saved" in answer.text) == (422, True, False)
    assert stored(pages) == ("Lee", ("tools",))
    post(pages, path, [("language", "")])
    assert stored(pages) == ("Lee", ())


def test_the_response_is_the_same_for_every_address(pages: Pages) -> None:
    """With a name and interests, too."""
    first = post(pages, "/subscribe", ANN)
    pages.next_mail()
    again = post(pages, "/subscribe", ANN)
    assert (first.status, first.text) == (again.status, again.text)


def test_interests_need_tags(run: Run, folder: Path) -> None:
    """The error is at the field."""
    write_publication(folder, publication=PUBLICATION + "subscribe: {fields: [name, interests]}\n", _1=ISSUE)
    found = run("check", "1", code=1).stdout
    assert "newsletter.yaml:8:28: error: `interests` offers the tags in `delivery.tags`, which is empty" in found
    (folder / "newsletter.yaml").write_text(PUBLICATION + "subscribe: {fields: [age]}\n")
    assert "subscribe.fields[0]" in run("check", "1", code=1).stdout


@pytest.mark.parametrize("file", ["subscribe.html", "question.html", "preferences.html"])
def test_templates_without_the_fields_still_work(tmp_path: Path, file: str) -> None:
    """Those of a publication that were written before there were such fields."""
    root = write_publication(tmp_path, publication=ASKING, _1=ISSUE)
    own = root / "templates/pages" / file
    own.parent.mkdir(parents=True)
    lines = (REPOSITORY / "templates/pages" / file).read_text().splitlines(keepends=True)
    own.write_text("".join(line for line in lines if "sign_up_fields" not in line))
    with served(root) as pages:
        assert pages.post(confirmation(pages, ANN)).status == 200
        assert stored(pages) == ("Ann Lee", ("papers", "tools"))
        path = "/preferences/" + pages.token(Purpose.PREFERENCES)
        post(pages, path, [("language", ""), ("tag", "tools")])
        assert stored(pages) == ("Ann Lee", ("tools",))
