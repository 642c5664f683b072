"""Tokens: each is valid for one purpose, and can only be created with a key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import CampaignError, TokenError
from newsletter.mail.message import compose
from newsletter.mail.tokens import Purpose, Token, is_for, read, sign
from newsletter.mail.verp import read_verp
from tests.mail.messages import ADA, KEYS, head

ANN = "ann@example.org"
OLD, NEW = b"o" * 32, b"n" * 32
IDS = st.integers(0, 2**63 - 1)
# Signed by commit 7cfa81f. Links in messages that were sent must stay valid.
SIGNED_BEFORE = [
    ("1-41-0-1800000000-v6qoh.vjsqkg5facpodsdf", [OLD], Purpose.CONFIRM, 41, ANN, 0, 1_800_000_000),
    ("1-41-3-v6qoh.zqba66mf6pqm5o5j", [OLD], Purpose.UNSUBSCRIBE, 41, "Ann@Example.org", 3, None),
    ("1-9-0-1700000000-oxdcj.hhjd2vmd3ykcf2pj", [OLD], Purpose.PREFERENCES, 9, "bob@example.org", 0, 1_700_000_000),
    ("1-9000000000-0-1-kjwyo.2ptde7gszotd7k3r", [OLD], Purpose.ERASE, 9_000_000_000, "日本@例え.jp", 0, 1),
    ("1-41-3-v6qoh.fayemcxagn7iydvm", [OLD], Purpose.BOUNCE, 41, ANN, 3, None),
    ("1-0-0-7ezhm.p4abkvkgoec5suhw", [OLD, NEW], Purpose.UNSUBSCRIBE, 0, ANN, 0, None),
]


@pytest.mark.parametrize(("token", "keys", "purpose", "subscriber", "address", "campaign", "issued_at"), SIGNED_BEFORE)
def test_a_token_of_an_earlier_version_is_valid(
    token: str, keys: list[bytes], purpose: Purpose, subscriber: int, address: str, campaign: int, issued_at: int | None
) -> None:
    """It verifies in upper and lower case, and signing gives the same token today."""
    for written in (token, token.upper(), f" {token} "):
        content = read([NEW, *keys], purpose, written)
        assert (content.subscriber_id, content.campaign_id, content.issued_at) == (subscriber, campaign, issued_at or 0)
        assert is_for(keys, content, address)
    assert sign(keys, purpose, subscriber, address, campaign, issued_at) == token


@given(st.sampled_from(Purpose), IDS, IDS)
def test_reading_a_token_returns_what_was_signed(purpose: Purpose, subscriber: int, campaign: int) -> None:
    """Mail servers may change its case. Its characters need no escaping in URLs and local parts."""
    token = sign([OLD], purpose, subscriber, ANN, campaign)
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-")
    assert read([OLD], purpose, token.upper()) == Token(purpose, subscriber, campaign, 0, token.rpartition(".")[0][-5:])


@given(st.data())
def test_a_changed_token_is_not_valid(data: st.DataObject) -> None:
    """It is rejected if it is cut, extended, or any character is changed."""
    token = sign([OLD], Purpose.UNSUBSCRIBE, 41, ANN, 3)
    at = data.draw(st.integers(0, len(token) - 1))
    character = data.draw(st.characters().filter(lambda c: c.lower() != token[at] and c.strip()))
    for forged in (token[:at], token[:at] + character + token[at + 1 :], token + character):
        with pytest.raises(TokenError) as caught:
            read([OLD], Purpose.UNSUBSCRIBE, forged)
        assert not caught.value.expired


def test_a_token_is_valid_for_one_purpose() -> None:
    """For example, a link to preferences cannot erase a subscriber."""
    for purpose in Purpose:
        for other in set(Purpose) - {purpose}:
            with pytest.raises(TokenError):
                read([OLD], other, sign([OLD], purpose, 41, ANN))


def test_a_token_is_valid_for_one_address() -> None:
    """The case of the address does not matter. Another subscriber who gets the same number cannot use it."""
    token = read([OLD], Purpose.UNSUBSCRIBE, sign([OLD], Purpose.UNSUBSCRIBE, 41, ANN))
    assert is_for([OLD, NEW], token, ANN)
    assert is_for([OLD], token, ANN.upper())
    assert not is_for([OLD, NEW], token, "bob@example.org")
    assert not is_for([NEW], token, ANN)


def test_keys_are_rotated() -> None:
    """The newest key signs, all keys verify, and a dropped key verifies nothing."""
    before, after = sign([OLD], Purpose.CONFIRM, 41, ANN), sign([OLD, NEW], Purpose.CONFIRM, 41, ANN)
    assert read([OLD, NEW], Purpose.CONFIRM, before).subscriber_id == 41
    assert after == sign([NEW], Purpose.CONFIRM, 41, ANN)
    with pytest.raises(TokenError):
        read([NEW], Purpose.CONFIRM, before)


def test_a_token_expires() -> None:
    """A token without a time counts as expired if there is a maximum age. A clock set back has no effect."""
    token = sign([OLD], Purpose.CONFIRM, 41, ANN, issued_at=1_000)
    assert read([OLD], Purpose.CONFIRM, token, now=1_060, max_age=60).issued_at == 1_000
    assert read([OLD], Purpose.CONFIRM, token, now=500, max_age=60).issued_at == 1_000
    for stale in (token, sign([OLD], Purpose.CONFIRM, 41, ANN)):
        with pytest.raises(TokenError) as caught:
            read([OLD], Purpose.CONFIRM, stale, now=1_061, max_age=60)
        assert caught.value.expired


def test_an_envelope_sender_identifies_the_recipient() -> None:
    """It contains a token, which is valid in upper and lower case."""
    prepared = compose("<p>", "x", head(verp=True), KEYS)
    sender = prepared.to(ADA).envelope_sender
    assert sender.startswith("bounces+1-41-3-")
    assert sender.endswith("@example.org")
    assert len(sender.partition("@")[0]) <= 64
    for written in (sender, f"<{sender.upper()}>"):
        token = read_verp(KEYS, written)
        assert token
        assert (token.purpose, token.subscriber_id, token.campaign_id) == (Purpose.BOUNCE, 41, 3)
        assert is_for(KEYS, token, ADA.address)
    for other in ("bounces@example.org", sender.replace("41", "42"), "", "+@", "bounces+@example.org"):
        assert read_verp(KEYS, other) is None
    assert compose("<p>", "x", head(), KEYS).to(ADA).envelope_sender == "bounces@example.org"


def test_an_envelope_sender_that_is_too_long_for_a_token_is_an_error() -> None:
    """A local part has at most 64 octets."""
    with pytest.raises(CampaignError, match="too long"):
        compose("<p>", "x", head(verp=True, envelope_sender=f"{'b' * 25}@example.org"), KEYS)
