"""Signed links: unsubscribing, preferences, export, erasure, and invalid or expired links."""

import json
import re
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.database.signing_keys import TOKENS, keys_of, signing_keys
from newsletter.database.states import EventKind, MailKind, SubscriberState, SuppressionReason
from newsletter.mail.mail_queue import request_mail
from newsletter.mail.tokens import Purpose, sign
from newsletter.subscribers.queries import add_subscriber, find_subscriber
from newsletter.subscribers.suppressions import suppress
from tests.conftest import Run
from tests.publications import PUBLICATION
from tests.subscribers.people import subscriber
from tests.transports.mail_server import mail_server
from tests.web.serving import Pages, link, served, text_of

ONE_CLICK = b"List-Unsubscribe=One-Click"
PAGES = {
    Purpose.CONFIRM: "confirm",
    Purpose.UNSUBSCRIBE: "unsubscribe",
    Purpose.PREFERENCES: "preferences",
    Purpose.ERASE: "erase",
}


@pytest.fixture
def ann(pages: Pages) -> Pages:
    """The pages, with a subscriber."""
    pages.subscribed()
    return pages


def test_following_the_link_does_not_unsubscribe(ann: Pages) -> None:
    """Mail scanners follow links: GET shows a page with one button."""
    path = "/unsubscribe/" + ann.token(Purpose.UNSUBSCRIBE)
    answer = ann.get(path)
    assert answer.heading == "Unsubscribe ann@example.org?"
    assert answer.text.count("<button") == 1
    # The URL of this page is in a header that many programs see, so it must not lead to the subscriber's data.
    assert not {"preferences", "export", "erase"} & set(re.findall(r"[a-z]+", answer.text))
    assert ann.state() is SubscriberState.ACTIVE
    assert ann.post(path).heading == "You’re unsubscribed"
    assert ann.state() is SubscriberState.UNSUBSCRIBED


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (ONE_CLICK, "application/x-www-form-urlencoded"),
        (
            b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (b"", "text/plain"),
    ],
)
def test_one_click_unsubscribes_without_cookie_or_redirect(ann: Pages, body: bytes, kind: str) -> None:
    """RFC 8058: a POST by a mail program, in either encoding, gets 200."""
    answer = ann.post("/unsubscribe/" + ann.token(Purpose.UNSUBSCRIBE), body, content_type=kind)
    assert answer.status == 200
    assert not {"set-cookie", "location"} & set(answer.headers)
    assert ann.state() is SubscriberState.UNSUBSCRIBED


def test_an_unsubscribe_is_recorded_once(ann: Pages) -> None:
    """A second click records nothing, and an unknown campaign is not recorded."""
    found = ann.subscriber()
    assert found
    token = sign(ann.context.keys, Purpose.UNSUBSCRIBE, found.id, found.address, 7)
    for _ in range(2):
        assert ann.post(f"/unsubscribe/{token}").status == 200
    left = [event for event in ann.events() if event.kind is EventKind.UNSUBSCRIBED]
    assert [event.campaign_id for event in left] == [None]


def test_unsubscribing_after_erasure_or_from_a_test_send_works(ann: Pages) -> None:
    """GET and POST give the same response as for a subscriber who unsubscribed."""
    path = "/unsubscribe/" + ann.token(Purpose.UNSUBSCRIBE)
    ann.post("/erase/" + ann.token(Purpose.ERASE, issued_at=int(ann.clock.now)))
    tested = sign(ann.context.keys, Purpose.UNSUBSCRIBE, 0, "ann@example.org")
    answers = [ask(url) for ask in (ann.get, ann.post) for url in (path, f"/unsubscribe/{tested}")]
    assert [answer.heading for answer in answers] == ["You’re unsubscribed"] * 4


def test_a_token_for_a_reused_number_is_rejected(pages: Pages) -> None:
    """If Bob has Ann's number after a backup was restored, her links neither show nor change his data."""
    pages.subscribed("bob@example.org")
    bob = pages.subscriber("bob@example.org")
    assert bob
    now = int(pages.clock.now)
    tokens = {
        purpose: sign(pages.context.keys, purpose, bob.id, "ann@example.org", issued_at=now) for purpose in Purpose
    }
    paths = [f"/{page}/{tokens[purpose]}" for purpose, page in PAGES.items()]
    answers = [pages.post(path) for path in paths]
    answers += [pages.get(f"/{page}/{tokens[Purpose.PREFERENCES]}") for page in ("preferences", "export")]
    answers += [pages.get(f"/{PAGES[purpose]}/{tokens[purpose]}") for purpose in (Purpose.CONFIRM, Purpose.UNSUBSCRIBE)]
    assert {(answer.status, answer.heading) for answer in answers} == {(410, "This link has expired")}
    assert pages.subscriber("bob@example.org") == bob
    assert len(pages.events("bob@example.org")) == 3


def test_only_offered_preferences_can_be_chosen(ann: Pages) -> None:
    """Language and tags are saved; those that the settings do not offer are ignored."""
    path = "/preferences/" + ann.token(Purpose.PREFERENCES)
    answer = ann.ask(
        "POST", path, b"language=ja&tag=papers&tag=staff", {"content_type": "application/x-www-form-urlencoded"}
    )
    assert "Your preferences have been saved." in answer.text
    assert '<option value="ja" lang="ja" selected>日本語</option>' in answer.text
    found = ann.subscriber()
    assert found
    assert (found.language, found.tags) == ("ja", ("papers",))
    ann.post(path, {"language": "xx", "tag": "tools"})
    found = ann.subscriber()
    assert found
    assert (found.language, found.tags) == ("ja", ("tools",))
    assert [event.detail for event in ann.events() if event.kind is EventKind.CHANGED] == [
        "language none → ja, +papers",
        "+tools, -papers",
    ]


def test_a_subscriber_can_export_their_data(ann: Pages) -> None:
    """The export is a file with the subscriber and all events."""
    answer = ann.get("/export/" + ann.token(Purpose.PREFERENCES, issued_at=int(ann.clock.now)))
    assert answer.headers["content-disposition"] == 'attachment; filename="newsletter.json"'
    data = json.loads(answer.text)
    assert data["subscriber"]["address"] == "ann@example.org"
    assert [event["kind"] for event in data["events"]] == ["asked", "written", "confirmed"]


def test_the_export_contains_all_transactional_mail(ann: Pages) -> None:
    """Each mail has its kind, its state, when it was requested and when it was sent."""
    now = int(ann.clock.now)
    with ann.context.database.write() as connection:
        found = find_subscriber(connection, "ann@example.org")
        assert found
        request_mail(connection, MailKind.DATA_LINK, found.id, "ja", now + 60)
    data = json.loads(ann.get("/export/" + ann.token(Purpose.PREFERENCES, issued_at=now)).text)
    sent = {
        "kind": "confirm",
        "language": "en",
        "state": "sent",
        "requested_at": now,
        "sent_at": now,
        "attempts": 1,
        "last_error": "",
    }
    waiting = {"kind": "own", "language": "ja", "state": "waiting", "requested_at": now + 60, "sent_at": None}
    assert data["transactional_mail"] == [sent, waiting | {"attempts": 0, "last_error": ""}]


def test_the_command_shows_all_transactional_mail(ann: Pages, run: Run) -> None:
    """As JSON and as lines."""
    show = ("-C", ann.root, "subscribers", "show", "ann@example.org")
    (mail,) = json.loads(run(*show, "--json", code=0).stdout)["transactional_mail"]
    assert (mail["kind"], mail["state"]) == ("confirm", "sent")
    assert mail["requested_at"] == mail["sent_at"] == "2027-01-15T08:00:00Z"
    line = "2027-01-15T08:00:00Z  mail confirm: sent 2027-01-15T08:00:00Z, 1 attempt"
    assert line in run(*show, code=0).stdout


def test_the_link_of_an_issue_does_not_open_the_data(ann: Pages) -> None:
    """The link in an issue shows preferences only. A link to the data is mailed to the address, at a limited rate."""
    token = ann.token(Purpose.PREFERENCES)
    page = ann.get(f"/preferences/{token}")
    assert (page.status, "/export/" in page.text, "/erase/" in page.text) == (200, False, False)
    assert ann.get(f"/export/{token}").status == 410
    ann.clock.now += 3600
    assert ann.post(f"/preferences/{token}", {"own": "link"}).heading == "Check your inbox"
    mail = ann.next_mail()
    assert (mail["To"], mail["Subject"]) == ("ann@example.org", "Your data at The Weekly Lens")
    path = link(text_of(mail), "preferences")
    assert "/erase/" in ann.get(path).text
    assert ann.get(path.replace("preferences", "export")).status == 200
    ann.post(f"/preferences/{token}", {"own": "link"})
    assert [event.kind for event in ann.events()].count(EventKind.REQUESTED) == 1
    ann.clock.now += 25 * 3600
    assert "/erase/" not in ann.get(path).text
    assert ann.get(path.replace("preferences", "export")).status == 410


def test_the_data_link_page_says_what_was_sent(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link that was sent; when it was sent, if the limit is reached; and when the next one may be requested."""
    monkeypatch.setenv("NEWSLETTER_DATABASE", database_url)
    with served(tmp_path) as pages:
        pages.subscribed()
        path = "/preferences/" + pages.token(Purpose.PREFERENCES)
        answer = pages.post(path, {"own": "link"})
        assert (answer.status, answer.heading) == (200, "Check your inbox")
        assert answer.note == "We sent a link to ann@example.org. It is valid for one day."
        assert pages.next_mail()["Subject"] == "Your data at The Weekly Lens"
        pages.clock.now += 4 * 60 + 1
        answer = pages.post(path, {"own": "link"})
        assert (answer.status, answer.heading, answer.headers["retry-after"]) == (429, "Try again later", "359")
        sent = "We already sent a link to ann@example.org 4 minutes ago."
        assert answer.note == f"{sent} Check your inbox, or try again in 6 minutes."
        for _ in range(2):
            pages.clock.now += 600
            assert pages.post(path, {"own": "link"}).status == 200
            pages.next_mail()
        pages.clock.now += 5 * 3600 + 15 * 60
        answer = pages.post(path, {"own": "link"}, accept_language="ja")
        assert "5時間前にリンクをお送りしています" in answer.note
        assert "19時間後にもう一度お試しください" in answer.note
        assert pages.mail_kinds() == ["confirm", "own", "own", "own"]


@pytest.mark.parametrize("code", [450, 550])
def test_the_data_link_page_says_that_a_link_is_not_sent_yet(tmp_path: Path, code: int) -> None:
    """A mail that the server deferred or refused is not sent, though it counts for the limit."""
    address = f"rcpt-{code}-ann@example.org"
    with mail_server() as server:
        smtp = f"delivery: {{smtp: [{{host: 127.0.0.1, port: {server.port}, security: none}}]}}\n"
        with served(tmp_path, PUBLICATION + smtp) as pages:
            with pages.context.database.write() as connection:
                add_subscriber(connection, subscriber(address))
            path = "/preferences/" + pages.token(Purpose.PREFERENCES, address)
            assert "We sent a link" in pages.post(path, {"own": "link"}).note
            assert pages.logged("mail")["code"] == code
            pages.clock.now += 4 * 60
            answer = pages.post(path, {"own": "link"})
    not_sent = f"We haven’t sent the link that you requested 4 minutes ago to {address} yet."
    assert (answer.status, answer.note) == (429, f"{not_sent} You can try again in 6 minutes.")


@pytest.mark.parametrize("reason", [SuppressionReason.COMPLAINT, SuppressionReason.AUTHOR])
def test_the_data_link_page_says_that_an_address_gets_no_mail(ann: Pages, reason: SuppressionReason) -> None:
    """It does not promise a link, and says where to write instead."""
    with ann.context.database.write() as connection:
        suppress(connection, "ann@example.org", reason, 0)
    answer = ann.post("/preferences/" + ann.token(Purpose.PREFERENCES), {"own": "link"})
    assert answer.heading == "We can’t email you"
    assert "no longer send email to ann@example.org" in answer.note
    assert ann.mail_kinds() == ["confirm"]


def test_sign_ups_do_not_use_up_the_limit_of_the_data_link(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever knows an address can sign it up until the limit is reached; its owner still gets the link, and back."""
    monkeypatch.setenv("NEWSLETTER_DATABASE", database_url)
    with served(tmp_path) as pages:
        pages.subscribed()
        path, address = "/preferences/" + pages.token(Purpose.PREFERENCES), {"email": "ann@example.org"}
        pages.clock.now += 600
        for _ in range(3):
            pages.post("/subscribe", address)
        assert pages.next_mail()["Subject"] == "You’re already subscribed to The Weekly Lens"
        pages.post(path, {"own": "link"})
        assert pages.next_mail()["Subject"] == "Your data at The Weekly Lens"
        assert pages.mail_kinds() == ["confirm", "known", "own"]
        for _ in range(3):
            pages.clock.now += 600
            pages.post(path, {"own": "link"})
        pages.post("/subscribe", address)
        assert pages.mail_kinds() == ["confirm", "known", "own", "own", "own", "known"]


def test_erasure_needs_a_button_and_deletes_everything(ann: Pages) -> None:
    """The link in the preferences leads to a button; afterwards the other links are expired."""
    preferences = "/preferences/" + ann.token(Purpose.PREFERENCES, issued_at=int(ann.clock.now))
    path = ann.get(preferences).text.partition('href="/erase/')[2].partition('"')[0]
    assert ann.get(f"/erase/{path}").heading == "Delete your data"
    assert ann.state() is SubscriberState.ACTIVE
    assert [ann.post(f"/erase/{path}").heading for _ in range(2)] == ["Your data has been deleted"] * 2
    assert ann.subscriber() is None
    assert ann.get(preferences).status == 410


def test_links_expire(ann: Pages) -> None:
    """Links to confirm are valid for a week and links to erase for a day; the others never expire."""
    old = {purpose: ann.token(purpose, issued_at=int(ann.clock.now)) for purpose in PAGES}
    ann.clock.now += 8 * 24 * 3600
    statuses = {purpose: ann.get(f"/{PAGES[purpose]}/{token}").status for purpose, token in old.items()}
    assert statuses == {
        Purpose.CONFIRM: 410,
        Purpose.UNSUBSCRIBE: 200,
        Purpose.PREFERENCES: 200,
        Purpose.ERASE: 410,
    }


def test_a_token_is_valid_for_one_purpose_only(ann: Pages) -> None:
    """At every other page it is invalid; all pages give the same response, except that to unsubscribe."""
    now = int(ann.clock.now)
    texts = defaultdict(set)
    for purpose in Purpose:
        for page_purpose, page in PAGES.items():
            if purpose is not page_purpose:
                answer = ann.post(f"/{page}/{ann.token(purpose, issued_at=now)}")
                assert answer.status == 400
                texts[page == "unsubscribe"].add(answer.text)
    assert [len(texts[unsubscribes]) for unsubscribes in (False, True)] == [1, 1]
    assert ann.state() is SubscriberState.ACTIVE


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edit=st.data())
def test_a_changed_token_is_invalid(ann: Pages, edit: st.DataObject) -> None:
    """A truncated, changed or invented token unsubscribes nobody, and the page reveals nothing."""
    token = ann.token(Purpose.UNSUBSCRIBE)
    at = edit.draw(st.integers(0, len(token) - 1))
    letters = st.text("abcdefghijklmnopqrstuvwxyz234567.-0189%", max_size=3)
    changed = token[:at] + edit.draw(letters) + token[edit.draw(st.integers(at + 1, len(token))) :]
    if changed.lower() != token:
        answer = ann.post(f"/unsubscribe/{changed or 'x'}")
        assert answer.status == 400
        assert "ann" not in answer.text
    assert ann.state() is SubscriberState.ACTIVE


def test_keys_change_without_a_restart(ann: Pages, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new key signs at once; older links are valid until their key is dropped."""
    monkeypatch.setattr("newsletter.web.context._KEYS_MAX_AGE", 0.0)
    before = "/preferences/" + ann.token(Purpose.PREFERENCES)
    found = ann.subscriber()
    assert found
    with ann.context.database.read() as connection:
        (old,) = keys_of(connection, TOKENS)
    run("-C", ann.root, "keys", "add", code=0)
    with ann.context.database.read() as connection:
        _, new = signing_keys(connection, TOKENS)
    assert ann.get("/unsubscribe/" + sign([new], Purpose.UNSUBSCRIBE, found.id, found.address)).status == 200
    assert ann.get(before).status == 200
    ann.clock.now += 3600
    ann.post("/subscribe", {"email": "ann@example.org"})
    after = link(text_of(ann.next_mail()), "preferences")
    run("-C", ann.root, "keys", "drop", str(old.id), "--recent", "--yes", code=0)
    assert ann.get(before).status == 400
    assert ann.get(after).status == 200


def test_the_pages_work_on_both_databases(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Subscribing, confirming, preferences, unsubscribing and erasing work on SQLite and PostgreSQL."""
    monkeypatch.setenv("NEWSLETTER_DATABASE", database_url)
    with served(tmp_path) as pages:
        pages.subscribed()
        pages.post("/preferences/" + pages.token(Purpose.PREFERENCES), {"language": "en", "tag": "papers"})
        pages.post("/unsubscribe/" + pages.token(Purpose.UNSUBSCRIBE))
        assert pages.state() is SubscriberState.UNSUBSCRIBED
        pages.post("/erase/" + pages.token(Purpose.ERASE, issued_at=int(pages.clock.now)))
        assert pages.subscriber() is None
        assert pages.get("/ready").status == 200
