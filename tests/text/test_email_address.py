"""Email addresses: validation and comparison."""

import string
import unicodedata

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.errors import AddressError
from newsletter.text.email_address import check_address

LETTERS = string.ascii_letters + string.digits + "-_+.@'!\" \t[]()<>,:;\\%&/=?^`{|}~#$*\0\x7f"
TOPS = ["org", "COM", "co.uk", "test", "local", "localhost", "invalid", "arpa", "onion", "x1", "1", "a", "museum"]
labels = st.text(string.ascii_letters + string.digits + "-_", max_size=8) | st.sampled_from(["xn--bcher-kva", "a" * 64])
near_addresses = st.builds(
    lambda local, labels, top: f"{local}@{'.'.join([*labels, top])}",
    st.text(string.ascii_letters + string.digits + "-_+.'", max_size=8) | st.sampled_from(["a" * 64, "a" * 65]),
    st.lists(labels, min_size=1, max_size=40),
    st.sampled_from(TOPS),
)


@given(st.text(LETTERS, max_size=30) | near_addresses)
@example("a.@x.org")
@example(".a@x.org")
@example("a..b@x.org")
@example("a@x-.org")
@example("a@-x.org")
@example("a@x--y.org")
@example("a@x..org")
@example("a@b.LOCAL")
@example("a@x.org\n")
@example(f"{'a' * 64}@{'.'.join(['b' * 60] * 3)}.orgs")
def test_the_fast_path_agrees_with_the_library(text: str) -> None:
    """For ASCII text, both accept the same addresses, with the same local part and domain."""
    try:
        expected = validate_email(text.strip(), check_deliverability=False, strict=True)
    except EmailNotValidError:
        with pytest.raises(AddressError):
            check_address(text)
        return
    address = check_address(text)
    assert address.typed == text.strip()
    assert address.domain == expected.ascii_domain
    assert address.compared == f"{expected.local_part.lower()}@{expected.ascii_domain}"
    assert address.mailbox.lower() == expected.ascii_email.lower() if expected.ascii_email else address.compared


@given(st.text(st.characters(categories=["L", "M", "N"]), min_size=1, max_size=8))
def test_comparison_ignores_case_and_unicode_form(local: str) -> None:
    """The normalised form is equal for NFC and NFD, and normalising it again changes nothing."""
    try:
        address = check_address(f"{local}@example.org")
    except AddressError:
        return
    for form in ("NFC", "NFD"):
        assert check_address(f"{unicodedata.normalize(form, local)}@EXAMPLE.org").compared == address.compared
    assert check_address(address.compared).compared == address.compared


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann@Example.ORG", "ann@example.org"),
        ("jörg@example.org", "JO\u0308RG@example.org"),
        ("ａｎｎ@example.org", "ann@example.org"),
        ("ann@bücher.example", "ANN@xn--bcher-kva.example"),
        ("ann@ｅxample.org", "ann@example.org"),
        ("ann@例え。jp", "ann@xn--r8jz45g.jp"),
        ("ΣΊΣΥΦΟΣ@example.org", "σίσυφος@example.org"),
    ],
)
def test_these_addresses_are_equal(one: str, other: str) -> None:
    """They differ by case, Unicode form or Punycode."""
    assert check_address(one).compared == check_address(other).compared


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann@example.org", "аnn@example.org"),  # a Cyrillic letter
        ("ann+news@example.org", "ann@example.org"),
        ("a.nn@gmail.com", "ann@gmail.com"),
        ("ann@faß.de", "ann@fass.de"),
    ],
)
def test_these_addresses_are_different(one: str, other: str) -> None:
    """Letters that look the same, and addresses that only some providers treat as equal, are different."""
    assert check_address(one).compared != check_address(other).compared


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the email address is missing"),
        ("ann", "not a valid email address"),
        ("ann@localhost", "not a valid email address"),
        ("Ann <ann@example.org>", "not a valid email address"),
        ('"ann lee"@example.org', "not a valid email address"),
        ("ann@[192.0.2.1]", "not a valid email address"),
        ("ann@example.org\nBcc: bob@example.org", "not a valid email address"),
        ("ann\r\n@example.org", "not a valid email address"),
        ("ann@exam\u200bple.org", "not a valid email address"),
        ("ann\u202e@example.org", "not a valid email address"),
        ("ann@gmaіl.com", "mixes Cyrillic and Latin letters"),
        ("ann@аррӏе.com", "imitates apple.com"),
        ("a" * 100_000 + "@example.org", "the limit is 254"),
    ],
)
def test_an_invalid_address_is_rejected(text: str, message: str) -> None:
    """Line breaks, a missing domain, invisible characters, and domains that imitate others are errors."""
    with pytest.raises(AddressError, match=message):
        check_address(text)


def test_an_envelope_has_the_domain_in_ascii() -> None:
    """If only the domain is not ASCII, a server without SMTPUTF8 can still accept the address."""
    assert check_address("Ann@Bücher.example").mailbox == "Ann@xn--bcher-kva.example"
    assert check_address("Ann@Example.org").mailbox == "Ann@Example.org"
