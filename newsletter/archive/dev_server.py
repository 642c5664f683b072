"""A look at the built archive on this machine: its folder, under the path that it will have on the web."""

import io
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from newsletter.errors import AccessError

HOST = "127.0.0.1"


class SiteServer(ThreadingHTTPServer):
    """A server of a folder below the path `base`, which is quoted and ends with a slash."""

    def __init__(self, folder: Path, base: str, port: int) -> None:
        self.folder = folder
        self.base = base
        super().__init__((HOST, port), _Handler)

    @property
    def address(self) -> str:
        """Where the archive's home is."""
        return f"http://{HOST}:{self.server_address[1]}{self.base}"


class _Handler(SimpleHTTPRequestHandler):
    server: SiteServer
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".pagefind": "application/octet-stream"}

    def translate_path(self, path: str) -> str:
        """The file that is asked for; nothing outside of the folder is."""
        self.directory = str(self.server.folder)
        asked = urlsplit(path).path
        inside = asked.startswith(self.server.base)
        return super().translate_path("/" + asked.removeprefix(self.server.base)) if inside else ""

    def parse_request(self) -> bool:
        """Refuse who asks by another name: a page on the web that has one for this machine must not read the drafts."""
        if not super().parse_request():
            return False
        if self.headers.get("Host", "").partition(":")[0] in (HOST, "localhost"):
            return True
        self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
        return False

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        """A file; from the root, a way to the archive's home."""
        if self.path == self.server.base or self.path not in ("/", self.server.base.rstrip("/")):
            return super().send_head()
        self.send_response(HTTPStatus.FOUND)
        self.send_header("Location", self.server.base)
        self.end_headers()
        return None

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """The archive's own page where there is none, as hosts show it."""
        missing = self.server.folder / "404.html"
        if code != HTTPStatus.NOT_FOUND or not missing.is_file():
            super().send_error(code, message, explain)
            return
        content = missing.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def end_headers(self) -> None:
        """Let a browser ask again: the site may be built anew meanwhile."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal is the build's."""


def site_server(folder: Path, base: str, port: int) -> SiteServer:
    """A server of a built archive; port 0 takes a free one.

    Raises:
        AccessError: the port is taken.
    """
    try:
        return SiteServer(folder.absolute(), base, port)
    except OSError as error:
        message = f"port {port} cannot be used: {error.strerror}"
        raise AccessError(message, "Name another with --port, or 0 for any that is free.") from error
