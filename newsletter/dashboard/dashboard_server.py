"""The server of the dashboard. It listens on this machine only, and watches the publication's files."""

import asyncio
import errno
import logging
import secrets
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from newsletter.dashboard.application import application
from newsletter.dashboard.file_changes import FileChanges
from newsletter.dashboard.issue_previews import IssuePreviews
from newsletter.dashboard.watch_files import watch
from newsletter.errors import AccessError

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
        root: The folder of the publication.
        listener: The socket to serve on.
        ready: Called once the server accepts requests.

    Raises:
        NewsletterError: The publication cannot be read.
        AccessError: Its files cannot be watched.
        KeyboardInterrupt: The process was interrupted. All connections are closed by then.
    """
    changes = FileChanges()
    server = DashboardServer(IssuePreviews(root, changes), changes, listener, ready)
    asyncio.run(server.watch_and_serve(root))


class DashboardServer(uvicorn.Server):
    """Uvicorn with the dashboard. Before it stops, it ends the requests that wait for changes."""

    def __init__(
        self,
        previews: IssuePreviews,
        changes: FileChanges,
        listener: socket.socket,
        ready: Callable[["DashboardServer"], None],
    ) -> None:
        self.changes = changes
        self.listener = listener
        self.ready = ready
        app = application(previews, changes, listener.getsockname()[1], secrets.token_urlsafe(16))
        super().__init__(
            uvicorn.Config(app, log_level="error", access_log=False, lifespan="off", timeout_graceful_shutdown=2)
        )

    @property
    def url(self) -> str:
        """The URL of the dashboard."""
        return f"http://{HOST}:{self.listener.getsockname()[1]}"

    async def watch_and_serve(self, root: Path) -> None:
        """Serve the dashboard and watch the publication's files, until one of the two ends."""
        watching = asyncio.create_task(watch(root, self.changes))
        serving = asyncio.create_task(self.serve([self.listener]))
        watching.add_done_callback(lambda _: setattr(self, "should_exit", True))
        try:
            await serving
        finally:
            watching.cancel()
            await _wait_for_end(watching)

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
