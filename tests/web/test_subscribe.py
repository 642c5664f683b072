"""Subscribing: the same response for every address, one confirmation mail, and a button that confirms."""

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
from tests.web.serving import DELIVERY, FORM, Pages, link, served, text_of

ANN = {"email": "ann@example.org"}


def test_a_confirmation_mail_leads_to_a_button_that_confirms(pages: Pages) -> None:
    """Only the button behind the link in the mail makes a pending subscriber active."""
    assert pages.post("/subscribe", ANN).heading == "Check your inbox"
    path = link(text_of(pages.next_mail()))
    assert pages.get(path).heading == "Confirm your subscription"
    assert pages.state() is SubscriberState.PENDING
    assert pages.post(path).heading == "You’re subscribed"
    assert pages.state() is SubscriberState.ACTIVE
    assert pages.post(path).heading == "You’re subscribed"
    kinds = [event.kind for event in pages.events()]
    assert kinds == [EventKind.ASKED, EventKind.WRITTEN, EventKind.CONFIRMED]


def test_consent_is_recorded_with_time_page_and_network(pages: Pages) -> None:
    """The network is stored as a keyed hash only."""
    pages.subscribed()
    found = pages.subscriber()
    assert found
    assert found.consent_at == int(pages.clock.now)
    network = pages.context.digest("127.0.0.1")
    assert found.consent_source == f"https://lens.example.org/confirm, network {network}"
    assert pages.events()[0].detail == f"https://lens.example.org/subscribe, network {network}"


def test_the_response_does_not_reveal_who_is_on_the_list(pages: Pages) -> None:
    """The response is the same for unknown, pending, active, unsubscribed, suppressed and rate-limited addresses."""
    first = pages.post("/subscribe", ANN)
    pages.next_mail()
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
    """Its link leads to the preferences."""
    pages.subscribed()
    pages.clock.now += 3600
    pages.post("/subscribe", ANN)
    mail = pages.next_mail()
    assert mail["Subject"] == "You’re already subscribed to The Weekly Lens"
    assert pages.get(link(text_of(mail), "preferences")).heading == "Your preferences"


@pytest.mark.parametrize("reason", [SuppressionReason.COMPLAINT, SuppressionReason.HARD_BOUNCE])
def test_a_suppressed_address_gets_no_mail(pages: Pages, reason: SuppressionReason) -> None:
    """After a complaint or a hard bounce, signing up sends no mail, promises none and stores nothing."""
    with pages.context.database.write() as connection:
        suppress(connection, "ann@example.org", reason, 0)
    note = pages.post("/subscribe", ANN).note
    assert note.startswith("We’ll email a link to this address if we can, unless we sent one recently.")
    assert pages.logged("request")["outcome"] == "suppressed"
    pages.post("/subscribe", {"email": "bob@example.org"})
    assert pages.next_mail()["To"] == "bob@example.org"
    assert pages.subscriber() is None


def test_a_confirmation_mail_contains_nothing_that_the_visitor_typed_except_the_address(pages: Pages) -> None:
    """Other fields could contain spam."""
    payload = "Buy at evil.example"
    pages.post("/subscribe", ANN | {"name": payload, "language": payload}, user_agent=payload, referer=payload)
    content = pages.next_mail().as_string()
    assert "evil" not in content
    assert "ann@example.org" in content


def test_an_address_gets_three_mails_a_day_ten_minutes_apart(pages: Pages) -> None:
    """The limit is per address, not per network."""
    outcomes = []
    for minutes in (0, 1, 10, 10, 10, 24 * 60):
        pages.clock.now += minutes * 60
        pages.post("/subscribe", ANN)
        outcomes.append(pages.logged("request")["outcome"])
    assert outcomes == ["confirm", "limited", "confirm", "confirm", "limited", "confirm"]


def test_json_is_answered_with_json(pages: Pages) -> None:
    """A script on the author's own page gets a message and a status."""
    answer = pages.post("/subscribe", json.dumps(ANN).encode(), content_type="application/json")
    assert (answer.status, json.loads(answer.text)["message"]) == (202, "Check your inbox")
    answer = pages.post("/subscribe", b'{"email": "ann@"}', content_type="application/json; charset=utf-8")
    assert (answer.status, "valid email address" in json.loads(answer.text)["message"]) == (422, True)


@pytest.mark.parametrize("body", [b"{", b"[]", b'"a"', b"\xff", b'{"email": ["a"]}', b"[" * 60_000])
def test_an_invalid_body_is_rejected(pages: Pages, body: bytes) -> None:
    """Invalid JSON, and JSON of another form, is a client error."""
    assert pages.post("/subscribe", body, content_type="application/json").status in (400, 422)


@pytest.mark.parametrize(
    "address",
    ["", "ann", "ann@", "ann@example", "a\r\nBcc: b@example.org", "x" * 300 + "@example.org", "ann@exаmple.org"],
)
def test_an_invalid_address_is_an_error_at_the_field(pages: Pages, address: str) -> None:
    """The form keeps what was typed, escaped, and the error refers to the field."""
    answer = pages.post("/subscribe", {"email": address})
    assert answer.status == 422
    assert 'aria-invalid="true" aria-describedby="fault"' in answer.text


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"email=%ff%fe@x.example", FORM),
        (b"email=\xff\xfe@x.example", FORM),
        (b"email=ann%c3@x.example&language=%a9", FORM),
        (
            b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\n\xff\xfe@x.example\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
    ids=["percent-encoded", "raw", "cut letters", "multipart"],
)
def test_an_address_that_is_not_utf_8_is_an_error_at_the_field(pages: Pages, body: bytes, content_type: str) -> None:
    """Bytes that are not UTF-8 are not replaced with other letters, which would make another address."""
    answer = pages.post("/subscribe", body, content_type=content_type)
    assert answer.status == 422
    assert 'aria-invalid="true" aria-describedby="fault"' in answer.text
    answer = pages.post("/subscribe", body, content_type=content_type, accept="application/json")
    assert (answer.status, "valid email address" in json.loads(answer.text)["message"]) == (422, True)


def test_a_form_may_be_in_utf_8(pages: Pages) -> None:
    """Non-ASCII letters in an address are kept, in each encoding of the form."""
    pages.post("/subscribe", {"email": "jörg@bücher.example"})
    assert pages.state("jörg@xn--bcher-kva.example") is SubscriberState.PENDING
    pages.post("/subscribe", "email=søren@bücher.example".encode())
    assert pages.state("søren@xn--bcher-kva.example") is SubscriberState.PENDING
    part = '--x\r\nContent-Disposition: form-data; name="email"\r\n\r\nzoë@bücher.example\r\n--x--\r\n'
    pages.post("/subscribe", part.encode(), content_type="multipart/form-data; boundary=x")
    assert pages.state("zoë@xn--bcher-kva.example") is SubscriberState.PENDING


def test_a_sign_up_with_the_hidden_field_is_ignored(pages: Pages) -> None:
    """A bot that fills in every field gets the usual response, and nothing is stored."""
    answer = pages.post("/subscribe", ANN | {"website": "https://evil.example/"})
    assert answer.heading == "Check your inbox"
    assert pages.subscriber() is None


def test_a_network_is_limited_to_ten_requests_at_once(pages: Pages) -> None:
    """The next gets 429 with Retry-After; another network behind the same proxy is not limited."""
    for number in range(10):
        assert pages.post("/subscribe", {"email": f"r{number}@example.org"}, x_forwarded_for="192.0.2.1").status == 200
    answer = pages.post("/subscribe", ANN, x_forwarded_for="192.0.2.1")
    assert answer.status == 429
    assert 0 < int(answer.headers["retry-after"]) <= 30
    assert pages.post("/subscribe", ANN, x_forwarded_for="192.0.2.2").status == 200


def test_x_forwarded_for_is_trusted_from_a_proxy_only(tmp_path: Path) -> None:
    """From any other address, the header is ignored."""
    with served(tmp_path, proxies=("192.0.2.99",)) as pages:
        answers = [
            pages.post("/subscribe", {"email": f"r{n}@example.org"}, x_forwarded_for=f"192.0.2.{n}") for n in range(11)
        ]
        assert [answer.status for answer in answers] == [200] * 10 + [429]


def test_a_link_from_before_an_unsubscribe_does_not_subscribe_again(pages: Pages) -> None:
    """A replayed confirmation is rejected after an unsubscribe. Signing up again works."""
    path = pages.subscribed()
    pages.clock.now += 60
    pages.post("/unsubscribe/" + pages.token(Purpose.UNSUBSCRIBE))
    assert pages.post(path).status == 410
    assert pages.state() is SubscriberState.UNSUBSCRIBED
    pages.clock.now += 3600
    pages.subscribed()


def test_a_clock_that_was_ahead_limits_no_request(pages: Pages) -> None:
    """Events with future times do not limit requests. Their order counts, not their times."""
    path = pages.subscribed()
    pages.clock.now += 365 * DAY
    pages.post("/subscribe", ANN)
    assert pages.next_mail()["Subject"].startswith("You’re already subscribed")
    pages.post("/unsubscribe/" + pages.token(Purpose.UNSUBSCRIBE))
    pages.clock.now -= 364 * DAY
    assert pages.post(path).status == 410
    pages.subscribed()


def test_an_import_invalidates_a_confirmation_only_if_it_withdraws_consent(pages: Pages) -> None:
    """A subscriber who unsubscribed and signs up again can confirm, unless an import unsubscribed them since."""
    pages.subscribed()
    pages.post("/unsubscribe/" + pages.token(Purpose.UNSUBSCRIBE))
    pages.clock.now += DAY
    pages.post("/subscribe", ANN)
    path = link(text_of(pages.next_mail()))
    _import(pages, imported("ann@example.org", name="Ann"))
    assert pages.post(path).status == 200
    pages.post("/subscribe", {"email": "bob@example.org"})
    path = link(text_of(pages.next_mail()))
    _import(pages, imported("bob@example.org", SubscriberState.UNSUBSCRIBED))
    assert pages.post(path).status == 410


def _import(pages: Pages, subscriber: ImportedSubscriber) -> None:
    with pages.context.database.write() as connection:
        merge_batch(connection, {subscriber.compared: subscriber}, int(pages.clock.now))


def test_signing_up_alone_does_not_resubscribe(pages: Pages) -> None:
    """An unsubscribed address stays unsubscribed until its owner confirms."""
    pages.subscribed()
    pages.post("/unsubscribe/" + pages.token(Purpose.UNSUBSCRIBE))
    pages.clock.now += 3600
    pages.post("/subscribe", ANN)
    pages.next_mail()
    assert pages.state() is SubscriberState.UNSUBSCRIBED


def test_the_welcome_mail_is_the_latest_published_issue(tmp_path: Path) -> None:
    """With `welcome`, it is sent once after the confirmation, and its links work. A draft is not sent."""
    draft = ISSUE.replace("Issue 1", "Issue 2").replace("05-05", "05-12").replace("published", "draft")
    publication = PUBLICATION + DELIVERY.replace("{", "{welcome: true, pages_url: https://p.example/, ", 1)
    write_publication(tmp_path, publication=publication, first=ISSUE, second=draft)
    with served(tmp_path) as pages:
        path = pages.subscribed()
        mail = pages.next_mail()
        assert mail["Subject"] == "Welcome! The Weekly Lens — Issue 1"
        assert "How lenses are ground" in text_of(mail)
        assert pages.get(link(mail["List-Unsubscribe"].replace(">", " "), "unsubscribe")).status == 200
        assert pages.get(link(text_of(mail), "preferences")).heading == "Your preferences"
        pages.post(path)
        pages.clock.now += 3600
        pages.post("/subscribe", ANN)
        assert pages.next_mail()["Subject"].startswith("You’re already subscribed")


@pytest.mark.parametrize(
    ("accepted", "heading"), [("ja", "購読する"), ("fr, zh-TW;q=0.8", "订阅"), ("fr", "Subscribe")]
)
def test_pages_use_the_browsers_language(pages: Pages, accepted: str, heading: str) -> None:
    """The first of its languages that has labels is used, or the publication's."""
    assert pages.get("/subscribe", accept_language=accepted).heading == heading


def test_transactional_mail_uses_the_pages_language(pages: Pages) -> None:
    """A language that the subscriber chose takes precedence over the page's."""
    pages.post("/subscribe", ANN | {"language": "ja"}, accept_language="ja")
    assert pages.next_mail()["Subject"] == "The Weekly Lens の購読を確認してください"
    found = pages.subscriber()
    assert found
    assert found.language == "ja"
    pages.clock.now += 3600
    pages.post("/subscribe", ANN)
    assert pages.next_mail()["Subject"] == "The Weekly Lens の購読を確認してください"
