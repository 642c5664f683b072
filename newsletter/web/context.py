"""What all pages share: the database and who writes to it, the keys, the words, and the box for letters."""

import asyncio
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from newsletter.database.database import Database
from newsletter.database.group_commit import Writer
from newsletter.database.signing_keys import TOKENS, signing_keys
from newsletter.errors import TokenError
from newsletter.mail.mail_queue import LetterKind, owed_letters
from newsletter.mail.queue_worker import Note, Postbox
from newsletter.mail.tokens import Purpose, Token, is_for, read
from newsletter.publication.delivery_settings import DeliverySettings
from newsletter.publication.labels import PagesLabels
from newsletter.render.reader_pages import LivePages
from newsletter.subscribers.queries import address_of
from newsletter.text.languages import wanted
from newsletter.web.middleware import NOTES
from newsletter.web.rate_limit import Limits, network_of

T = TypeVar("T")
# How many readings there are at once, and how long the keys are believed to be all, in seconds.
_READERS, _KEYS_HOLD = 8, 5.0


@dataclass
class Office:
    """The parts of the running pages; `clock` gives seconds since 1970 (UTC), `hidden` is the key of the hashes."""

    database: Database
    writer: Writer
    postbox: Postbox
    pages: LivePages
    settings: DeliverySettings
    limits: Limits
    keys: list[bytes]
    hidden: bytes
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        self._readers = CapacityLimiter(_READERS)
        self._keys_at = time.monotonic()

    @property
    def now(self) -> int:
        """Seconds since 1970 (UTC)."""
        return int(self.clock())

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What some work gives that is durable then; see `Writer.write`."""
        return await asyncio.wrap_future(self.writer.write(work))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What some work finds."""

        def run() -> T:
            with self.database.read() as connection:
                return work(connection)

        return await to_thread.run_sync(run, limiter=self._readers)

    async def token(self, request: Request, purpose: Purpose, max_age: int | None = None) -> Token:
        """The token in a page's address.

        Raises:
            TokenError: it is not good for this.
        """
        if time.monotonic() - self._keys_at >= _KEYS_HOLD:
            # Another process may have made a new key since, or dropped an old one.
            self.keys = await self.read(lambda connection: signing_keys(connection, TOKENS))
            self._keys_at = time.monotonic()
        found = read(self.keys, purpose, request.path_params["token"], now=self.now, max_age=max_age)
        note(request, subscriber=found.subscriber_id)
        return found

    def require_own(self, connection: Connection, token: Token) -> None:
        """Refuse a token whose subscriber's number is another person's now; of who was erased there is none.

        Raises:
            TokenError: it is.
        """
        address = address_of(connection, token.subscriber_id)
        if address is not None:
            self.require_for(token, address)

    def require_for(self, token: Token, address: str) -> None:
        """Refuse a token that is not of an address.

        Raises:
            TokenError: it is of another one, which had the number before.
        """
        if not is_for(self.keys, token, address):
            raise TokenError("this link was for somebody else", "Ask for a new one.", expired=True)

    def language(self, request: Request) -> str:
        """The language that a browser asks for, or the publication's."""
        labels = self.pages.labels
        return wanted(request.headers.get("accept-language", ""), labels) or self.pages.publication.language

    def words(self, request: Request) -> PagesLabels:
        """The words of that language."""
        return self.pages.labels[self.language(request)].pages

    def digest(self, text: str) -> str:
        """What stands for an address or a network: the same for the same, and nobody can turn it back."""
        return hmac.digest(self.hidden, text.encode(), "sha256").hex()[:12]

    def source(self, request: Request) -> str:
        """Where something was said: the page, and the network as its hash."""
        url = self.settings.pages_url or self.pages.publication.site_url
        return f"{url}{page_of(request)}, network {self.digest(self.network(request))}"

    def network(self, request: Request) -> str:
        """Where a request comes from."""
        return network_of(request.client.host if request.client else "")

    def notice(self, request: Request, title: str, note: str, status: int = 200, *, again: bool = False) -> Response:
        """A page that says what has happened."""
        return HTMLResponse(self.pages.notice(self.language(request), title, note, again=again), status)

    def send(self, kind: LetterKind, subscriber_id: int, language: str, now: int) -> None:
        """Have a letter sent in the background."""
        self.postbox.put(Note(kind, subscriber_id, language, now))

    def owe(self) -> None:
        """Have all letters sent that are owed, whichever process was to send them.

        Raises:
            DatabaseError: it cannot be read.
        """
        with self.database.read() as connection:
            owed = owed_letters(connection, self.now, welcome=self.settings.welcome)
        for one in owed:
            self.send(one.kind, one.subscriber_id, self.pages.publication.language, one.since)


def note(request: Request, **fields: object) -> None:
    """Have something told in the request's line of the journal."""
    request.scope[NOTES].update(fields)


def page_of(request: Request) -> str:
    """What a page is called: the first part of its path below the base, which is never a token."""
    return str(request.scope["endpoint"].__name__)
