"""The server of the dashboard. It listens on this machine only, and watches the publication's files."""

import asyncio
import errno
import logging
import secrets
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from newsletter.dashboard.application import application
from newsletter.dashboard.file_changes import FileChanges
from newsletter.dashboard.issue_previews import IssuePreviews
from newsletter.dashboard.publication_setup import setup_application
from newsletter.dashboard.sending_processes import SendingProcesses
from newsletter.dashboard.watch_files import watch
from newsletter.errors import AccessError
from newsletter.publication.find_publication import FILE

HOST, PORT = "127.0.0.1", 8340
# How many ports, from the first, are tried if none is given.
PORT_COUNT = 20


def listen(port: int | None) -> socket.socket:
    """Listen on a loopback port. If `port` is None, use the first free port from `PORT`.

    Raises:
        AccessError: The port is in use or not allowed, or no port is free.
    """
    for candidate in (port,) if port is not None else range(PORT, PORT + PORT_COUNT):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, candidate))
            listener.listen()
        except OSError as error:
            listener.close()
            if port is not None:
                why = "is already in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
                raise AccessError(
                    f"port {port} {why}", "Choose another with `--port`, or omit `--port` to use a free one."
                ) from error
            continue
        return listener
    raise AccessError(f"no port from {PORT} to {PORT + PORT_COUNT - 1} is free", "Choose another with `--port`.")


def serve_dashboard(root: Path, listener: socket.socket, ready: Callable[["DashboardServer"], None]) -> None:
    """Serve the dashboard of a publication until the process is interrupted.

    Args:
        root: The folder of the publication. If it has none yet, the page creates it.
        listener: The socket to serve on.
        ready: Called once the server accepts requests.

    Raises:
        NewsletterError: The publication cannot be read.
        AccessError: Its files cannot be watched.
        KeyboardInterrupt: The process was interrupted. All connections are closed by then.
    """
    asyncio.run(DashboardServer(root, listener, ready).watch_and_serve())


class DashboardServer(uvicorn.Server):
    """Uvicorn with the dashboard. Before it stops, it ends the requests that wait for changes."""

    def __init__(self, root: Path, listener: socket.socket, ready: Callable[["DashboardServer"], None]) -> None:
        self.changes = FileChanges()
        self.processes = SendingProcesses(root)
        self.listener = listener
        self.ready = ready
        self._root = root
        self._port = listener.getsockname()[1]
        self._token = secrets.token_urlsafe(16)
        self._created = asyncio.Event()
        self._application = self._setup()
        if (root / FILE).is_file():
            self._open_dashboard()
        super().__init__(
            uvicorn.Config(
                self._call,
                interface="asgi3",
                log_level="error",
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=2,
            )
        )

    async def _call(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._application(scope, receive, send)

    def _setup(self) -> ASGIApp:
        return setup_application(self._root, self._port, self._token, self._open_dashboard)

    def _open_dashboard(self) -> None:
        """Serve the dashboard from now on: the publication exists."""
        previews = IssuePreviews(self._root, self.changes)
        self._application = application(previews, self.changes, self.processes, self._port, self._token)
        self._created.set()

    @property
    def url(self) -> str:
        """The URL of the dashboard."""
        return f"http://{HOST}:{self._port}"

    async def watch_and_serve(self) -> None:
        """Serve the dashboard and watch the publication's files, until one of the two ends."""
        watching = asyncio.create_task(self._watch())
        serving = asyncio.create_task(self.serve([self.listener]))
        watching.add_done_callback(lambda _: setattr(self, "should_exit", True))
        try:
            await serving
        finally:
            watching.cancel()
            await _wait_for_end(watching)

    async def _watch(self) -> None:
        # Without a publication, the folder may be any, such as one with very many files.
        await self._created.wait()
        await watch(self._root, self.changes)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and call `ready`."""
        await super().startup(sockets)
        self.ready(self)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the requests that wait for a change, then close all connections. Closed connections are not logged."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        self.changes.close()
        await super().shutdown(sockets)


async def _wait_for_end(watching: asyncio.Task[None]) -> None:
    """Wait until the task that watches the files has ended.

    Raises:
        AccessError: The files could not be watched.
    """
    try:
        await watching
    except asyncio.CancelledError:
        return
    except ExceptionGroup as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if not isinstance(error, OSError):
            raise
        advice = "Check that the folder still exists. On Linux, also check the limit `fs.inotify.max_user_watches`."
        raise AccessError(f"the files cannot be watched: {error.strerror or error}", advice) from group
