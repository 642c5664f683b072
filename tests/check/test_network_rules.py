"""`check --online`: what real servers answer, how they are asked, and where nothing is asked."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.loopback import Reply, Server, page, redirect, serving
from tests.publications import ISSUE, write_publication


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on loopback."""
    with serving() as server:
        yield server


def found(run: Run, *options: str) -> list[tuple[str, str, str]]:
    """The findings of the network's rules: rule, severity and path."""
    problems: list[dict[str, Any]] = json.loads(
        run("check", "1", "--online", "--only", "medium", "--json", *options).stdout
    )
    return [
        (problem["rule"], problem["severity"], problem["path"])
        for problem in problems
        if problem["rule"].startswith("online-")
    ]


def test_links_and_images_are_asked_for(server: Server, run: Run, folder: Path) -> None:
    """What is broken, moved, refused, no image or too heavy is told at its place; each URL is asked for once."""
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


def test_a_good_answer_is_kept_for_a_day(server: Server, run: Run, folder: Path) -> None:
    """A second check asks again only for what was not answered well."""
    server.pages["/lenses"] = page("<p>Lenses")
    issue = ISSUE.replace("https://example.com/lenses", f"{server.url}/lenses")
    write_publication(folder, _1=issue + f"        [Gone]({server.url}/gone).\n")
    found(run, "--allow-private")
    first = len(server.seen)
    found(run, "--allow-private")
    assert {*server.seen[first:]} == {"127.0.0.1/gone"}


def test_a_server_that_refuses_head_is_asked_again(server: Server, run: Run, folder: Path) -> None:
    """Many servers do not know HEAD; what they answer to GET counts."""
    answers = iter([Reply(status=405), page("<p>Lenses")])
    server.pages["/lenses"] = lambda: next(answers)
    write_publication(folder, _1=ISSUE.replace("https://example.com/lenses", f"{server.url}/lenses"))
    assert found(run, "--allow-private") == []


def test_no_private_address_is_asked(server: Server, run: Run, folder: Path) -> None:
    """Without --allow-private nothing of this machine is asked, and the finding says so."""
    write_publication(folder, _1=ISSUE.replace("https://example.com/lenses", f"{server.url}/lenses"))
    (broken,) = found(run)
    assert broken == ("online-broken", "warning", "sections.featured[0].url")
    assert server.seen == []


def test_nothing_is_asked_unasked(server: Server, run: Run, folder: Path) -> None:
    """Without --online no server hears of a check."""
    write_publication(folder, _1=ISSUE.replace("https://example.com/lenses", f"{server.url}/lenses"))
    run("check", "1")
    assert server.seen == []


def test_a_machine_without_a_network_is_told_once(run: Run, folder: Path) -> None:
    """Where no host can be reached, that is one finding, not one a link."""
    with serving() as gone:
        pass
    issue = ISSUE.replace("https://example.com/lenses", f"{gone.url}/lenses")
    write_publication(folder, _1=issue + "".join(f"        [n{n}]({gone.url}/{n}).\n" for n in range(3)))
    assert found(run, "--allow-private") == [("online-broken", "warning", "")]
