"""Check that recipients can unsubscribe: by the public pages, or by mail to a mailbox that `newsletter bounces` reads.

RFC 2369 (List-Unsubscribe); RFC 8058 (one click), which Gmail and Yahoo require of bulk senders.
"""

import asyncio
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from newsletter.errors import FetchError
from newsletter.http.fetcher import Fetcher
from newsletter.mail.probe import answer_of, probe_token
from newsletter.preflight.candidate import may_reach_readers, stays_on_this_machine
from newsletter.preflight.diagnosis import Diagnosis, DiagnosisState, located
from newsletter.publication.publication_file import PublicationDocument
from newsletter.text.private_hosts import is_private

_PAGES_LINE = "Write in newsletter.yaml, below `delivery:`, `pages_url: https://…`, the address of `newsletter serve`"


def check_unsubscribing(document: PublicationDocument) -> Iterator[Diagnosis]:
    """Check the settings, without the network."""
    delivery = document.publication.delivery
    if delivery.pages_url:
        yield _check_pages_url(document, delivery.pages_url)
    elif delivery.unsubscribe:
        yield from _check_mailbox(document, delivery.unsubscribe)
    else:
        state = DiagnosisState.ERROR if may_reach_readers(document.publication) else DiagnosisState.WARNING
        message = "no way to unsubscribe is configured"
        advice = f"{_PAGES_LINE}, or `unsubscribe: mailto:ADDRESS` of the mailbox that `newsletter bounces` reads."
        yield Diagnosis("unsubscribe", state, message, advice)


def _check_pages_url(document: PublicationDocument, pages_url: str) -> Diagnosis:
    publication = document.publication
    # With `allow_private`, the author tries out all of it on this machine.
    trial = stays_on_this_machine(publication.delivery) and publication.preflight.allow_private
    local = trial or not may_reach_readers(publication)
    steps = ("delivery", "pages_url")
    if is_private(pages_url) and not local:
        message = f"subscribers cannot reach {pages_url} to unsubscribe"
        advice = "Write the public address of `newsletter serve`."
        return located(DiagnosisState.ERROR, document.problem(steps, message, advice))
    if urlsplit(pages_url).scheme.lower() != "https" and not local:
        message = f"{pages_url} does not use https"
        advice = "Use https. Without it, inboxes show no unsubscribe button (RFC 8058)."
        return located(DiagnosisState.ERROR, document.problem(steps, message, advice))
    return Diagnosis("unsubscribe", DiagnosisState.GOOD, f"unsubscribe and preferences pages are below {pages_url}")


def _check_mailbox(document: PublicationDocument, address: str) -> Iterator[Diagnosis]:
    delivery = document.publication.delivery
    steps = ("delivery", "unsubscribe")
    mailbox = delivery.bounces.imap if delivery.bounces else None
    readers = {value.casefold() for value in (mailbox.username, delivery.envelope_sender or "")} if mailbox else set()
    if address.casefold() not in readers:
        message = f"`newsletter bounces` does not read mail to {address}"
        advice = (
            "Write that mailbox as `delivery.bounces.imap`, with its address as `username` or as"
            " `delivery.envelope_sender`."
        )
        yield located(DiagnosisState.ERROR, document.problem(steps, message, advice))
        return
    message = f"readers can unsubscribe only by mail to {address}; Gmail and Yahoo require a one-click link (RFC 8058)"
    advice = f"{_PAGES_LINE}. Run `newsletter bounces --imap` every day until then."
    yield Diagnosis("unsubscribe", DiagnosisState.WARNING, message, advice)


def check_pages_online(pages_url: str, keys: Sequence[bytes], fetcher: Fetcher, now: int) -> Diagnosis:
    """Request an unsubscribe page with a token that belongs to no subscriber, which only our pages can answer.

    Args:
        pages_url: The address of the public pages; it ends with a slash.
        keys: The keys that sign tokens, oldest first.
        fetcher: Requests the page; it must not have a cache.
        now: Seconds since 1970 (UTC).
    """
    token = probe_token(keys, now)

    async def request() -> tuple[int, bytes]:
        async with fetcher:
            response = await fetcher.fetch(f"{pages_url}unsubscribe/{token}")
            return response.status, response.content

    where = "unsubscribe"
    advice = f"Run `newsletter serve`, and forward {pages_url} to it; docs/pages.md shows how."
    try:
        status, content = asyncio.run(request())
    except FetchError as error:
        return Diagnosis(where, DiagnosisState.ERROR, f"cannot reach {pages_url}: {error.message}", advice)
    if content.strip() == answer_of(keys, token).encode():
        return Diagnosis(where, DiagnosisState.GOOD, f"{pages_url} answers")
    if status == 400:
        advice = "Use the same database for `newsletter serve` and `newsletter send`."
        message = f"the pages at {pages_url} do not recognise the links of this database"
        return Diagnosis(where, DiagnosisState.ERROR, message, advice)
    message = f"`newsletter serve` does not answer at {pages_url} (status {status})"
    return Diagnosis(where, DiagnosisState.ERROR, message, advice)
