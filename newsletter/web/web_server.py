"""The server of the public pages: its port, uvicorn, and the daily removal of unconfirmed subscribers."""

import asyncio
import errno
import socket
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import uvicorn
from uvicorn.middleware.proxy_headers import _TrustedHosts as TrustedHosts

from newsletter.errors import AccessError, NewsletterError, NotFoundError
from newsletter.files import display
from newsletter.publication.settings import Publication
from newsletter.subscribers.consent import DAY, delete_unconfirmed
from newsletter.web.accepting import accept_connections
from newsletter.web.access_log import log_error, log_event
from newsletter.web.app import PUBLIC_PATHS, application
from newsletter.web.click_counts import ClickCounts
from newsletter.web.connections import Connections, LimitedConnection, connection_limit
from newsletter.web.context import PagesContext

# Seconds; longer than a proxy keeps a connection, so that the proxy closes it (nginx: 60 seconds).
_KEEP_ALIVE = 75


def listen(host: str, port: int) -> socket.socket:
    """Open a socket on an address of this machine. Port 0 selects a free one.

    Raises:
        AccessError: The port is already in use, or not allowed.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only for a socket that names TCP; with it, a response takes 40 ms longer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        why = "is already in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
        raise AccessError(f"port {port} on {host} {why}", "Choose another with `--port` or `--host`.") from error
    return listener


def check_archive(folder: Path, publication: Publication) -> None:
    """Reject a folder that is not a built archive, or that has a page at the path of a public page.

    Raises:
        NotFoundError: The folder is not a built archive.
        AccessError: A public page would hide one of its pages.
    """
    if not (folder / "index.html").is_file():
        raise NotFoundError(f"{display(folder)} is not a built archive", "Run `newsletter build` first.")
    if (publication.delivery.pages_url or publication.site_url) != publication.site_url:
        return
    for name in PUBLIC_PATHS:
        if (folder / name).exists():
            message = f"the archive has a page `{name}`, which is the path of a public page"
            raise AccessError(message, "Rename the issue, or set `delivery.pages_url` to another address.")


def serve_pages(
    context: PagesContext,
    listener: socket.socket,
    archive: Path | None,
    proxies: Sequence[str],
    ready: Callable[["WebServer"], None],
) -> None:
    """Serve the pages until the process is stopped.

    Args:
        context: What the pages share.
        listener: The socket to serve on.
        archive: The folder of a built archive, if it is to be served.
        proxies: Addresses and networks whose X-Forwarded-For is trusted.
        ready: Called once the server accepts connections.

    Raises:
        KeyboardInterrupt: The process was interrupted; requests in progress are answered by then.
    """
    asyncio.run(WebServer(context, listener, archive, proxies, ready).run_all())


class WebServer(uvicorn.Server):
    """Uvicorn with the public pages."""

    def __init__(
        self,
        context: PagesContext,
        listener: socket.socket,
        archive: Path | None,
        proxies: Sequence[str],
        ready: Callable[["WebServer"], None],
    ) -> None:
        self.context, self.listener, self.ready, self._proxies = context, listener, ready, proxies
        self._accepting: asyncio.Task[None] | None = None
        self.clicks = ClickCounts(context)
        self._most = connection_limit()
        super().__init__(
            uvicorn.Config(
                application(context, self.clicks, archive),
                access_log=False,
                log_config=None,
                lifespan="off",
                server_header=False,
                forwarded_allow_ips=list(proxies),
                timeout_keep_alive=_KEEP_ALIVE,
                timeout_graceful_shutdown=10,
                # Uvicorn counts the new connection, too.
                limit_concurrency=self._most + 1,
                ws="none",
            )
        )

    @property
    def url(self) -> str:
        """The URL of the pages at the socket."""
        host, port = self.listener.getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}{self.context.pages.base}"

    async def run_all(self) -> None:
        """Serve, remove subscribers who did not confirm, and store the counts of clicks."""
        removal = asyncio.create_task(self._remove_unconfirmed())
        stopping = asyncio.Event()
        counting = asyncio.create_task(self.clicks.run(stopping))
        try:
            await self.serve([self.listener])
        finally:
            removal.cancel()
            stopping.set()
            tasks = (removal, counting)
            try:
                await asyncio.wait(tasks)
            except asyncio.CancelledError:
                # Ctrl-C cancels this task once more after uvicorn has handled it. The counts must still be stored.
                await asyncio.wait(tasks)
                raise

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to accept connections, and call `ready`."""
        await super().startup([])
        trusted = TrustedHosts(list(self._proxies))
        connections = Connections(self._most, lambda host: host in trusted)

        def connect(host: str) -> LimitedConnection:
            return LimitedConnection(self.config, self.server_state, self.lifespan.state, connections, host)

        self._accepting = asyncio.create_task(accept_connections(self.listener, connections, connect))
        self._accepting.add_done_callback(self._stop)
        self.ready(self)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more connections, and answer the requests in progress."""
        if self._accepting:
            self._accepting.cancel()
        await super().shutdown(sockets)

    def _stop(self, accepting: asyncio.Task[None]) -> None:
        """Stop the server if it accepts no connections any more, so that a service manager starts it again."""
        self.should_exit = True
        if not accepting.cancelled() and (error := accepting.exception()):
            log_error("no connections accepted", error)

    async def _remove_unconfirmed(self) -> None:
        while True:
            try:
                removed = await self.context.write(partial(delete_unconfirmed, now=self.context.now))
                if removed:
                    log_event("unconfirmed removed", unconfirmed=removed)
            except NewsletterError as error:
                log_error("unconfirmed not removed", error)
            await asyncio.sleep(DAY)
