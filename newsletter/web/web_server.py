"""The live pages served: a port, the server on it, and what is looked after now and then."""

import asyncio
import errno
import socket
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import uvicorn

from newsletter.errors import AccessError, NewsletterError, NotFoundError
from newsletter.files import display
from newsletter.publication.settings import Publication
from newsletter.subscribers.consent import DAY, forget_unconfirmed
from newsletter.web.access_log import tell, tell_fault
from newsletter.web.app import LIVE, application
from newsletter.web.context import Office

# Longer than proxies keep a connection, so that it is they who close it (nginx: 60 seconds).
_KEEP_ALIVE = 75
# How often it is looked whether a letter is owed that nobody sends, in seconds.
_HOUR = 3600
# Requests under way at once; more are answered with 503.
_MOST = 2000


def listen(host: str, port: int) -> socket.socket:
    """A socket on an address of this machine; port 0 takes a free one.

    Raises:
        AccessError: it is taken, or may not be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Only of a socket that is said to be TCP does asyncio turn Nagle's algorithm off, which costs 40 ms an answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
        raise AccessError(f"port {port} on {host} {why}", "Name another with --port and --host.") from error
    return listener


def check_archive(folder: Path, publication: Publication) -> None:
    """Refuse an archive that is none, or whose pages the live ones would hide.

    Raises:
        NotFoundError: there is no built archive.
        AccessError: it has a page that a live one would hide.
    """
    if not (folder / "index.html").is_file():
        raise NotFoundError(f"{display(folder)} is no built archive", "Build it first: newsletter build.")
    if (publication.delivery.pages_url or publication.site_url) != publication.site_url:
        return
    for name in LIVE:
        if (folder / name).exists():
            message = f"the archive has a page `{name}`, and a live page has that address"
            raise AccessError(message, "Rename the issue, or give the live pages an address with `delivery.pages_url`.")


def serve(
    office: Office,
    listener: socket.socket,
    archive: Path | None,
    proxies: Sequence[str],
    ready: Callable[["Server"], None],
) -> None:
    """Serve the pages until the process is told to end; `proxies` are believed in what X-Forwarded-For says.

    Raises:
        KeyboardInterrupt: it was interrupted; what was under way is answered by then.
    """
    asyncio.run(Server(office, listener, archive, proxies, ready).run_all())


class Server(uvicorn.Server):
    """Uvicorn with our pages."""

    def __init__(
        self,
        office: Office,
        listener: socket.socket,
        archive: Path | None,
        proxies: Sequence[str],
        ready: Callable[["Server"], None],
    ) -> None:
        self.office, self.listener, self.ready = office, listener, ready
        super().__init__(
            uvicorn.Config(
                application(office, archive),
                access_log=False,
                log_config=None,
                lifespan="off",
                server_header=False,
                forwarded_allow_ips=list(proxies),
                timeout_keep_alive=_KEEP_ALIVE,
                timeout_graceful_shutdown=10,
                limit_concurrency=_MOST,
            )
        )

    @property
    def url(self) -> str:
        """Where it listens, with the pages' path."""
        host, port = self.listener.getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}{self.office.pages.base}"

    async def run_all(self) -> None:
        """Serve, and look after what never was confirmed, and after letters that another process left."""
        others = [asyncio.create_task(self._forget()), asyncio.create_task(self._owe())]
        try:
            await self.serve([self.listener])
        finally:
            for other in others:
                other.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin, and say so."""
        await super().startup(sockets)
        self.ready(self)

    async def _forget(self) -> None:
        while True:
            try:
                forgotten = await self.office.write(partial(forget_unconfirmed, now=self.office.now))
                tell("forgotten", unconfirmed=forgotten)
            except NewsletterError as error:
                tell_fault("not forgotten", error)
            await asyncio.sleep(DAY)

    async def _owe(self) -> None:
        while True:
            await asyncio.sleep(_HOUR)
            try:
                await asyncio.to_thread(self.office.owe)
            except NewsletterError as error:
                tell_fault("owed letters not read", error)
