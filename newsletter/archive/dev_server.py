"""Serves the built archive on this machine, below the same path as on the web."""

import asyncio
import mimetypes
import socket
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.errors import AccessError
from newsletter.files import leads_out

HOST = "127.0.0.1"
mimetypes.add_type("application/octet-stream", ".pagefind")


def archive_app(folder: Path, base: str) -> Starlette:
    """Create the application that serves the files of a folder, and its 404 page for unknown paths.

    Symbolic links that lead out of the folder are not followed.

    Args:
        folder: The folder.
        base: The path of the home page. It is percent-encoded and ends with a slash.
    """
    path = unquote(base).rstrip("/")

    async def home(_request: Request) -> Response:
        return RedirectResponse(base, HTTPStatus.FOUND)

    async def missing(_request: Request, _error: Exception) -> Response:
        page = folder / "404.html"
        shown = page.is_file() and not leads_out(page, folder)
        return FileResponse(page, 404) if shown else PlainTextResponse("Not Found", 404)

    return Starlette(
        routes=[
            *([Route("/", home), Route(path, home)] if path else []),
            Mount(path, StaticFiles(directory=folder, html=True, follow_symlink=False)),
        ],
        middleware=[Middleware(LocalRequests)],
        exception_handlers={404: missing},
    )


class LocalRequests:
    """Rejects requests for other host names, so that a web page cannot read drafts by DNS rebinding."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request. Browsers do not cache responses, because the archive may be built again."""

        async def send_uncached(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Cache-Control"] = "no-cache"
            await send(message)

        allowed = Headers(scope=scope).get("host", "").partition(":")[0] in (HOST, "localhost")
        app = self.app if allowed else PlainTextResponse("Misdirected Request", HTTPStatus.MISDIRECTED_REQUEST)
        await app(scope, receive, send_uncached)


class ArchiveServer(uvicorn.Server):
    """Serves a built archive on a port of this machine.

    Raises:
        OSError: The port is already used.
    """

    def __init__(self, folder: Path, base: str, port: int) -> None:
        # Nagle's algorithm delays responses. asyncio turns it off only if the socket names its protocol.
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self.listener.bind((HOST, port))
            self.listener.listen()
        except OSError:
            self.listener.close()
            raise
        self.base = base
        app = archive_app(folder, base)
        super().__init__(
            uvicorn.Config(app, log_level="error", access_log=False, lifespan="off", timeout_graceful_shutdown=2)
        )

    @property
    def address(self) -> str:
        """The URL of the archive's home page."""
        return f"http://{HOST}:{self.listener.getsockname()[1]}{self.base}"

    def serve_forever(self) -> None:
        """Serve until `stop` is called from another thread.

        Raises:
            KeyboardInterrupt: It was interrupted. Its connections are closed.
        """
        asyncio.run(self.serve([self.listener]))

    def stop(self) -> None:
        """Request that `serve_forever` returns."""
        self.should_exit = True


def archive_server(folder: Path, base: str, port: int) -> ArchiveServer:
    """Create a server for a built archive. Port 0 is any free port.

    Raises:
        AccessError: The port is already used.
    """
    try:
        return ArchiveServer(folder.absolute(), base, port)
    except OSError as error:
        message = f"port {port} cannot be used: {error.strerror}"
        raise AccessError(message, "Choose another port with --port, or 0 for any free port.") from error
