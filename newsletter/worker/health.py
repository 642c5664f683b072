"""Health and metrics of a worker over HTTP, for service managers and Prometheus."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from newsletter.database.database import Database
from newsletter.database.schema_version import check_version
from newsletter.errors import AccessError, NewsletterError
from newsletter.worker.metrics import CONTENT_TYPE, Metrics

_PLAIN = "text/plain; charset=utf-8"
# Seconds for which a client may be silent.
_TIMEOUT = 10


@contextmanager
def serve_health(
    host: str, port: int, database: Database, metrics: Metrics, alive: Callable[[], bool]
) -> Iterator[int]:
    """Serve the health of a worker until the block ends. Yields the port.

    `/live` answers 200 as long as each duty has its thread, `/ready` as long as the database can be used, else 503 with
    the reason. `/metrics` has the metrics.

    Raises:
        AccessError: The port cannot be used.
    """

    class Handler(BaseHTTPRequestHandler):
        timeout = _TIMEOUT

        def do_GET(self) -> None:
            status, kind, text = _answer(self.path, database, metrics, alive)
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *_: object) -> None:
            """Log nothing: a probe comes every few seconds."""

    try:
        server = ThreadingHTTPServer((host, port), Handler)
    except OSError as error:
        message = f"port {port} on {host} cannot be used: {error.strerror}"
        raise AccessError(message, "Choose another with `--health-port` or `--health-host`.") from error
    thread = Thread(target=server.serve_forever, name="health", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(path: str, database: Database, metrics: Metrics, alive: Callable[[], bool]) -> tuple[int, str, str]:
    """Return the status, the type and the text of an answer."""
    if path == "/live":
        return (200, _PLAIN, "alive\n") if alive() else (503, _PLAIN, "a duty has ended\n")
    if path not in ("/ready", "/metrics"):
        return 404, _PLAIN, "not found: /live, /ready and /metrics are\n"
    try:
        if path == "/metrics":
            return 200, CONTENT_TYPE, metrics.text(time.monotonic())
        with database.read() as connection:
            check_version(connection, database.name)
    except NewsletterError as error:
        return 503, _PLAIN, f"{error.message}\n"
    return 200, _PLAIN, "ready\n"
