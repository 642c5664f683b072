"""The preview served: a port of this machine's own, the watch beside it, and an end when the author says so."""

import asyncio
import errno
import logging
import secrets
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from newsletter.dashboard.application import application
from newsletter.dashboard.file_changes import Changes
from newsletter.dashboard.issue_previews import Editions
from newsletter.dashboard.watch_files import watch
from newsletter.errors import AccessError

HOST, PORT = "127.0.0.1", 8340
# How many ports after the first are tried where none is named.
NEAR = 20


def listen(port: int | None) -> socket.socket:
    """A socket on a port of this machine that only this machine reaches; without a port, the first that is free.

    Raises:
        AccessError: the port that is named is taken, or may not be used.
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


def serve(root: Path, listener: socket.socket, ready: Callable[["Server"], None]) -> None:
    """Serve the preview of a publication until it is told to end; `ready` is called when pages can be asked for.

    Raises:
        NewsletterError: the publication cannot be read.
        AccessError: its files cannot be watched, or no longer.
        KeyboardInterrupt: the author ended it; all is closed by then.
    """
    changes = Changes()
    server = Server(Editions(root, changes), changes, listener, ready)
    asyncio.run(server.watch_and_serve(root))


class Server(uvicorn.Server):
    """Uvicorn, which lets go of the pages that wait for changes before it ends."""

    def __init__(
        self, editions: Editions, changes: Changes, listener: socket.socket, ready: Callable[["Server"], None]
    ) -> None:
        self.changes = changes
        self.listener = listener
        self.ready = ready
        app = application(editions, changes, listener.getsockname()[1], secrets.token_urlsafe(16))
        super().__init__(
            uvicorn.Config(app, log_level="error", access_log=False, lifespan="off", timeout_graceful_shutdown=2)
        )

    @property
    def url(self) -> str:
        """Where the preview is."""
        return f"http://{HOST}:{self.listener.getsockname()[1]}"

    async def watch_and_serve(self, root: Path) -> None:
        """Serve, and watch the publication's files as long."""
        watching = asyncio.create_task(watch(root, self.changes))
        serving = asyncio.create_task(self.serve([self.listener]))
        watching.add_done_callback(lambda _: setattr(self, "should_exit", True))
        try:
            await serving
        finally:
            watching.cancel()
            await _ended(watching)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin, and say so."""
        await super().startup(sockets)
        self.ready(self)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what waits for a change, and then the connections; what that cuts off is nobody's fault."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        self.changes.close()
        await super().shutdown(sockets)


async def _ended(watching: asyncio.Task[None]) -> None:
    """The watch at its end, which is the author's wish or the system's."""
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
