"""Hosts: the fast path gives the same result as the URL parser."""

from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st

from newsletter.text.domains import host_of

URLS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["https://", "http://", "HTTPS://", "https:/", "ftp://", " https://", ""]),
    st.sampled_from(["www.", "www.www.", "me@", "", "[::1]"]),
    st.text("ab.-WÉ1", max_size=9),
    st.sampled_from(["", "/", "/a?b#c", "?q", "#f", ":80/", ".", "./", "\\x", "\n", "@evil.example/"]),
)


@given(URLS)
def test_the_host_is_that_of_the_url_parser(url: str) -> None:
    """The host is that of the parser, in lower case, without one `www.` and without dots at the end."""
    try:
        expected = (urlsplit(url.strip()).hostname or "").removeprefix("www.").rstrip(".")
    except ValueError:
        expected = ""
    assert host_of(url) == expected
