"""Subscribing: the same answer for everybody, one letter, and a button that only a person presses."""

import json
from pathlib import Path

import pytest

from newsletter.database.states import EventKind, SubscriberState, SuppressionReason
from newsletter.mail.tokens import Purpose
from newsletter.subscribers.consent import DAY
from newsletter.subscribers.csv.merge import merge_batch
from newsletter.subscribers.subscriber import ImportedSubscriber
from newsletter.subscribers.suppressions import suppress
from tests.publications import ISSUE, PUBLICATION, write_publication
from tests.subscribers.people import imported
from tests.web.serving import DELIVERY, Pages, link, served, text_of

ANN = {"email": "ann@example.org"}


def test_who_asks_gets_a_letter_and_confirms_by_a_button(pages: Pages) -> None:
    """A pending subscriber becomes active by the button behind the letter's link, and by nothing less."""
    assert pages.post("/subscribe", ANN).heading == "Look into your inbox"
    path = link(text_of(pages.letter()))
    assert pages.get(path).heading == "One click more"
    assert pages.state() is SubscriberState.PENDING
    assert pages.post(path).heading == "You are subscribed"
    assert pages.state() is SubscriberState.ACTIVE
    assert pages.post(path).heading == "You are subscribed"
    kinds = [event.kind for event in pages.events()]
    assert kinds == [EventKind.ASKED, EventKind.WRITTEN, EventKind.CONFIRMED]


def test_consent_says_when_where_and_on_which_page(pages: Pages) -> None:
    """What is kept of consent is the moment, the page and the network's hash, never the network itself."""
    pages.subscribed()
    found = pages.subscriber()
    assert found
    assert found.consent_at == int(pages.clock.now)
    network = pages.context.digest("127.0.0.1")
    assert found.consent_source == f"https://lens.example.org/confirm, network {network}"
    assert pages.events()[0].detail == f"https://lens.example.org/subscribe, network {network}"


def test_the_answer_is_the_same_whoever_is_known(pages: Pages) -> None:
    """Unknown, pending, active, gone, suppressed, asked too often: the page does not reveal who is on the list."""
    first = pages.post("/subscribe", ANN)
    pages.letter()
    answers = [pages.post("/subscribe", ANN)]
    pages.subscribed("bob@example.org")
    pages.clock.now += 3600
    answers.append(pages.post("/subscribe", {"email": "bob@example.org"}))
    pages.post("/unsubscribe/" + pages.token(Purpose.UNSUBSCRIBE, "bob@example.org"))
    pages.clock.now += 3600
    answers.append(pages.post("/subscribe", {"email": "bob@example.org"}))
    with pages.context.database.write() as connection:
        suppress(connection, "eve@example.org", SuppressionReason.COMPLAINT, 0)
    answers.append(pages.post("/subscribe", {"email": "eve@example.org"}))
    assert {(answer.status, answer.text) for answer in answers} == {(200, first.text)}
    names = set(first.headers)
    assert all(set(answer.headers) == names for answer in answers)


def test_a_subscriber_who_subscribes_again_gets_mail_that_says_so(pages: Pages) -> None:
    """The letter says so, and leads to the preferences."""
    pages.subscribed()
    pages.clock.now += 3600
    pages.post("/subscribe", ANN)
    letter = pages.letter()
    assert letter["Subject"] == "You are subscribed already: The Weekly Lens"
    assert pages.get(link(text_of(letter), "preferences")).heading == "Your preferences"


@pytest.mark.parametrize("reason", [SuppressionReason.COMPLAINT, SuppressionReason.HARD_BOUNCE])
def test_who_complained_or_bounced_is_never_written_to(pages: Pages, reason: SuppressionReason) -> None:
    """Whoever types such an address, no letter goes to it, and nothing of it is kept."""
    with pages.context.database.write() as connection:
        suppress(connection, "ann@example.org", reason, 0)
    pages.post("/subscribe", ANN)
    assert pages.logged("request")["outcome"] == "suppressed"
    pages.post("/subscribe", {"email": "bob@example.org"})
    assert pages.letter()["To"] == "bob@example.org"
    assert pages.subscriber() is None


def test_a_letter_holds_nothing_that_the_visitor_typed_but_the_address(pages: Pages) -> None:
    """Names and other fields are a spammer's payload, and end here."""
    payload = "Buy at evil.example"
    pages.post("/subscribe", ANN | {"name": payload, "language": payload}, user_agent=payload, referer=payload)
    content = pages.letter().as_string()
    assert "evil" not in content
    assert "ann@example.org" in content


def test_a_second_letter_waits_and_a_fourth_does_not_go(pages: Pages) -> None:
    """One address is written to three times a day at most, ten minutes apart, whoever asks."""
    outcomes = []
    for minutes in (0, 1, 10, 10, 10, 24 * 60):
        pages.clock.now += minutes * 60
        pages.post("/subscribe", ANN)
        outcomes.append(pages.logged("request")["outcome"])
    assert outcomes == ["confirm", "limited", "confirm", "confirm", "limited", "confirm"]


def test_json_is_answered_with_json(pages: Pages) -> None:
    """A script of the author's own page gets words and a status."""
    answer = pages.post("/subscribe", json.dumps(ANN).encode(), content_type="application/json")
    assert (answer.status, json.loads(answer.text)["message"]) == (202, "Look into your inbox")
    answer = pages.post("/subscribe", b'{"email": "ann@"}', content_type="application/json; charset=utf-8")
    assert (answer.status, "No mail can reach" in json.loads(answer.text)["message"]) == (422, True)


@pytest.mark.parametrize("body", [b"{", b"[]", b'"a"', b"\xff", b'{"email": ["a"]}', b"[" * 60_000])
def test_an_invalid_body_is_rejected(pages: Pages, body: bytes) -> None:
    """JSON that is none, or of another form, is the asker's fault."""
    assert pages.post("/subscribe", body, content_type="application/json").status in (400, 422)


@pytest.mark.parametrize(
    "address",
    ["", "ann", "ann@", "ann@example", "a\r\nBcc: b@example.org", "x" * 300 + "@example.org", "ann@exаmple.org"],
)
def test_an_invalid_address_is_an_error_at_the_field(pages: Pages, address: str) -> None:
    """The form comes back with what was typed, escaped, and the fault tied to the field."""
    answer = pages.post("/subscribe", {"email": address})
    assert answer.status == 422
    assert 'aria-invalid="true" aria-describedby="fault"' in answer.text


def test_who_fills_in_the_trap_is_answered_and_ignored(pages: Pages) -> None:
    """A program that fills in every field gets the usual answer, and nothing follows."""
    answer = pages.post("/subscribe", ANN | {"website": "https://evil.example/"})
    assert answer.heading == "Look into your inbox"
    assert pages.subscriber() is None


def test_a_network_that_asks_too_often_waits(pages: Pages) -> None:
    """Ten at once, then 429 with when to come again; another network behind the proxy is not kept waiting."""
    for number in range(10):
        assert pages.post("/subscribe", {"email": f"r{number}@example.org"}, x_forwarded_for="192.0.2.1").status == 200
    answer = pages.post("/subscribe", ANN, x_forwarded_for="192.0.2.1")
    assert answer.status == 429
    assert 0 < int(answer.headers["retry-after"]) <= 30
    assert pages.post("/subscribe", ANN, x_forwarded_for="192.0.2.2").status == 200


def test_only_a_proxy_is_believed(tmp_path: Path) -> None:
    """Whoever is no proxy of ours says in vain that it comes from elsewhere."""
    with served(tmp_path, proxies=("192.0.2.99",)) as pages:
        answers = [
            pages.post("/subscribe", {"email": f"r{n}@example.org"}, x_forwarded_for=f"192.0.2.{n}") for n in range(11)
        ]
        assert [answer.status for answer in answers] == [200] * 10 + [429]


def test_a_link_from_before_an_unsubscribe_does_not_subscribe_again(pages: Pages) -> None:
    """A confirmation that is replayed after leaving is refused; asking once more works."""
    path = pages.subscribed()
    pages.clock.now += 60
    pages.post("/unsubscribe/" + pages.token(Purpose.UNSUBSCRIBE))
    assert pages.post(path).status == 410
    assert pages.state() is SubscriberState.UNSUBSCRIBED
    pages.clock.now += 3600
    pages.subscribed()


def test_a_clock_that_was_ahead_limits_no_request(pages: Pages) -> None:
    """What was asked and left in a time that has not come limits nothing, and the order in which it happened counts."""
    path = pages.subscribed()
    pages.clock.now += 365 * DAY
    pages.post("/subscribe", ANN)
    assert pages.letter()["Subject"].startswith("You are subscribed already")
    pages.post("/unsubscribe/" + pages.token(Purpose.UNSUBSCRIBE))
    pages.clock.now -= 364 * DAY
    assert pages.post(path).status == 410
    pages.subscribed()


def test_an_import_is_in_the_way_only_where_consent_falls(pages: Pages) -> None:
    """A subscriber who unsubscribed and asks again may confirm, unless an import has unsubscribed them since."""
    pages.subscribed()
    pages.post("/unsubscribe/" + pages.token(Purpose.UNSUBSCRIBE))
    pages.clock.now += DAY
    pages.post("/subscribe", ANN)
    path = link(text_of(pages.letter()))
    _import(pages, imported("ann@example.org", name="Ann"))
    assert pages.post(path).status == 200
    pages.post("/subscribe", {"email": "bob@example.org"})
    path = link(text_of(pages.letter()))
    _import(pages, imported("bob@example.org", SubscriberState.UNSUBSCRIBED))
    assert pages.post(path).status == 410


def _import(pages: Pages, person: ImportedSubscriber) -> None:
    with pages.context.database.write() as connection:
        merge_batch(connection, {person.compared: person}, int(pages.clock.now))


def test_asking_alone_changes_nothing_of_who_has_left(pages: Pages) -> None:
    """Somebody else who types the address does not undo what its owner has decided."""
    pages.subscribed()
    pages.post("/unsubscribe/" + pages.token(Purpose.UNSUBSCRIBE))
    pages.clock.now += 3600
    pages.post("/subscribe", ANN)
    pages.letter()
    assert pages.state() is SubscriberState.UNSUBSCRIBED


def test_a_welcome_is_the_latest_issue_that_is_out(tmp_path: Path) -> None:
    """Where the author wants it, who confirms gets it at once, and once; a draft is not sent. Its links work."""
    draft = ISSUE.replace("Issue 1", "Issue 2").replace("05-05", "05-12").replace("published", "draft")
    publication = PUBLICATION + DELIVERY.replace("{", "{welcome: true, pages_url: https://p.example/, ", 1)
    write_publication(tmp_path, publication=publication, first=ISSUE, second=draft)
    with served(tmp_path) as pages:
        path = pages.subscribed()
        letter = pages.letter()
        assert letter["Subject"] == "Welcome! The Weekly Lens — Issue 1"
        assert "How lenses are ground" in text_of(letter)
        assert pages.get(link(letter["List-Unsubscribe"].replace(">", " "), "unsubscribe")).status == 200
        assert pages.get(link(text_of(letter), "preferences")).heading == "Your preferences"
        pages.post(path)
        pages.clock.now += 3600
        pages.post("/subscribe", ANN)
        assert pages.letter()["Subject"].startswith("You are subscribed already")


@pytest.mark.parametrize(("asked", "heading"), [("ja", "購読する"), ("fr, zh-TW;q=0.8", "订阅"), ("fr", "Subscribe")])
def test_pages_speak_the_browsers_language(pages: Pages, asked: str, heading: str) -> None:
    """The first of its languages that has labels; else the publication's."""
    assert pages.get("/subscribe", accept_language=asked).heading == heading


def test_a_letter_speaks_the_pages_language(pages: Pages) -> None:
    """Who asks in Japanese is written to in Japanese; a language that they choose goes before the page's."""
    pages.post("/subscribe", ANN | {"language": "ja"}, accept_language="ja")
    assert pages.letter()["Subject"] == "購読の確認：The Weekly Lens"
    found = pages.subscriber()
    assert found
    assert found.language == "ja"
    pages.clock.now += 3600
    pages.post("/subscribe", ANN)
    assert pages.letter()["Subject"] == "購読の確認：The Weekly Lens"
