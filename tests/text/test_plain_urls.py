"""Plain URLs are valid URLs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from newsletter.fields.address import WebAddress
from newsletter.text.plain_urls import is_plain_url

_ADDRESS = TypeAdapter[str](WebAddress)
_PARTS = (
    "http://",
    "https://",
    "a",
    "-",
    ".",
    "example.org",
    ":",
    "0",
    "8080",
    "65535",
    "65536",
    "/",
    "?q=1",
    "#",
    " ",
    "é",
    "%",
    "@",
)


@given(st.lists(st.sampled_from(_PARTS), max_size=7).map(lambda parts: "https://" + "".join(parts)))
def test_a_plain_url_is_valid_and_unchanged(url: str) -> None:
    """The model accepts each plain URL as it is, so that it need not be asked."""
    if is_plain_url(url):
        assert _ADDRESS.validate_python(url) == url


@pytest.mark.parametrize("url", ["https://example.org", "http://127.0.0.1:8000/a?b=c#d", "https://a.example/%20(x)"])
def test_common_urls_are_plain(url: str) -> None:
    """URLs as browsers show them need no other check."""
    assert is_plain_url(url)


@pytest.mark.parametrize(
    "url", ["https://a:65536/", "https://ä.example/", "a.example", "ftp://a.example/", "https://a.example/ b"]
)
def test_other_urls_are_not_plain(url: str) -> None:
    """They may be valid or not."""
    assert not is_plain_url(url)
