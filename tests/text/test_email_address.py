"""Email addresses: which can be written to, and which two are one person's."""

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
def test_an_ascii_address_is_answered_as_the_library_does(text: str) -> None:
    """Whether it is one, and what is before and after the @: the fast path and the library never differ."""
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
def test_case_and_unicode_form_do_not_make_another_person(local: str) -> None:
    """However a letter is written, and in whichever case, the address is compared alike."""
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
def test_these_are_one_person(one: str, other: str) -> None:
    """Case, Unicode's forms and Punycode."""
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
def test_these_are_two(one: str, other: str) -> None:
    """A letter that only looks like another, and what only one provider takes for the same."""
    assert check_address(one).compared != check_address(other).compared


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "there is no email address here"),
        ("ann", "no email address"),
        ("ann@localhost", "no email address"),
        ("Ann <ann@example.org>", "no email address"),
        ('"ann lee"@example.org', "no email address"),
        ("ann@[192.0.2.1]", "no email address"),
        ("ann@example.org\nBcc: bob@example.org", "no email address"),
        ("ann\r\n@example.org", "no email address"),
        ("ann@exam\u200bple.org", "no email address"),
        ("ann\u202e@example.org", "no email address"),
        ("ann@gmaіl.com", "mixes Cyrillic and Latin letters"),
        ("ann@аррӏе.com", "is not at apple.com"),
        ("a" * 100_000 + "@example.org", "at most 254 characters"),
    ],
)
def test_an_address_that_no_mail_can_reach_is_refused(text: str, told: str) -> None:
    """With line breaks, without a domain, with what cannot be seen, or to look like another."""
    with pytest.raises(AddressError, match=told):
        check_address(text)


def test_an_envelope_has_the_domain_in_ascii() -> None:
    """A server that knows no SMTPUTF8 can be given an address whose domain alone is not ASCII."""
    assert check_address("Ann@Bücher.example").mailbox == "Ann@xn--bcher-kva.example"
    assert check_address("Ann@Example.org").mailbox == "Ann@Example.org"
