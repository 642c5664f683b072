"""Check the settings as the preflight does: placeholders, sender, and unsubscribing."""

import time
from collections.abc import Iterator

from newsletter.database.signing_keys import TOKENS, signing_keys
from newsletter.doctor.examined_publication import ExaminedPublication
from newsletter.errors import NewsletterError
from newsletter.http.publication_fetcher import open_fetcher
from newsletter.preflight.diagnosis import Diagnosis, error_diagnosis
from newsletter.preflight.placeholders import check_placeholders
from newsletter.preflight.sender_domains import check_sender_domains
from newsletter.preflight.unsubscribing import check_pages_online, check_unsubscribing
from newsletter.workspace.open_database import open_database


def check_sending_settings(examined: ExaminedPublication) -> Iterator[Diagnosis]:
    """Report what the preflight would report. With `connects`, the public pages are requested."""
    document = examined.workspace.document
    yield from check_placeholders(document)
    yield from check_sender_domains(document)
    yield from check_unsubscribing(document)
    if examined.connects and examined.delivery.pages_url:
        yield _check_pages(examined, examined.delivery.pages_url)


def _check_pages(examined: ExaminedPublication, pages_url: str) -> Diagnosis:
    allow_private = examined.publication.preflight.allow_private
    try:
        with open_database(examined.workspace) as database, database.write() as connection:
            keys = signing_keys(connection, TOKENS)
    except NewsletterError as error:
        return error_diagnosis("unsubscribe", error)
    fetcher = open_fetcher(examined.workspace, allow_private=allow_private, kept_seconds=0)
    return check_pages_online(pages_url, keys, fetcher, int(time.time()))
