"""Which requests say that they are not of readers, and what the network of a reader is."""

import pytest

from newsletter.clicks.programs import is_program
from newsletter.clicks.reader_network import reader_network

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    "agent",
    [
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0",
        f"Mozilla/5.0 (Linux; Android 13; CUBOT NOTE 50) {_WEBKIT} Chrome/142.0.0.0 Mobile Safari/537.36",
        f"Mozilla/5.0 (Linux; Android 15; SM-S931B) {_WEBKIT} SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36",
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.4.0",
        "Links (2.29; Linux 6.8 x86_64; GNU C 13; text)",
    ],
)
def test_browsers_are_readers(agent: str) -> None:
    """Of computers and phones, also those with a name like that of a program."""
    assert not is_program("GET", {"user-agent": agent})


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
        f"Mozilla/5.0 (X11; Linux x86_64) {_WEBKIT} HeadlessChrome/142.0.0.0 Safari/537.36",
        "python-requests/2.32.3",
        "curl/8.9.1",
        "Go-http-client/2.0",
        "BarracudaCentral/1.0",
        "",
        " ",
    ],
)
def test_programs_that_name_themselves_are_not(agent: str) -> None:
    """Nor is a request without a user agent."""
    assert is_program("GET", {"user-agent": agent})
    assert is_program("GET", {}) is True


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.77", "c00002/24"),
        ("::ffff:192.0.2.1", "c00002/24"),
        ("2001:db8:1:2::3", "20010db80001/48"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_a_network_has_many_addresses(host: str, network: str) -> None:
    """24 bits of IPv4, also within IPv6, and 48 of IPv6."""
    assert reader_network(host) == network
