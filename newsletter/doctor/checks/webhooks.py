"""Check the webhooks of mail providers: their secrets, their URLs, and when each last sent something."""

from collections.abc import Iterator
from datetime import UTC, datetime

from newsletter.bounces.providers.receive import last_requests
from newsletter.bounces.providers.registry import PROVIDERS
from newsletter.bounces.providers.secrets import webhook_secrets
from newsletter.doctor.examined_publication import ExaminedPublication
from newsletter.errors import NewsletterError
from newsletter.preflight.diagnosis import Diagnosis, DiagnosisState, error_diagnosis
from newsletter.workspace.open_database import open_database


def check_webhooks(examined: ExaminedPublication) -> Iterator[Diagnosis]:
    """Report each webhook in the settings with its URL and its last request."""
    settings = examined.delivery
    webhooks = settings.bounces.webhooks if settings.bounces else ()
    if not webhooks:
        return
    try:
        webhook_secrets(settings, examined.environment)
        with open_database(examined.workspace, writes=False) as database:
            last: dict[str, int] = {}
            if not database.is_placeholder:
                with database.read() as connection:
                    last = last_requests(connection)
    except NewsletterError as error:
        yield error_diagnosis("webhook", error)
        return
    base = settings.pages_url or examined.publication.site_url
    for webhook in webhooks:
        name = webhook.provider
        url = f"{base}webhooks/{name}{'/SECRET' if PROVIDERS[name].secret_in_path else ''}"
        if name in last:
            at = datetime.fromtimestamp(last[name], UTC)
            yield Diagnosis("webhook", DiagnosisState.GOOD, f"{name} last sent an event on {at:%Y-%m-%d at %H:%M} UTC")
        else:
            message = f"{name} has sent nothing so far"
            yield Diagnosis("webhook", DiagnosisState.NOTE, message, f"Set the URL at the provider: {url}")
