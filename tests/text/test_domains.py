"""Hosts: the quick way to read one gives what the URL's parser gives."""

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
def test_a_host_is_what_the_parser_says(url: str) -> None:
    """The host is the parser's, in small letters, without one `www.` before it and without dots behind."""
    try:
        expected = (urlsplit(url.strip()).hostname or "").removeprefix("www.").rstrip(".")
    except ValueError:
        expected = ""
    assert host_of(url) == expected
