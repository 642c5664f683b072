"""What all public pages share: the database, the mail queue, the signing keys and the texts."""

import asyncio
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from newsletter.database.database import Database
from newsletter.database.group_commit import GroupCommitWriter
from newsletter.database.signing_keys import TOKENS, signing_keys
from newsletter.errors import TokenError
from newsletter.mail.probe import answer_of, read_probe
from newsletter.mail.queue_worker import MailQueueWorker
from newsletter.mail.tokens import Purpose, Token, is_for, read
from newsletter.publication.labels import PagesLabels
from newsletter.publication.settings import Publication
from newsletter.publication.webhook_settings import ProviderName
from newsletter.subscribers.mail_limits import ALL_AN_HOUR, MailLimit
from newsletter.subscribers.queries import find_address
from newsletter.text.languages import preferred_language
from newsletter.web.access_log import ThrottledLog
from newsletter.web.middleware import LOG_FIELDS
from newsletter.web.pages import PublicPages
from newsletter.web.rate_limit import RateLimits, network_of

T = TypeVar("T")
# How many reads run at once, and for how many seconds the keys are cached.
_READERS, _KEYS_MAX_AGE = 8, 5.0
# The seconds after which a visitor is asked to try again if no more mail is sent at all.
_ALL_WAIT = 600


@dataclass
class PagesContext:
    """The parts of the running public pages.

    Attributes:
        database: For reads.
        writer: For writes, which share commits.
        mail_queue: Sends what pages request; call its `wake` after a request is written.
        pages: Renders HTML.
        publication: The settings.
        limits: The rate limit of each network.
        keys: The keys that sign tokens, oldest first.
        webhooks: The secrets of the webhooks, by provider.
        fetch: Requests a public URL and returns its body. It raises FetchError.
        issues_folder: The folder of the issues.
        hash_key: The key of the hashes that replace addresses and networks in the log.
        welcome_issue: Returns the slug and the aliases of the issue that new subscribers get, if they get one.
        clock: Returns seconds since 1970 (UTC).
        timer: Returns seconds and never goes back.
    """

    database: Database
    writer: GroupCommitWriter
    mail_queue: MailQueueWorker
    pages: PublicPages
    publication: Publication
    limits: RateLimits
    keys: list[bytes]
    hash_key: bytes
    welcome_issue: Callable[[], tuple[str, ...]]
    webhooks: Mapping[ProviderName, str]
    fetch: Callable[[str], bytes]
    issues_folder: Path
    clock: Callable[[], float] = time.time
    timer: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self.settings = self.publication.delivery
        self._readers = CapacityLimiter(_READERS)
        self._keys_read_at = self.timer()
        self._alarm = ThrottledLog(self.timer)

    @property
    def now(self) -> int:
        """Seconds since 1970 (UTC)."""
        return int(self.clock())

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Write to the database and return the result of `work` once it is durable; see `GroupCommitWriter.write`.

        The write is done even if nobody waits for it any more, because the client hung up or the server stops.
        """
        return await asyncio.shield(asyncio.wrap_future(self.writer.write(work)))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Read from the database and return the result of `work`."""

        def run() -> T:
            with self.database.read() as connection:
                return work(connection)

        return await self.in_thread(run)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Run a function that blocks, beside the reads of the database."""
        return await to_thread.run_sync(work, limiter=self._readers)

    async def token(self, request: Request, purpose: Purpose, max_age: int | None = None) -> Token:
        """Return the verified token in a request's path.

        Raises:
            TokenError: It is not valid for this purpose, or is older than `max_age` seconds.
        """
        if self.timer() - self._keys_read_at >= _KEYS_MAX_AGE:
            # Another process may have added or removed a key since.
            self.keys = await self.read(lambda connection: signing_keys(connection, TOKENS))
            self._keys_read_at = self.timer()
        found = read(self.keys, purpose, request.path_params["token"], now=self.now, max_age=max_age)
        log(request, subscriber=found.subscriber_id)
        return found

    def probe_answer(self, request: Request) -> str:
        """Return the response to a probe link of the preflight, or "" if the request is for another link."""
        token = request.path_params["token"]
        try:
            read_probe(self.keys, token, self.now)
        except TokenError:
            return ""
        return answer_of(self.keys, token)

    def require_own(self, connection: Connection, token: Token) -> None:
        """Reject a token if its subscriber number now belongs to another person. An erased subscriber is accepted.

        Raises:
            TokenError: The token is for another address.
        """
        address = find_address(connection, token.subscriber_id)
        if address is not None:
            self.require_for(token, address)

    def require_for(self, token: Token, address: str) -> None:
        """Reject a token that is not for an address.

        Raises:
            TokenError: The token is for another address, which had the same subscriber number before.
        """
        if not is_for(self.keys, token, address):
            raise TokenError("the link is for another address", "Request a new link.", expired=True)

    def language(self, request: Request) -> str:
        """Return the first of the browser's languages that has labels, or the publication's language."""
        return (
            preferred_language(request.headers.get("accept-language", ""), self.pages.labels)
            or self.publication.language
        )

    def words(self, request: Request) -> PagesLabels:
        """Return the labels in the language of a response."""
        return self.pages.labels[self.language(request)].pages

    def digest(self, text: str) -> str:
        """Return a keyed hash of an address or a network. Without the key, it cannot be reversed."""
        return hmac.digest(self.hash_key, text.encode(), "sha256").hex()[:12]

    def source(self, request: Request) -> str:
        """Return where consent was given: the page, and the hash of the network."""
        url = self.settings.pages_url or self.publication.site_url
        return f"{url}{page_of(request)}, network {self.digest(self.network(request))}"

    def network(self, request: Request) -> str:
        """Return the network that a request comes from."""
        return network_of(request.client.host if request.client else "")

    def note_limit(self, request: Request, limit: MailLimit | None) -> int:
        """Log a reached limit. Returns the seconds to wait if it is that of all mail, which is also an alarm."""
        if limit is None:
            return 0
        log(request, limit=limit.value)
        if limit is not MailLimit.ALL:
            return 0
        self._alarm.warn("mail limit reached", limit.value, an_hour=ALL_AN_HOUR)
        return _ALL_WAIT

    def notice(
        self, request: Request, title: str, note: str, status: int = 200, *, again: bool = False, **values: str
    ) -> Response:
        """A page that reports what happened; see `PublicPages.notice`."""
        language = self.language(request)
        return HTMLResponse(self.pages.notice(language, title, note, again=again, archive=False, **values), status)

    def missing(self, request: Request) -> Response:
        """The page for an address without a page, which links to the archive and to the subscription form."""
        language = self.language(request)
        web = self.pages.labels[language].web
        page = self.pages.notice(language, web.missing, web.missing_advice, again=True, archive=True)
        return HTMLResponse(page, 404)


def log(request: Request, **fields: object) -> None:
    """Add fields to the request's line in the access log."""
    request.scope[LOG_FIELDS].update(fields)


def page_of(request: Request) -> str:
    """Return the name of a page: the first part of its path below the base, which is never a token."""
    return str(request.scope["endpoint"].__name__)
