"""Tests of the fetcher: requests, limits, allowed addresses and the cache."""

import asyncio
import gzip
import os
import ssl
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from itertools import repeat
from pathlib import Path

import pytest
import trustme

from newsletter.errors import AccessError, FetchError, NoAnswerError
from newsletter.http.address_guard import is_public, is_public_or_own, request_url
from newsletter.http.fetcher import Fetcher, FetchLimits
from newsletter.http.http_cache import DAY, HttpCache
from newsletter.http.http_response import HttpResponse
from tests.loopback import Reply, Server, page, redirect, resolver_for, serve_web

Fetch = Callable[..., HttpResponse]


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on loopback."""
    with serve_web() as server:
        yield server


def fetch(url: str, **settings: object) -> HttpResponse:
    """Fetch a URL with a fetcher that may connect to loopback."""

    async def run() -> HttpResponse:
        async with Fetcher("test-agent", **{"rule": is_public_or_own, **settings}) as fetcher:  # type: ignore[arg-type]
            return await fetcher.fetch(url)

    return asyncio.run(run())


def error_of(url: str, **settings: object) -> str:
    """Return the message of the error that fetching a URL raises."""
    with pytest.raises(FetchError) as caught:
        fetch(url, **settings)
    return caught.value.message


def test_a_page_is_fetched(server: Server) -> None:
    """A response has a status, content type, content, size and URL. The request has a user agent."""
    server.pages["/a?b=c"] = page("<p>日本")
    response = fetch(f"{server.url}/a?b=c#d")
    assert (response.status, response.ok, response.content.decode()) == (200, True, "<p>日本")
    assert (response.content_type, response.size) == ("text/html; charset=utf-8", 9)
    assert response.final_url == f"{server.url}/a?b=c"
    assert server.agents == {"test-agent"}


def test_an_error_status_is_a_response(server: Server) -> None:
    """A missing page returns a response that is not `ok`."""
    response = fetch(f"{server.url}/gone")
    assert (response.ok, response.description) == (False, "127.0.0.1 answered 404 Not Found")


def test_redirects_are_followed_and_reported(server: Server) -> None:
    """Five redirects are followed, absolute or relative. The sixth is an error."""
    for number in range(6):
        server.pages[f"/{number}"] = redirect(f"/{number + 1}" if number % 2 else f"{server.url}/{number + 1}", 301)
    server.pages["/6"] = page("here")
    response = fetch(f"{server.url}/1")
    assert (response.content, response.final_url) == (b"here", f"{server.url}/6")
    assert [redirect.status for redirect in response.redirects] == [301] * 5
    assert error_of(f"{server.url}/0") == "127.0.0.1 redirects more than 5 times"


def test_a_redirect_loop_ends(server: Server) -> None:
    """A page that redirects to itself is requested six times."""
    server.pages["/"] = redirect("/")
    assert "redirects more than 5 times" in error_of(f"{server.url}/")
    assert len(server.seen) == 6


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "gopher://example.org/1",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.org/",
        "http://user:secret@example.org/",
        "http://example.org:25/",
        "http://[::1",
    ],
)
def test_a_redirect_to_a_url_that_is_not_allowed_is_an_error(target: str, server: Server) -> None:
    """A redirect to another scheme, to a URL with a password, or to another port is not followed."""
    server.pages["/"] = redirect(target)
    assert error_of(f"{server.url}/").startswith("127.0.0.1 redirects")
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "127.8.8.8",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
        ),
        *("192.0.2.1", "198.18.0.1", "224.0.0.1", "233.252.0.1", "240.0.0.1", "255.255.255.255", "192.88.99.1"),
        *("::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1"),
        *("fec0::1", "ff02::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "2002:7f00:1::1"),
        *("2001:db8::1", "2001::1", "3fff::1", "100::1", "5f00::1", "4000::1"),
    ],
)
def test_an_address_that_is_not_public_gets_no_request(address: str, server: Server) -> None:
    """A host name that resolves to this machine, its network or a special range is an error. No request is sent."""
    assert not is_public(ip_address(address))
    names = resolver_for(server, hidden_example=(address, server.port))
    message = error_of("http://hidden.example/", rule=is_public, resolver=names)
    assert message == f"hidden.example resolves to the private address {address}"
    assert server.seen == []


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "fe80::a9fe:a9fe", "0.0.0.0", "224.0.0.1", "::"])
def test_link_local_addresses_are_never_allowed(address: str, server: Server) -> None:
    """`--allow-private` allows this machine and its network, but not the metadata services of cloud providers."""
    server.pages["/"] = redirect("http://inside.example/")
    names = resolver_for(server, inside_example=(address, server.port))
    message = error_of("http://open.example/", resolver=names)
    assert message == f"inside.example resolves to the private address {address}"
    allowed = ("127.0.0.1", "10.1.2.3", "192.168.0.9", "::1", "fd00::1", "8.8.8.8")
    assert all(is_public_or_own(ip_address(one)) for one in allowed)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::1", "64:ff9b::808:808"]
)
def test_a_public_address_is_allowed(address: str) -> None:
    """Hosts on the public internet are allowed, also through NAT64."""
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:7f00:1]"]
)
def test_loopback_in_any_notation_gets_no_request(host: str, server: Server) -> None:
    """The address that the system's resolver returns is checked, so that other notations of loopback do not help."""
    assert "private address" in error_of(f"http://{host}:{server.port}/", rule=is_public)
    assert server.seen == []


def test_a_redirect_to_a_private_address_gets_no_request(server: Server) -> None:
    """The address of every redirect is checked."""
    with serve_web() as hidden:
        hidden.pages["/"] = page("secret")
        server.pages["/"] = redirect("http://inside.example/")
        names = resolver_for(server, inside_example=("127.0.0.9", hidden.port))
        message = error_of("http://open.example/", rule=lambda address: str(address) == "127.0.0.1", resolver=names)
        assert message == "inside.example resolves to the private address 127.0.0.9"
        assert (len(server.seen), hidden.seen) == (1, [])


def test_one_private_address_among_public_ones_is_an_error(server: Server) -> None:
    """All addresses of a host must be allowed."""

    async def both(host: str, port: int) -> list[tuple[str, int]]:
        return [("127.0.0.1", server.port), ("127.0.0.9", server.port)]

    assert "127.0.0.9" in error_of("http://a.example/", rule=lambda at: str(at) == "127.0.0.1", resolver=both)
    assert server.seen == []


def test_a_name_is_resolved_once_for_a_request(server: Server) -> None:
    """The connection uses the address that was checked, even if the name would then resolve to another (rebinding)."""
    resolved: list[str] = []

    async def rebinding(host: str, port: int) -> list[tuple[str, int]]:
        resolved.append(host)
        return [("127.0.0.1" if len(resolved) == 1 else "127.0.0.9", server.port)]

    server.pages["/"] = page("once")
    assert fetch("http://a.example/", resolver=rebinding, rule=lambda at: str(at) == "127.0.0.1").content == b"once"
    assert (resolved, server.seen) == (["a.example"], ["a.example/"])


def test_a_certificate_is_verified_for_the_hosts_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is opened to an IP address, but the certificate must be valid for the host name."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    security = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("secure.example").configure_cert(security)
    with serve_web(security) as server:
        server.pages["/"] = page("secure")
        message = error_of("https://secure.example/", resolver=resolver_for(server))
        assert message.startswith("cannot open a secure connection to secure.example: certificate verify failed")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert fetch("https://secure.example/", resolver=resolver_for(server)).content == b"secure"
        assert "other.example" in error_of("https://other.example/", resolver=resolver_for(server))
        assert server.seen == ["secure.example/"]


def test_a_missing_file_of_certificates_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the variable, the file and the reason."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(AccessError, match=r"SSL_CERT_FILE \(.*none\.pem\) cannot be read: No such file"):
        fetch("https://secure.example/")


def test_a_head_request_returns_the_size(server: Server) -> None:
    """The response to HEAD has no content, and its size is that of Content-Length."""
    server.pages["/"] = Reply(b"x" * 7_000_000, "image/png")

    async def run() -> HttpResponse:
        async with Fetcher("test-agent", rule=is_public_or_own) as fetcher:
            return await fetcher.fetch(f"{server.url}/", "HEAD")

    response = asyncio.run(run())
    assert (response.ok, response.content, response.size) == (True, b"", 7_000_000)


def test_a_response_that_is_too_large_is_an_error(server: Server) -> None:
    """At most 5 MB of a response are read, with or without Content-Length."""
    server.pages["/long"] = Reply(repeat(b"x" * 65_536, 8_000))
    server.pages["/declared"] = Reply(iter([b"x"]), headers=(("Content-Length", "500000000"),))
    server.pages["/fits"] = Reply(b"x" * 5_000_000)
    tracemalloc.start()
    assert error_of(f"{server.url}/long") == "the response is larger than 5 MB"
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    assert error_of(f"{server.url}/declared") == "the response is larger than 5 MB"
    assert fetch(f"{server.url}/fits").size == 5_000_000


def test_a_gzip_bomb_is_an_error(server: Server) -> None:
    """A small response that decompresses to 500 MB uses no more memory than a page, even if compressed twice."""
    bomb = gzip.compress(bytes(10_000_000)) * 50
    server.pages["/"] = Reply(bomb, headers=(("Content-Encoding", "gzip"),))
    server.pages["/twice"] = Reply(gzip.compress(bomb), headers=(("Content-Encoding", "gzip, gzip"),))
    tracemalloc.start()
    assert error_of(f"{server.url}/") == "the response is larger than 5 MB"
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    assert error_of(f"{server.url}/twice") == "the response has an unsupported encoding, `gzip, gzip`"


@pytest.mark.parametrize(
    "compress", [gzip.compress, zlib.compress, lambda text: gzip.compress(text[:9]) + gzip.compress(text[9:])]
)
def test_a_compressed_response_is_decompressed(compress: Callable[[bytes], bytes], server: Server) -> None:
    """The formats are gzip, also with several members, and zlib."""
    text = b"packed " * 50_000
    server.pages["/"] = Reply(compress(text), headers=(("Content-Encoding", "gzip"),))
    assert fetch(f"{server.url}/").content == text


def test_a_damaged_response_is_an_error(server: Server) -> None:
    """A body that is not compressed as its header declares is an error."""
    server.pages["/"] = Reply(b"not packed", headers=(("Content-Encoding", "gzip"),))
    assert error_of(f"{server.url}/") == "the response cannot be decompressed"


def test_a_slow_response_is_an_error(server: Server) -> None:
    """The time limit is for the whole response, not for each chunk."""
    over = threading.Event()
    server.pages["/"] = Reply(b"x" for _ in iter(lambda: over.wait(0.02), True))
    message = error_of(f"{server.url}/", limits=FetchLimits(seconds=0.3))
    assert message == "127.0.0.1 did not respond within 0.3 seconds"
    over.set()


def test_an_unreachable_host_is_an_error(server: Server) -> None:
    """The reasons are: an unknown host name, no server, or a server without TLS."""

    async def unknown(host: str, port: int) -> list[tuple[str, int]]:
        raise OSError("no such name")

    assert error_of("http://nowhere.example/", resolver=unknown) == "the host nowhere.example does not exist"
    with serve_web() as gone:
        pass
    assert error_of(gone.url) == "127.0.0.1 cannot be reached"
    assert "cannot open a secure connection to" in error_of(server.url.replace("http", "https"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "file:///etc/passwd",
        "http://",
        "http://a:b@c.example",
        "http://[",
        "http://a:99999/",
        "http://" + "ä" * 300,
    ],
)
def test_an_invalid_url_is_not_requested(url: str) -> None:
    """Only valid http and https URLs without a password are requested."""
    with pytest.raises(FetchError):
        request_url(url)


def test_a_url_is_encoded_in_ascii() -> None:
    """The host is encoded in Punycode, the path is percent-encoded, and encoded characters stay."""
    assert request_url("http://bücher.example/ä b?c=é#f") == "http://xn--bcher-kva.example/%C3%A4%20b?c=%C3%A9"
    assert request_url("https://a.example/%7Ex/%2F?q=%20") == "https://a.example/%7Ex/%2F?q=%20"


def test_no_cookies_are_sent(server: Server) -> None:
    """A cookie that a server sets is ignored."""
    server.pages["/"] = Reply(status=302, headers=(("Location", "/b"), ("Set-Cookie", "a=b")))
    server.pages["/b"] = page("fine")
    assert fetch(f"{server.url}/").ok


def test_concurrent_requests_to_a_host_are_limited(server: Server) -> None:
    """The number of concurrent requests reaches `per_host` and does not exceed it."""
    gate, running, most = threading.Barrier(3), 0, 0
    lock = threading.Lock()

    def slow() -> Reply:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        gate.wait(10)
        with lock:
            running -= 1
        return page("done")

    server.pages["/"] = slow

    async def run() -> None:
        async with Fetcher("test-agent", rule=is_public_or_own, limits=FetchLimits(per_host=3)) as fetcher:
            await asyncio.gather(*(fetcher.fetch(f"{server.url}/") for _ in range(9)))

    asyncio.run(run())
    assert most == 3


def test_a_response_is_cached_for_a_day_and_for_network_failures(tmp_path: Path) -> None:
    """A page is requested once a day. If the server is down, the last response is returned with its age."""
    now = 1_000_000.0
    cache = HttpCache(tmp_path / "cache", clock=lambda: now)
    with serve_web() as server:
        server.pages["/"] = page("first")
        assert fetch(f"{server.url}/", cache=cache).age == 0
        server.pages["/"] = page("second")
        assert fetch(f"{server.url}/", cache=cache).content == b"first"
        now += DAY
        assert fetch(f"{server.url}/", cache=cache).content == b"second"
        assert fetch(f"{server.url}/gone", cache=cache).status == 404
        assert len(server.seen) == 3
    now += 2 * DAY
    response = fetch(f"{server.url}/", cache=cache)
    assert (response.content, response.age) == (b"second", 2 * DAY)
    with pytest.raises(NoAnswerError):
        fetch(f"{server.url}/gone", cache=cache)


def test_a_damaged_file_of_the_cache_is_replaced(server: Server, tmp_path: Path) -> None:
    """If a file of the cache is truncated or changed, the page is requested and cached again."""
    server.pages["/"] = page("whole")
    cache = HttpCache(tmp_path)
    fetch(f"{server.url}/", cache=cache)
    (file,) = tmp_path.iterdir()
    good = file.read_bytes()
    for bad in (b"", b"{}", b"[" * 100_000, good[:-1], good[:20], good.replace(b"whole", b"wrong"), b"\xff" + good):
        file.write_bytes(bad)
        before = len(server.seen)
        assert fetch(f"{server.url}/", cache=cache).content == b"whole"
        assert len(server.seen) == before + 1


def test_a_cache_that_is_not_writable_is_not_an_error(server: Server, tmp_path: Path) -> None:
    """If the cache's folder cannot be created, the page is fetched and not cached."""
    (tmp_path / "cache").write_text("")
    server.pages["/"] = page("fetched")
    assert fetch(f"{server.url}/", cache=HttpCache(tmp_path / "cache")).content == b"fetched"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("place", [Path.mkdir, os.mkfifo], ids=["folder", "named pipe"])
def test_a_cached_response_that_is_no_file_is_not_used(
    server: Server, tmp_path: Path, place: Callable[[Path], None]
) -> None:
    """The page is fetched. Nothing waits for a pipe, and it is left alone."""
    server.pages["/"] = page("fetched")
    cache = HttpCache(tmp_path)
    fetch(f"{server.url}/", cache=cache)
    (file,) = tmp_path.iterdir()
    file.unlink()
    place(file)
    assert fetch(f"{server.url}/", cache=cache).content == b"fetched"
    assert list(tmp_path.iterdir()) == [file]
    assert not file.is_file()
