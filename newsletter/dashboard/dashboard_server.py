"""The server of the dashboard: it listens on this machine only, and watches the files beside it."""

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
# How many ports after the first are tried where none is named.
NEAR = 20


def listen(port: int | None) -> socket.socket:
    """Listen on a loopback port; without a port, on the first free one.

    Raises:
        AccessError: the port cannot be used.
    """
    for candidate in (port,) if port is not None else range(PORT, PORT + NEAR):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, candidate))
            listener.listen()
        except OSError as error:
            listener.close()
            if port is not None:
                why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
                raise AccessError(
                    f"port {port} {why}", "Name another with --port, or none: a free one is found."
                ) from error
            continue
        return listener
    raise AccessError(f"the ports {PORT} to {PORT + NEAR - 1} are all taken", "Name another with --port.")


def serve(root: Path, listener: socket.socket, ready: Callable[["DashboardServer"], None]) -> None:
    """Serve the dashboard of a publication until it is interrupted; `ready` is called when it accepts requests.

    Raises:
        NewsletterError: the publication cannot be read.
        AccessError: its files cannot be watched.
        KeyboardInterrupt: it was interrupted; all connections are closed by then.
    """
    changes = FileChanges()
    server = DashboardServer(IssuePreviews(root, changes), changes, listener, ready)
    asyncio.run(server.watch_and_serve(root))


class DashboardServer(uvicorn.Server):
    """Uvicorn, which ends the requests that wait for changes before it stops."""

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
        """Serve, and watch the publication's files meanwhile."""
        watching = asyncio.create_task(watch(root, self.changes))
        serving = asyncio.create_task(self.serve([self.listener]))
        watching.add_done_callback(lambda _: setattr(self, "should_exit", True))
        try:
            await serving
        finally:
            watching.cancel()
            await _ended(watching)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and call `ready`."""
        await super().startup(sockets)
        self.ready(self)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the requests that wait for a change, then all connections, without logging those that are cut."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        self.changes.close()
        await super().shutdown(sockets)


async def _ended(watching: asyncio.Task[None]) -> None:
    """Wait for the end of the watch, and raise its error if it has one."""
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
        advice = "Is the publication still where it was? Else the system may watch too few files at once."
        raise AccessError(f"the files cannot be watched: {error.strerror or error}", advice) from group
