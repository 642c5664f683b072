"""Start-up of the public pages: settings, database, mail queue, and their shutdown."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from urllib.parse import urlsplit

from newsletter.bounces.providers.secrets import webhook_secrets
from newsletter.database.database import Database
from newsletter.database.group_commit import GroupCommitWriter
from newsletter.database.signing_keys import TOKENS, signing_keys
from newsletter.database.states import MailKind, SubscriberState
from newsletter.errors import FetchError
from newsletter.http.publication_fetcher import open_fetcher
from newsletter.mail.mail_queue import QueuedMail
from newsletter.mail.queue_worker import RETRY_WAITS, MailQueueWorker
from newsletter.mail.transactional import TransactionalMail
from newsletter.publication.label_files import labels_by_language, read_labels
from newsletter.render.page_templates import PageTemplates
from newsletter.render.template_cache import cache_folder
from newsletter.render.templates import Templates
from newsletter.subscribers.subscriber import Subscriber
from newsletter.transports.registry import open_transports
from newsletter.web.context import PagesContext
from newsletter.web.pages import PreferencesView, PublicPages
from newsletter.web.rate_limit import RateLimits
from newsletter.web.sign_up_fields import Choice, SignUpFields
from newsletter.workspace.open_database import open_database
from newsletter.workspace.workspace import Workspace

# The purpose of the key that hashes addresses and networks. Databases contain it under this name.
_HASHES = "journal"


@contextmanager
def pages_context(
    workspace: Workspace,
    environment: Mapping[str, str],
    clock: Callable[[], float] = time.time,
    waits: Sequence[int] = RETRY_WAITS,
) -> Iterator[PagesContext]:
    """Start what the public pages need, and shut it down at the end of the block.

    Mail that an earlier process left in the queue is sent.

    Args:
        workspace: The publication.
        environment: The environment variables with passwords and the DKIM key.
        clock: Returns seconds since 1970 (UTC).
        waits: Seconds between the first attempts to send a transactional mail.

    Raises:
        NewsletterError: A setting, a template, a label, the database or a password is missing or invalid.
    """
    publication = workspace.publication
    templates = page_templates(workspace, environment)
    pages = PublicPages(templates)
    webhooks = webhook_secrets(publication.delivery, environment)
    fetch = partial(_fetch, workspace)
    transports = open_transports(publication.delivery, environment, workspace.root)
    with ExitStack() as stack:
        database = stack.enter_context(open_database(workspace))
        with database.write() as connection:
            keys, (hash_key, *_) = signing_keys(connection, TOKENS), signing_keys(connection, _HASHES)
        mail = transactional_mail(workspace, templates, database, environment)
        _check(pages, mail)
        writer = GroupCommitWriter(database)
        stack.callback(writer.close)
        worker = MailQueueWorker(database, writer, transports, mail.message, clock, waits)
        stack.callback(worker.close)
        worker.start()
        limits = RateLimits(time.monotonic)
        yield PagesContext(
            *(database, writer, worker, pages, publication, limits, keys, hash_key, mail.welcome_issue),
            *(webhooks, fetch, workspace.issues_folder, clock),
        )


def page_templates(workspace: Workspace, environment: Mapping[str, str]) -> PageTemplates:
    """Return the templates of the pages and of transactional mail.

    Raises:
        NewsletterError: A label is missing or invalid.
    """
    publication = workspace.publication
    labels = labels_by_language(workspace.template_folders)
    labels[publication.language] = read_labels(workspace.template_folders, publication.language)
    base = urlsplit(publication.delivery.pages_url or publication.site_url).path
    found = Templates(workspace.template_folders, cache_folder(environment))
    return PageTemplates(publication, found, labels, base)


def transactional_mail(
    workspace: Workspace, templates: PageTemplates, database: Database, environment: Mapping[str, str]
) -> TransactionalMail:
    """Return what composes transactional mail, with the current keys of a database.

    Raises:
        NotFoundError, AccessError: The key for DKIM is missing or cannot be read.
    """

    def current_keys() -> list[bytes]:
        with database.read() as connection:
            return signing_keys(connection, TOKENS)

    return TransactionalMail(workspace, templates, current_keys, environment)


def _fetch(workspace: Workspace, url: str) -> bytes:
    """Request a public URL for the verification of a webhook's request.

    Raises:
        FetchError: It cannot be requested, or its status is not 200.
    """

    async def request() -> bytes:
        async with open_fetcher(workspace) as fetcher:
            response = await fetcher.fetch(url)
            if not response.ok:
                raise FetchError(f"{url} responds with {response.status}")
            return response.content

    return asyncio.run(request())


def _check(pages: PublicPages, mail: TransactionalMail) -> None:
    """Render each page and a message in each language, so that errors are reported at start-up.

    Raises:
        NewsletterError: A template fails, the sender's address is not valid in a header, or signing fails.
    """
    reader = Subscriber(0, "reader@example.com", "reader@example.com", "", "", (), SubscriberState.PENDING, "", 0, 0)
    choice = Choice("en", "English", chosen=True)
    fields = SignUpFields("", " ", [choice])
    shown = PreferencesView("", True, [choice], [choice], "", "", "", fresh=True, saved=True, fields=fields)
    for language in pages.labels:
        pages.subscribe(language, fields, fault=" ")
        pages.unsubscribe(language, "", fault=" ")
        pages.question(language, "", "", "", fields=fields)
        pages.notice(language, "", "", again=True)
        pages.preferences(language, shown)
        mail.message(QueuedMail(0, MailKind.CONFIRMATION, reader, language, 0, 0))
