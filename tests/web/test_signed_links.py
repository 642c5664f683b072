"""Links and what is behind them: leaving, preferences, a copy, erasure; and links that are not good."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.database.signing_keys import TOKENS, keys_of, signing_keys
from newsletter.database.states import EventKind, SubscriberState
from newsletter.mail.tokens import Purpose, sign
from tests.conftest import Run
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
    """What fetches links, as mail scanners do, gets a page with one button."""
    path = "/unsubscribe/" + ann.token(Purpose.UNSUBSCRIBE)
    answer = ann.get(path)
    assert answer.heading == "Do you want to leave?"
    assert answer.text.count("<button") == 1
    # The address of this page is in a header, which passes many hands: it leads to nothing that is Ann's alone.
    assert not {"preferences", "export", "erase"} & set(re.findall(r"[a-z]+", answer.text))
    assert ann.state() is SubscriberState.ACTIVE
    assert ann.post(path).heading == "You have left"
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
def test_one_click_leaves_without_cookie_or_redirect(ann: Pages, body: bytes, kind: str) -> None:
    """RFC 8058: a POST by a mail program, in either form, is answered with 200 and nothing to keep."""
    answer = ann.post("/unsubscribe/" + ann.token(Purpose.UNSUBSCRIBE), body, content_type=kind)
    assert answer.status == 200
    assert not {"set-cookie", "location"} & set(answer.headers)
    assert ann.state() is SubscriberState.UNSUBSCRIBED


def test_leaving_is_noted_once_and_with_its_campaign(ann: Pages) -> None:
    """A second click changes nothing; a campaign that was never there is not named."""
    found = ann.subscriber()
    assert found
    token = sign(ann.context.keys, Purpose.UNSUBSCRIBE, found.id, found.address, 7)
    for _ in range(2):
        assert ann.post(f"/unsubscribe/{token}").status == 200
    left = [event for event in ann.events() if event.kind is EventKind.UNSUBSCRIBED]
    assert [event.campaign_id for event in left] == [None]


def test_who_was_erased_or_never_was_can_leave(ann: Pages) -> None:
    """One click is answered in the same way for who is gone already, and for the links of a test send."""
    path = "/unsubscribe/" + ann.token(Purpose.UNSUBSCRIBE)
    ann.post("/erase/" + ann.token(Purpose.ERASE, issued_at=int(ann.clock.now)))
    tested = sign(ann.context.keys, Purpose.UNSUBSCRIBE, 0, "ann@example.org")
    answers = [ann.post(path), ann.post(f"/unsubscribe/{tested}")]
    assert [answer.heading for answer in answers] == ["You have left"] * 2


def test_a_number_that_is_another_person_s_now_opens_nothing(pages: Pages) -> None:
    """A database from a backup gives Ann's number to Bob: her links neither show him nor change anything of his."""
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
    assert {(answer.status, answer.heading) for answer in answers} == {(410, "This link is too old")}
    assert pages.subscriber("bob@example.org") == bob
    assert len(pages.events("bob@example.org")) == 3


def test_preferences_are_chosen_among_what_is_offered(ann: Pages) -> None:
    """Language and tags are kept; tags and languages that are not offered cannot be taken."""
    path = "/preferences/" + ann.token(Purpose.PREFERENCES)
    answer = ann.ask(
        "POST", path, b"language=ja&tag=papers&tag=staff", {"content_type": "application/x-www-form-urlencoded"}
    )
    assert "Your preferences are saved." in answer.text
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


def test_what_is_kept_can_be_taken_home(ann: Pages) -> None:
    """The export is a file with the subscriber and all that happened."""
    answer = ann.get("/export/" + ann.token(Purpose.PREFERENCES, issued_at=int(ann.clock.now)))
    assert answer.headers["content-disposition"] == 'attachment; filename="newsletter.json"'
    kept = json.loads(answer.text)
    assert kept["subscriber"]["address"] == "ann@example.org"
    assert [event["kind"] for event in kept["events"]] == ["asked", "written", "confirmed"]


def test_what_is_kept_is_not_had_by_a_link_of_an_issue(ann: Pages) -> None:
    """Who reads a forwarded issue sees the choices, and has a link to the rest sent to the address; not too often."""
    token = ann.token(Purpose.PREFERENCES)
    page = ann.get(f"/preferences/{token}")
    assert (page.status, "/export/" in page.text, "/erase/" in page.text) == (200, False, False)
    assert ann.get(f"/export/{token}").status == 410
    ann.clock.now += 3600
    assert ann.post(f"/preferences/{token}", {"own": "link"}).heading == "Look into your inbox"
    letter = ann.letter()
    assert (letter["To"], letter["Subject"]) == ("ann@example.org", "What is kept about you: The Weekly Lens")
    path = link(text_of(letter), "preferences")
    assert "/erase/" in ann.get(path).text
    assert ann.get(path.replace("preferences", "export")).status == 200
    ann.post(f"/preferences/{token}", {"own": "link"})
    assert [event.kind for event in ann.events()].count(EventKind.REQUESTED) == 1
    ann.clock.now += 25 * 3600
    assert "/erase/" not in ann.get(path).text
    assert ann.get(path.replace("preferences", "export")).status == 410


def test_erasure_takes_a_button_and_leaves_nothing(ann: Pages) -> None:
    """The link from the preferences leads to a button; after it the other links are too old."""
    preferences = "/preferences/" + ann.token(Purpose.PREFERENCES, issued_at=int(ann.clock.now))
    path = ann.get(preferences).text.partition('href="/erase/')[2].partition('"')[0]
    assert ann.get(f"/erase/{path}").heading == "Erase everything"
    assert ann.state() is SubscriberState.ACTIVE
    assert [ann.post(f"/erase/{path}").heading for _ in range(2)] == ["Everything is erased"] * 2
    assert ann.subscriber() is None
    assert ann.get(preferences).status == 410


def test_links_grow_old(ann: Pages) -> None:
    """One that confirms is good for a week, one that erases for a day; the others for ever."""
    old = {purpose: ann.token(purpose, issued_at=int(ann.clock.now)) for purpose in PAGES}
    ann.clock.now += 8 * 24 * 3600
    statuses = {purpose: ann.get(f"/{PAGES[purpose]}/{token}").status for purpose, token in old.items()}
    assert statuses == {
        Purpose.CONFIRM: 410,
        Purpose.UNSUBSCRIBE: 200,
        Purpose.PREFERENCES: 200,
        Purpose.ERASE: 410,
    }


def test_a_link_is_good_for_its_purpose_only(ann: Pages) -> None:
    """Whatever a token is good for, at every other page it is none; and all such pages say the same."""
    now = int(ann.clock.now)
    texts = set()
    for purpose in Purpose:
        for page_purpose, page in PAGES.items():
            if purpose is not page_purpose:
                answer = ann.post(f"/{page}/{ann.token(purpose, issued_at=now)}")
                assert answer.status == 400
                texts.add(answer.text)
    assert len(texts) == 1
    assert ann.state() is SubscriberState.ACTIVE


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edit=st.data())
def test_a_link_that_was_changed_is_none(ann: Pages, edit: st.DataObject) -> None:
    """A token that is cut, changed or made up unsubscribes no one, and the page reveals nothing."""
    token = ann.token(Purpose.UNSUBSCRIBE)
    at = edit.draw(st.integers(0, len(token) - 1))
    letters = st.text("abcdefghijklmnopqrstuvwxyz234567.-0189%", max_size=3)
    changed = token[:at] + edit.draw(letters) + token[edit.draw(st.integers(at + 1, len(token))) :]
    if changed.lower() != token:
        answer = ann.post(f"/unsubscribe/{changed or 'x'}")
        assert answer.status in (400, 404)
        assert "ann" not in answer.text
    assert ann.state() is SubscriberState.ACTIVE


def test_keys_change_without_a_restart(ann: Pages, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new key signs at once; links of before stay good until their key is dropped, those of after for longer."""
    monkeypatch.setattr("newsletter.web.context._KEYS_HOLD", 0.0)
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
    after = link(text_of(ann.letter()), "preferences")
    run("-C", ann.root, "keys", "drop", str(old.id), "--recent", "--yes", code=0)
    assert ann.get(before).status == 400
    assert ann.get(after).status == 200


def test_both_databases_serve_the_whole_way(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking, confirming, choosing, leaving and erasing work on SQLite and on PostgreSQL."""
    monkeypatch.setenv("NEWSLETTER_DATABASE", database_url)
    with served(tmp_path) as pages:
        pages.subscribed()
        pages.post("/preferences/" + pages.token(Purpose.PREFERENCES), {"language": "en", "tag": "papers"})
        pages.post("/unsubscribe/" + pages.token(Purpose.UNSUBSCRIBE))
        assert pages.state() is SubscriberState.UNSUBSCRIBED
        pages.post("/erase/" + pages.token(Purpose.ERASE, issued_at=int(pages.clock.now)))
        assert pages.subscriber() is None
        assert pages.get("/ready").status == 200
