"""Texts from outside, without the addresses, tokens, passwords and query strings that they quote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.mail.tokens import Purpose, sign
from newsletter.mail.verp import verp_sender
from newsletter.text.redact import redact

KEYS = (b"k" * 32,)
ANN = "ann@example.org"
TOKEN = sign(KEYS, Purpose.UNSUBSCRIBE, 4711, ANN, 12)
LINK = sign(KEYS, Purpose.CONFIRM, 4711, ANN, issued_at=1_800_000_000)


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("5.1.1 <ann@example.org>: user unknown", "5.1.1 <…>: user unknown"),
        ("ann@example.org... User unknown", "… User unknown"),
        ('no mailbox "Ann B"@example.org here', "no mailbox … here"),
        ("to=ann@[192.0.2.1], relay", "…, relay"),
        ("rfc822;ann+40example.org", "rfc822;…"),
        ("mailto:ann%40example.org bounced", "mailto:… bounced"),
        ("ann&#64;example.org, ann\\u0040example.org", "…, …"),
        ("ann＠example.org", "…"),
        (f"from <{verp_sender('b@example.org', KEYS, 4711, ANN, 12)}> refused", "from <…> refused"),
        (f"spam link https://p.example/unsubscribe/{TOKEN} found", "spam link https://p.example/unsubscribe/… found"),
        (f"https://p.example/confirm/{LINK}/", "https://p.example/confirm/…/"),
        (f"{TOKEN.upper()} {TOKEN[:-9]}", "… …"),
        ("see https://p.example/help?p=17&u=ann end", "see https://p.example/help?… end"),
        ("cannot reach postgresql://news:pa/ss@db.example/n", "cannot reach postgresql://news:…"),
        ("cannot reach postgresql://news:secret@db.example/n", "cannot reach postgresql://db.example/n"),
        ("mailbox full? Try later. 4.2.2 at 2026-11-29 12:00, id 4f3-22-1", None),
        ("250 2.0.0 Ok: queued as 4bXyZ1-0001-22", None),
    ],
)
def test_addresses_tokens_passwords_and_queries_are_removed(text: str, redacted: str | None) -> None:
    """In every form in which servers quote them. The rest of the text stays."""
    assert redact(text) == (text if redacted is None else redacted)


def test_a_known_address_is_removed_in_any_case() -> None:
    """Also one that has no `@` in the text."""
    assert redact("no such user ANN, or ann", ("Ann", "")) == "no such user …, or …"


@given(st.text(alphabet='ann@.-+"<>[]%40&#64;\\u0?:/ \n12a2', max_size=200))
def test_nothing_is_left_to_redact(text: str) -> None:
    """Redacting again changes nothing, and no `@` with text on both sides remains."""
    redacted = redact(text)
    assert redact(redacted) == redacted


def test_a_long_text_takes_linear_time() -> None:
    """Texts that are expensive for patterns with backtracking."""
    for part in ("a@", "?", "1-", '"', "@[", "://", "+40", "a" * 50 + " ", "1-1-1-"):
        redact(part * (200_000 // len(part)))
