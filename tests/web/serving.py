"""The public pages of a publication in a temporary folder, on a real server on a free port."""

import io
import json
import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from queue import SimpleQueue
from urllib.parse import urlencode, urlsplit

from newsletter.database.states import SubscriberState
from newsletter.ledger.history import read_history_by_address
from newsletter.mail.tokens import Purpose, sign
from newsletter.subscribers.events import Event, list_events
from newsletter.subscribers.queries import find_subscriber
from newsletter.subscribers.subscriber import Subscriber
from newsletter.web.access_log import access_log
from newsletter.web.context import PagesContext
from newsletter.web.startup import pages_context
from newsletter.web.web_server import WebServer, listen, serve_pages
from newsletter.workspace.workspace import Workspace
from tests.publications import PUBLICATION, write_publication

DELIVERY = "delivery: {transport: folder, folder: outbox, languages: [en, ja], tags: [papers, tools]}\n"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    """A response."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def heading(self) -> str:
        """The text of the h1."""
        found = re.search(r"<h1>(.*?)</h1>", self.text)
        assert found, self.text
        return found[1]

    @property
    def note(self) -> str:
        """The text below the h1, in the characters that it shows."""
        found = re.search(r'<p class="subtitle">(.*?)</p>', self.text)
        assert found, self.text
        return unescape(found[1])


class Clock:
    """A clock that a test sets, in seconds since 1970."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Pages:
    """The running pages, their clock and their log."""

    root: Path
    context: PagesContext
    server: WebServer
    clock: Clock
    log: SimpleQueue[str]

    @property
    def port(self) -> int:
        """The port of the server."""
        return int(self.server.listener.getsockname()[1])

    def get(self, path: str, **headers: str) -> Answer:
        """Request a page."""
        return self.ask("GET", path, b"", headers)

    def post(self, path: str, fields: Mapping[str, str] | bytes = b"", **headers: str) -> Answer:
        """Post a form, or bytes."""
        body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
        return self.ask("POST", path, body, {"content_type": FORM} | headers)

    def ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a request; in names of headers, `_` is replaced with `-`."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body or None, named)
            reply: HTTPResponse = connection.getresponse()
            names = {name.lower(): value for name, value in reply.getheaders()}
            return Answer(reply.status, names, reply.read().decode())
        finally:
            connection.close()

    def token(self, purpose: Purpose, address: str = "ann@example.org", issued_at: int | None = None) -> str:
        """A token for a subscriber, signed as by the pages."""
        found = self.subscriber(address)
        assert found
        return sign(self.context.keys, purpose, found.id, found.address, issued_at=issued_at)

    def subscriber(self, address: str = "ann@example.org") -> Subscriber | None:
        """The subscriber with an address, or None."""
        with self.context.database.read() as connection:
            return find_subscriber(connection, address)

    def state(self, address: str = "ann@example.org") -> SubscriberState | None:
        """The state of an address, or None if it is not on the list."""
        found = self.subscriber(address)
        return found.state if found else None

    def events(self, address: str = "ann@example.org") -> list[Event]:
        """The events of a subscriber."""
        found = self.subscriber(address)
        assert found
        with self.context.database.read() as connection:
            return list_events(connection, found.id)

    def logged(self, name: str) -> dict[str, object]:
        """Wait for the next line of an event in the access log; earlier lines are skipped."""
        while True:
            line: dict[str, object] = json.loads(self.log.get(timeout=20))
            if line["event"] == name:
                return line

    def mail_kinds(self, address: str = "ann@example.org") -> list[str]:
        """The kinds of the mail that was requested for an address, oldest first, whether or not it is sent yet."""
        with self.context.database.read() as connection:
            return [mail.kind.value for mail in read_history_by_address(connection, address).transactional_mail]

    def next_mail(self) -> EmailMessage:
        """Wait for the next transactional mail, and return it."""
        assert self.logged("mail")["verdict"] == "accepted"
        newest = max((self.root / "outbox").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        return _parsed(newest.read_bytes())

    def subscribed(self, address: str = "ann@example.org") -> str:
        """Subscribe and confirm. Returns the path of the confirmation."""
        self.post("/subscribe", {"email": address})
        path = link(text_of(self.next_mail()))
        assert self.post(path).status == 200
        assert self.state(address) is SubscriberState.ACTIVE
        return path


def link(text: str, page: str = "confirm") -> str:
    """The path of the link to a page in a mail."""
    found = re.search(rf"https://\S+/{page}/\S+", text)
    assert found, text
    return urlsplit(found[0]).path


def text_of(mail: EmailMessage) -> str:
    """The text part of a mail."""
    part = mail.get_body(("plain",))
    assert part
    text: str = part.get_content()
    return text


def _parsed(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


class _Lines(io.StringIO):
    """A stream that puts its lines into a queue."""

    def __init__(self) -> None:
        super().__init__()
        self.queue: SimpleQueue[str] = SimpleQueue()

    def write(self, text: str) -> int:
        self.queue.put(text)
        return len(text)


@contextmanager
def served(
    root: Path,
    publication: str = PUBLICATION + DELIVERY,
    *,
    archive: Path | None = None,
    proxies: tuple[str, ...] = ("127.0.0.1",),
    clock: Clock | None = None,
    waits: tuple[int, ...] = (),
) -> Iterator[Pages]:
    """Run the pages of a publication until the block ends."""
    clock = clock or Clock()
    if not (root / "newsletter.yaml").exists():
        write_publication(root, publication=publication)
    ready = threading.Event()
    servers: list[WebServer] = []

    def begin(server: WebServer) -> None:
        servers.append(server)
        ready.set()

    lines = _Lines()
    with access_log(lines), pages_context(Workspace(root), os.environ, clock, waits) as context:
        thread = threading.Thread(target=serve_pages, args=(context, listen("127.0.0.1", 0), archive, proxies, begin))
        thread.start()
        try:
            assert ready.wait(20)
            yield Pages(root, context, servers[0], clock, lines.queue)
        finally:
            if servers:
                servers[0].should_exit = True
            thread.join()
