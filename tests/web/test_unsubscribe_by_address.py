"""Unsubscribing without a valid link: a form that mails a new one, with one response for every address."""

import json
from pathlib import Path

import pytest

from newsletter.database.states import EventKind, SubscriberState, SuppressionReason
from newsletter.mail.mail_queue import claim_mail, due_mail
from newsletter.mail.tokens import Purpose, sign
from newsletter.subscribers.consent import CONFIRM_WITHIN, delete_unconfirmed
from newsletter.subscribers.queries import add_subscriber, find_subscriber, write_state
from newsletter.subscribers.suppressions import suppress
from tests.subscribers.people import subscriber
from tests.web.serving import FORM, Answer, Pages, link, served, text_of

ANN = {"email": "ann@example.org"}
BUTTON = "Email me an unsubscribe link"


def assert_form(answer: Answer) -> None:
    """The page has the form and nothing to subscribe."""
    assert answer.text.count("<button") == 1
    assert f"<button>{BUTTON}</button>" in answer.text
    assert 'method="post" action="/unsubscribe"' in answer.text
    assert '<input id="email" name="email" type="email"' in answer.text
    assert "/subscribe" not in answer.text
    assert "Subscribe" not in answer.text


@pytest.mark.parametrize("path", ["", "/"])
def test_without_a_token_the_page_asks_for_the_address(pages: Pages, path: str) -> None:
    """With and without a slash at the end."""
    answer = pages.get(f"/unsubscribe{path}")
    assert (answer.status, answer.heading) == (200, "Unsubscribe")
    assert_form(answer)


def test_a_damaged_link_leads_to_the_form(pages: Pages) -> None:
    """Truncated, changed, with a slash at its end or in it, or of another page, by GET and by POST."""
    pages.subscribed()
    token = pages.token(Purpose.UNSUBSCRIBE)
    damaged = [token[:-1], token[:9], f"{token}/", f"x{token}", token.replace("-", "/"), "x", "%FF%2F%3E"]
    for path in (*damaged, pages.token(Purpose.PREFERENCES)):
        for answer in (pages.get(f"/unsubscribe/{path}"), pages.post(f"/unsubscribe/{path}")):
            assert (answer.status, answer.heading) == (400, "This link doesn’t work")
            assert_form(answer)
    assert pages.state() is SubscriberState.ACTIVE


def test_a_link_for_another_address_leads_to_the_form(pages: Pages) -> None:
    """After a restored backup, the number of the link belongs to another person."""
    pages.subscribed()
    ann = pages.subscriber()
    assert ann
    token = sign(pages.context.keys, Purpose.UNSUBSCRIBE, ann.id, "bob@example.org")
    for answer in (pages.get(f"/unsubscribe/{token}"), pages.post(f"/unsubscribe/{token}")):
        assert (answer.status, answer.heading) == (410, "This link has expired")
        assert_form(answer)
    assert pages.state() is SubscriberState.ACTIVE


def test_one_click_with_a_damaged_link_stays_an_error(pages: Pages) -> None:
    """RFC 8058: the mail program learns that it did not work."""
    answer = pages.post("/unsubscribe/x", b"List-Unsubscribe=One-Click")
    assert answer.status == 400
    assert not {"set-cookie", "location"} & set(answer.headers)
    assert pages.logged("request")["outcome"] == "broken link"


@pytest.mark.parametrize("page", ["confirm", "erase", "preferences"])
def test_other_damaged_links_offer_to_subscribe(pages: Pages, page: str) -> None:
    """They stay as they are."""
    answer = pages.get(f"/{page}/x")
    assert (answer.status, answer.heading) == (400, "This link doesn’t work")
    assert 'href="/subscribe"' in answer.text


def test_a_mailed_link_unsubscribes(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The form mails a link; only its button unsubscribes. The request is in the history."""
    monkeypatch.setenv("NEWSLETTER_DATABASE", database_url)
    with served(tmp_path) as pages:
        pages.subscribed()
        answer = pages.post("/unsubscribe", {"email": " ANN@Example.org "})
        assert (answer.status, answer.heading) == (200, "Request received")
        mail = pages.next_mail()
        assert (mail["To"], mail["Subject"]) == ("ann@example.org", "Unsubscribe from The Weekly Lens")
        assert mail["Feedback-ID"].startswith("unsubscribe:")
        path = link(text_of(mail), "unsubscribe")
        assert pages.get(path).heading == "Unsubscribe ann@example.org?"
        assert pages.state() is SubscriberState.ACTIVE
        pages.clock.now += 365 * 24 * 3600
        assert pages.post(path).heading == "You’re unsubscribed"
        assert pages.state() is SubscriberState.UNSUBSCRIBED
        (event,) = [event for event in pages.events() if event.kind is EventKind.UNSUBSCRIBE_LINK_REQUESTED]
        assert event.detail == f"https://lens.example.org/unsubscribe, network {pages.context.digest('127.0.0.1')}"


def test_the_response_does_not_reveal_who_is_on_the_list(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the same for every address. Only active and pending ones get mail, unless they are suppressed."""
    monkeypatch.setenv("NEWSLETTER_DATABASE", database_url)
    with served(tmp_path) as pages:
        with pages.context.database.write() as connection:
            for state in SubscriberState:
                add_subscriber(connection, subscriber(f"{state}@example.org", state))
            for reason in ("complaint", "author"):
                add_subscriber(connection, subscriber(f"{reason}@example.org"))
                suppress(connection, f"{reason}@example.org", SuppressionReason(reason), 0)
        names = [*SubscriberState, "complaint", "author", "unknown", "active"]
        answers = [pages.post("/unsubscribe", {"email": f"{name}@example.org"}) for name in names]
        expected = "If this address is subscribed, we’ll send it a link to unsubscribe, unless we sent one recently."
        assert {(answer.status, answer.note) for answer in answers} == {(200, expected)}
        assert len({answer.text for answer in answers}) == 1
        assert len({frozenset(answer.headers) for answer in answers}) == 1
        asked = {name for name in names if pages.mail_kinds(f"{name}@example.org")}
        assert asked == {"active", "pending"}
        assert pages.mail_kinds("active@example.org") == ["unsubscribe"]
        assert [pages.logged("mail")["kind"] for _ in asked] == ["unsubscribe"] * 2
        assert pages.subscriber("unknown@example.org") is None


def test_an_address_gets_three_links_a_day_ten_minutes_apart(pages: Pages) -> None:
    """Sign-ups and data links have other limits, and none keeps another back."""
    pages.subscribed()
    for minutes in (0, 9, 1, 10, 10, 10):
        pages.clock.now += minutes * 60
        pages.post("/unsubscribe", ANN)
    assert pages.mail_kinds() == ["confirm", "unsubscribe", "unsubscribe", "unsubscribe"]
    pages.post("/subscribe", ANN)
    pages.post("/preferences/" + pages.token(Purpose.PREFERENCES), {"own": "link"})
    assert pages.mail_kinds()[4:] == ["known", "own"]
    pages.clock.now += 24 * 3600 - 40 * 60
    pages.post("/unsubscribe", ANN)
    assert pages.mail_kinds()[6:] == ["unsubscribe"]


def test_a_link_is_not_mailed_to_an_address_that_unsubscribed_meanwhile(pages: Pages) -> None:
    """The mail is cancelled when it is claimed."""
    pages.subscribed()
    pages.context.mail_queue.close()
    pages.post("/unsubscribe", ANN)
    with pages.context.database.write() as connection:
        now = int(pages.clock.now)
        (id,) = due_mail(connection, now)
        ann = find_subscriber(connection, "ann@example.org")
        assert ann
        write_state(connection, ann.id, SubscriberState.UNSUBSCRIBED)
        assert claim_mail(connection, id, now) is None
        assert due_mail(connection, now + 3600) == []


def test_a_pending_subscriber_with_such_a_request_is_deleted_in_the_end(pages: Pages) -> None:
    """The request alone is no reason to keep the address of who never confirmed."""
    pages.post("/subscribe", ANN)
    pages.post("/unsubscribe", ANN)
    assert pages.mail_kinds() == ["confirm", "unsubscribe"]
    with pages.context.database.write() as connection:
        assert delete_unconfirmed(connection, int(pages.clock.now) + CONFIRM_WITHIN + 1) == 1


def test_the_network_limit_is_that_of_the_sign_up_form(pages: Pages) -> None:
    """Requests of both forms count together; the next gets 429 with Retry-After, and no mail is sent."""
    pages.subscribed()
    for number in range(10):
        path = "/subscribe" if number % 2 else "/unsubscribe"
        answer = pages.post(path, {"email": f"r{number}@example.org"}, x_forwarded_for="192.0.2.1")
        assert answer.status == 200
    answer = pages.post("/unsubscribe", ANN, x_forwarded_for="192.0.2.1")
    assert (answer.status, answer.heading) == (429, "Too many attempts")
    assert 0 < int(answer.headers["retry-after"]) <= 30
    assert pages.mail_kinds() == ["confirm"]
    assert pages.post("/unsubscribe", ANN, x_forwarded_for="192.0.2.2").status == 200


def test_a_request_with_the_hidden_field_is_ignored(pages: Pages) -> None:
    """A program that fills in every field gets the usual response."""
    pages.subscribed()
    usual = pages.post("/unsubscribe", {"email": "eve@example.org"})
    assert pages.post("/unsubscribe", ANN | {"website": "https://evil.example/"}).text == usual.text
    assert pages.mail_kinds() == ["confirm"]


@pytest.mark.parametrize("body", [b"", b"email=ann%40example", b"email=%ff%fe@x.example", b"email=\xff\xfe@x.example"])
def test_an_invalid_address_is_an_error_at_the_field(pages: Pages, body: bytes) -> None:
    """An address that is missing, incomplete, or not UTF-8; the form is shown again, escaped."""
    answer = pages.post("/unsubscribe", body, content_type=FORM)
    assert (answer.status, answer.heading) == (422, "Unsubscribe")
    assert 'aria-invalid="true" aria-describedby="fault"' in answer.text
    assert_form(answer)
    answer = pages.post("/unsubscribe/", b"email=%22%3E%3Cb%3E", content_type=FORM)
    assert (answer.status, "<b>" in answer.text) == (422, False)


def test_json_is_answered_with_json(pages: Pages) -> None:
    """As on the sign-up page, and as little is revealed."""
    pages.subscribed()
    for address in ("ann@example.org", "eve@example.org"):
        body = json.dumps({"email": address}).encode()
        answer = pages.post("/unsubscribe", body, content_type="application/json")
        assert (answer.status, json.loads(answer.text)["message"]) == (202, "Request received")
    assert pages.mail_kinds() == ["confirm", "unsubscribe"]


def test_the_mail_uses_the_pages_language(pages: Pages) -> None:
    """It has one link, and nothing of what was typed except the address."""
    pages.subscribed()
    answer = pages.post("/unsubscribe", ANN | {"language": "evil"}, accept_language="ja", user_agent="evil")
    assert answer.heading == "受け付けました"
    mail = pages.next_mail()
    assert mail["Subject"] == "The Weekly Lens の購読解除"
    assert text_of(mail).count("https://") == 1
    assert "evil" not in mail.as_string()
