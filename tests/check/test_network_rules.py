"""`check --online`: the responses of real servers, the requests, and when none are sent."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.loopback import Reply, Server, page, redirect, serve_web
from tests.publications import ISSUE, write_publication


@pytest.fixture
def server() -> Iterator[Server]:
    """Run a server on loopback."""
    with serve_web() as server:
        yield server


def found(run: Run, *options: str) -> list[tuple[str, str, str]]:
    """Return the rule, severity and path of each finding of the rules on the network."""
    problems: list[dict[str, Any]] = json.loads(
        run("check", "1", "--online", "--only", "medium", "--json", *options).stdout
    )
    return [
        (problem["rule"], problem["severity"], problem["path"])
        for problem in problems
        if problem["rule"].startswith("online-")
    ]


def test_links_and_images_are_requested(server: Server, run: Run, folder: Path) -> None:
    """Broken, moved, rejected, wrong and heavy links and images are reported; each URL is requested once."""
    server.pages |= {
        "/lenses": page("<p>Lenses"),
        "/moved": redirect("/new", 301),
        "/new": page("<p>New"),
        "/private": Reply(status=403),
        "/page.png": page("<p>No image"),
        "/heavy.png": Reply(b"x" * 1_048_577, "image/png"),
    }
    issue = ISSUE.replace("https://example.com/lenses", f"{server.url}/lenses")
    issue = issue.replace("comment: |", f"image: {server.url}/heavy.png\n      comment: |")
    for name in ("gone", "moved", "private", "lenses"):
        issue += f"        See [{name}]({server.url}/{name}).\n"
    issue += f"        ![A page]({server.url}/page.png)\n"
    write_publication(folder, _1=issue)
    assert found(run, "--allow-private") == [
        ("online-image-weight", "information", ""),
        ("online-heavy", "warning", "sections.featured[0].image"),
        ("online-broken", "warning", "sections.featured[0].comment"),
        ("online-redirected", "warning", "sections.featured[0].comment"),
        ("online-refused", "information", "sections.featured[0].comment"),
        ("online-no-image", "warning", "sections.featured[0].comment"),
    ]
    assert server.seen.count("127.0.0.1/lenses") == 1


def test_a_successful_response_is_cached(server: Server, run: Run, folder: Path) -> None:
    """A second check requests only the URLs without a successful response."""
    server.pages["/lenses"] = page("<p>Lenses")
    issue = ISSUE.replace("https://example.com/lenses", f"{server.url}/lenses")
    write_publication(folder, _1=issue + f"        [Gone]({server.url}/gone).\n")
    found(run, "--allow-private")
    first = len(server.seen)
    found(run, "--allow-private")
    assert {*server.seen[first:]} == {"127.0.0.1/gone"}


def test_get_follows_a_rejected_head(server: Server, run: Run, folder: Path) -> None:
    """Many servers do not support HEAD, so the response to GET counts."""
    responses = iter([Reply(status=405), page("<p>Lenses")])
    server.pages["/lenses"] = lambda: next(responses)
    write_publication(folder, _1=ISSUE.replace("https://example.com/lenses", f"{server.url}/lenses"))
    assert found(run, "--allow-private") == []


def test_private_addresses_get_no_request(server: Server, run: Run, folder: Path) -> None:
    """Without --allow-private, no request goes to this computer, and the link is reported."""
    write_publication(folder, _1=ISSUE.replace("https://example.com/lenses", f"{server.url}/lenses"))
    (broken,) = found(run)
    assert broken == ("online-broken", "warning", "sections.featured[0].url")
    assert server.seen == []


def test_without_online_no_request_is_sent(server: Server, run: Run, folder: Path) -> None:
    """A check sends requests only with --online."""
    write_publication(folder, _1=ISSUE.replace("https://example.com/lenses", f"{server.url}/lenses"))
    run("check", "1")
    assert server.seen == []


def test_a_missing_network_is_reported_once(run: Run, folder: Path) -> None:
    """If no host can be reached, there is one finding instead of one for each link."""
    with serve_web() as gone:
        pass
    issue = ISSUE.replace("https://example.com/lenses", f"{gone.url}/lenses")
    write_publication(folder, _1=issue + "".join(f"        [n{n}]({gone.url}/{n}).\n" for n in range(3)))
    assert found(run, "--allow-private") == [("online-broken", "warning", "")]
