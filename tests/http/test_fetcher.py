"""The one door to the network: what it lets through, and what it stops."""

import asyncio
import gzip
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
from tests.loopback import Reply, Server, named, page, redirect, serving

Fetch = Callable[..., HttpResponse]


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on loopback."""
    with serving() as server:
        yield server


def fetch(url: str, **settings: object) -> HttpResponse:
    """What a URL answers to a fetcher that may speak to loopback."""

    async def run() -> HttpResponse:
        async with Fetcher("press", **{"rule": is_public_or_own, **settings}) as fetcher:  # type: ignore[arg-type]
            return await fetcher.fetch(url)

    return asyncio.run(run())


def refusal(url: str, **settings: object) -> str:
    """Why a URL is not fetched."""
    with pytest.raises(FetchError) as caught:
        fetch(url, **settings)
    return caught.value.message


def test_a_page_is_fetched(server: Server) -> None:
    """An answer has its status, type, content, size and address; the server is told who asks."""
    server.pages["/a?b=c"] = page("<p>日本")
    answer = fetch(f"{server.url}/a?b=c#d")
    assert (answer.status, answer.ok, answer.content.decode()) == (200, True, "<p>日本")
    assert (answer.content_type, answer.size) == ("text/html; charset=utf-8", 9)
    assert answer.final_url == f"{server.url}/a?b=c"
    assert server.agents == {"press"}


def test_an_error_is_an_answer_too(server: Server) -> None:
    """A page that is gone is an answer that says so."""
    answer = fetch(f"{server.url}/gone")
    assert (answer.ok, answer.description) == (False, "127.0.0.1 answered 404 Not Found")


def test_redirects_are_followed_and_told(server: Server) -> None:
    """Five redirects are followed, absolute or relative; the sixth is one too many."""
    for number in range(6):
        server.pages[f"/{number}"] = redirect(f"/{number + 1}" if number % 2 else f"{server.url}/{number + 1}", 301)
    server.pages["/6"] = page("here")
    answer = fetch(f"{server.url}/1")
    assert (answer.content, answer.final_url) == (b"here", f"{server.url}/6")
    assert [hop.status for hop in answer.redirects] == [301] * 5
    assert refusal(f"{server.url}/0") == "127.0.0.1 redirects more than 5 times"


def test_endless_redirects_end(server: Server) -> None:
    """A page that leads to itself is asked for six times, and no more."""
    server.pages["/"] = redirect("/")
    assert "redirects more than 5 times" in refusal(f"{server.url}/")
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
def test_a_redirect_to_what_is_no_page_is_refused(target: str, server: Server) -> None:
    """A redirect out of the web is told in a sentence."""
    server.pages["/"] = redirect(target)
    assert refusal(f"{server.url}/").startswith("127.0.0.1 redirects")
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
    """A name that leads to this machine, its network or a special range is refused before a byte is sent."""
    assert not is_public(ip_address(address))
    names = named(server, hidden_example=(address, server.port))
    told = refusal("http://hidden.example/", rule=is_public, resolver=names)
    assert told == f"hidden.example leads to the private address {address}"
    assert server.seen == []


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "fe80::a9fe:a9fe", "0.0.0.0", "224.0.0.1", "::"])
def test_link_local_addresses_are_never_spoken_to(address: str, server: Server) -> None:
    """`--allow-private` is for this machine and its network; a cloud's own services are not meant by it."""
    server.pages["/"] = redirect("http://inside.example/")
    names = named(server, inside_example=(address, server.port))
    assert refusal("http://open.example/", resolver=names) == f"inside.example leads to the private address {address}"
    own = ("127.0.0.1", "10.1.2.3", "192.168.0.9", "::1", "fd00::1", "8.8.8.8")
    assert all(is_public_or_own(ip_address(one)) for one in own)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::1", "64:ff9b::808:808"]
)
def test_a_public_address_is_public(address: str) -> None:
    """Hosts of the public internet are spoken to, over NAT64 too."""
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:7f00:1]"]
)
def test_loopback_by_any_name_gets_no_request(host: str, server: Server) -> None:
    """However this machine is written, it is refused by what the system's resolver makes of it."""
    assert "private address" in refusal(f"http://{host}:{server.port}/", rule=is_public)
    assert server.seen == []


def test_a_redirect_to_a_private_address_gets_no_request(server: Server) -> None:
    """The rule is asked again at every redirect, about the address that is connected to."""
    with serving() as hidden:
        hidden.pages["/"] = page("secret")
        server.pages["/"] = redirect("http://inside.example/")
        names = named(server, inside_example=("127.0.0.9", hidden.port))
        only = refusal("http://open.example/", rule=lambda address: str(address) == "127.0.0.1", resolver=names)
        assert only == "inside.example leads to the private address 127.0.0.9"
        assert (len(server.seen), hidden.seen) == (1, [])


def test_one_private_address_among_public_ones_is_enough(server: Server) -> None:
    """A name with several addresses is refused for the sake of any of them."""

    async def both(host: str, port: int) -> list[tuple[str, int]]:
        return [("127.0.0.1", server.port), ("127.0.0.9", server.port)]

    assert "127.0.0.9" in refusal("http://a.example/", rule=lambda at: str(at) == "127.0.0.1", resolver=both)
    assert server.seen == []


def test_a_name_is_resolved_once_for_a_request(server: Server) -> None:
    """What was checked is what is connected to: a name that changes its mind finds no second question."""
    asked: list[str] = []

    async def turning(host: str, port: int) -> list[tuple[str, int]]:
        asked.append(host)
        return [("127.0.0.1" if len(asked) == 1 else "127.0.0.9", server.port)]

    server.pages["/"] = page("once")
    assert fetch("http://a.example/", resolver=turning, rule=lambda at: str(at) == "127.0.0.1").content == b"once"
    assert (asked, server.seen) == (["a.example"], ["a.example/"])


def test_a_certificate_is_checked_by_the_hosts_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection goes to an address, and the certificate must still be the name's."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    security = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("secure.example").configure_cert(security)
    with serving(security) as server:
        server.pages["/"] = page("secure")
        told = refusal("https://secure.example/", resolver=named(server))
        assert told.startswith("there is no secure connection to secure.example: certificate verify failed")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert fetch("https://secure.example/", resolver=named(server)).content == b"secure"
        assert "other.example" in refusal("https://other.example/", resolver=named(server))
        assert server.seen == ["secure.example/"]


def test_certificates_that_cannot_be_read_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever names a file of certificates is told what is wrong with it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(AccessError, match=r"SSL_CERT_FILE, .*none\.pem, cannot be read: No such file"):
        fetch("https://secure.example/")


def test_the_head_alone_can_be_asked_for(server: Server) -> None:
    """An answer without content has the size that it would have, and is kept apart from the whole one."""
    server.pages["/"] = Reply(b"x" * 7_000_000, "image/png")

    async def run() -> HttpResponse:
        async with Fetcher("press", rule=is_public_or_own) as fetcher:
            return await fetcher.fetch(f"{server.url}/", "HEAD")

    answer = asyncio.run(run())
    assert (answer.ok, answer.content, answer.size) == (True, b"", 7_000_000)


def test_a_page_without_end_is_left(server: Server) -> None:
    """Of a page of any length 5 MB are read, whether or not it says its length."""
    server.pages["/long"] = Reply(repeat(b"x" * 65_536, 8_000))
    server.pages["/said"] = Reply(iter([b"x"]), headers=(("Content-Length", "500000000"),))
    server.pages["/fits"] = Reply(b"x" * 5_000_000)
    tracemalloc.start()
    assert refusal(f"{server.url}/long") == "it has more than 5 MB"
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    assert refusal(f"{server.url}/said") == "it has more than 5 MB"
    assert fetch(f"{server.url}/fits").size == 5_000_000


def test_a_gzip_bomb_is_left(server: Server) -> None:
    """A small file that unpacks to 500 MB, and one packed twice, cost no more memory than a page."""
    bomb = gzip.compress(bytes(10_000_000)) * 50
    server.pages["/"] = Reply(bomb, headers=(("Content-Encoding", "gzip"),))
    server.pages["/twice"] = Reply(gzip.compress(bomb), headers=(("Content-Encoding", "gzip, gzip"),))
    tracemalloc.start()
    assert refusal(f"{server.url}/") == "it has more than 5 MB"
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    assert "not asked for" in refusal(f"{server.url}/twice")


@pytest.mark.parametrize(
    "pack", [gzip.compress, zlib.compress, lambda text: gzip.compress(text[:9]) + gzip.compress(text[9:])]
)
def test_a_packed_page_is_unpacked(pack: Callable[[bytes], bytes], server: Server) -> None:
    """gzip, also of several members, and what servers call deflate."""
    text = b"packed " * 50_000
    server.pages["/"] = Reply(pack(text), headers=(("Content-Encoding", "gzip"),))
    assert fetch(f"{server.url}/").content == text


def test_a_damaged_page_is_told(server: Server) -> None:
    """What says that it is packed, and is not, is no page."""
    server.pages["/"] = Reply(b"not packed", headers=(("Content-Encoding", "gzip"),))
    assert refusal(f"{server.url}/") == "it is packed, and cannot be unpacked"


def test_a_server_that_drips_is_left(server: Server) -> None:
    """The time is that of the whole URL, not of a byte."""
    over = threading.Event()
    server.pages["/"] = Reply(b"x" for _ in iter(lambda: over.wait(0.02), True))
    assert refusal(f"{server.url}/", limits=FetchLimits(seconds=0.3)) == "127.0.0.1 took longer than 0.3 seconds"
    over.set()


def test_hosts_that_are_not_there_are_told(server: Server) -> None:
    """No name, no server, and a server that speaks something else."""

    async def unknown(host: str, port: int) -> list[tuple[str, int]]:
        raise OSError("no such name")

    assert refusal("http://nowhere.example/", resolver=unknown) == "nowhere.example cannot be found"
    with serving() as gone:
        pass
    assert refusal(gone.url) == "127.0.0.1 cannot be reached"
    assert "no secure connection to" in refusal(server.url.replace("http", "https"))


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
def test_what_is_no_page_is_not_asked_for(url: str) -> None:
    """Only http and https URLs without a password are."""
    with pytest.raises(FetchError):
        request_url(url)


def test_letters_of_all_scripts_are_asked_for() -> None:
    """A host goes as Punycode, a path percent-encoded, and what is encoded already stays."""
    assert request_url("http://bücher.example/ä b?c=é#f") == "http://xn--bcher-kva.example/%C3%A4%20b?c=%C3%A9"
    assert request_url("https://a.example/%7Ex/%2F?q=%20") == "https://a.example/%7Ex/%2F?q=%20"


def test_no_cookie_comes_back(server: Server) -> None:
    """What a server sets is forgotten."""
    server.pages["/"] = Reply(status=302, headers=(("Location", "/b"), ("Set-Cookie", "a=b")))
    server.pages["/b"] = page("fine")
    assert fetch(f"{server.url}/").ok


def test_a_host_is_not_asked_too_much_at_once(server: Server) -> None:
    """No more requests run at a time than a host is meant to bear."""
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
        async with Fetcher("press", rule=is_public_or_own, limits=FetchLimits(per_host=3)) as fetcher:
            await asyncio.gather(*(fetcher.fetch(f"{server.url}/") for _ in range(9)))

    asyncio.run(run())
    assert most == 3


def test_an_answer_is_kept_for_a_day_and_for_when_there_is_no_network(tmp_path: Path) -> None:
    """A page is asked for once a day; without a network the last answer stands in, with its age."""
    now = 1_000_000.0
    cache = HttpCache(tmp_path / "cache", clock=lambda: now)
    with serving() as server:
        server.pages["/"] = page("first")
        assert fetch(f"{server.url}/", cache=cache).age == 0
        server.pages["/"] = page("second")
        assert fetch(f"{server.url}/", cache=cache).content == b"first"
        now += DAY
        assert fetch(f"{server.url}/", cache=cache).content == b"second"
        assert fetch(f"{server.url}/gone", cache=cache).status == 404
        assert len(server.seen) == 3
    now += 2 * DAY
    answer = fetch(f"{server.url}/", cache=cache)
    assert (answer.content, answer.age) == (b"second", 2 * DAY)
    with pytest.raises(NoAnswerError):
        fetch(f"{server.url}/gone", cache=cache)


def test_a_damaged_answer_is_fetched_anew(server: Server, tmp_path: Path) -> None:
    """Whatever is cut or changed in a file of the cache, the page comes from its server, and is kept whole again."""
    server.pages["/"] = page("whole")
    cache = HttpCache(tmp_path)
    fetch(f"{server.url}/", cache=cache)
    (file,) = tmp_path.iterdir()
    good = file.read_bytes()
    for bad in (b"", b"{}", b"[" * 100_000, good[:-1], good[:20], good.replace(b"whole", b"wrong"), b"\xff" + good):
        file.write_bytes(bad)
        asked = len(server.seen)
        assert fetch(f"{server.url}/", cache=cache).content == b"whole"
        assert len(server.seen) == asked + 1


def test_a_cache_that_cannot_be_written_is_no_failure(server: Server, tmp_path: Path) -> None:
    """A file where its folder should be keeps nothing, and the page is fetched."""
    (tmp_path / "cache").write_text("")
    server.pages["/"] = page("fetched")
    assert fetch(f"{server.url}/", cache=HttpCache(tmp_path / "cache")).content == b"fetched"
