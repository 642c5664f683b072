"""Web servers on the loopback interface, and a resolver of host names for them."""

import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from newsletter.http.connections import Resolve


@dataclass(frozen=True)
class Reply:
    """The response of a server. `body` may be an iterable, which is sent until the client disconnects."""

    body: bytes | Iterable[bytes] = b""
    type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


def page(text: str) -> Reply:
    """Return a reply with HTML."""
    return Reply(text.encode())


def redirect(to: str, status: int = 302) -> Reply:
    """Return a redirect."""
    return Reply(status=status, headers=(("Location", to),))


@dataclass
class Server:
    """A server. `pages` are its replies by path, or by host and path; `seen` are the requests, as host and path."""

    port: int
    pages: dict[str, Reply | Callable[[], Reply]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        """The URL of the server, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def answer(self, host: str, path: str) -> Reply:
        """Record a request and return the reply."""
        self.seen.append(f"{host}{path}")
        found = self.pages.get(host + path) or self.pages.get(path) or Reply(b"nothing here", status=404)
        return found() if callable(found) else found


@contextmanager
def serve_web(security: ssl.SSLContext | None = None, **pages: Reply) -> Iterator[Server]:
    """Run a server until the block ends. With `security`, it uses TLS."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            server.agents.add(self.headers["User-Agent"])
            reply = server.answer(self.headers["Host"].partition(":")[0], self.path)
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.type)
            for name, value in reply.headers:
                self.send_header(name, value)
            if isinstance(reply.body, bytes):
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(reply.body)
                return
            self.send_header("Connection", "close")
            self.end_headers()
            try:
                for piece in reply.body:
                    self.wfile.write(piece)
            except OSError:
                self.close_connection = True

        do_HEAD = do_GET  # noqa: N815 (the name that http.server calls)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 100

        def handle_error(self, request: object, client_address: object) -> None:
            """Ignore clients that disconnect."""

    with Quiet(("127.0.0.1", 0), Handler) as http:
        if security:
            http.socket = security.wrap_socket(http.socket, server_side=True)
        server = Server(http.server_address[1], dict(pages))
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()


def resolver_for(*servers: Server, **places: tuple[str, int]) -> Resolve:
    """Return a resolver that resolves all names to the servers, except for `places`.

    In the names of `places`, `_` replaces `.`, and `__` replaces `-`.
    """

    async def resolve(host: str, _port: int) -> list[tuple[str, int]]:
        place = places.get(host.replace(".", "_").replace("-", "__"))
        return [place] if place else [("127.0.0.1", server.port) for server in servers]

    return resolve
