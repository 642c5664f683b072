"""Check the public address of the unsubscribe and preferences pages."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from newsletter.doctor.diagnosis import Diagnosis, DiagnosisState
from newsletter.doctor.examined_publication import ExaminedPublication
from newsletter.text.private_hosts import is_private


def check_pages_address(examined: ExaminedPublication) -> Iterator[Diagnosis]:
    """Report an address that readers cannot reach, or without https, which one-click unsubscribe needs (RFC 8058)."""
    pages_url = examined.delivery.pages_url
    url = pages_url or examined.publication.site_url
    name = "`delivery.pages_url`" if pages_url else "`site_url`"
    if is_private(url):
        advice = f"Set {name} to the public address of `newsletter serve`."
        yield Diagnosis("pages", DiagnosisState.ERROR, f"subscribers cannot reach {url} to unsubscribe", advice)
    elif urlsplit(url).scheme.lower() != "https":
        advice = f"Use https in {name}. Without it, inboxes show no unsubscribe button (RFC 8058)."
        yield Diagnosis("pages", DiagnosisState.ERROR, f"{url} does not use https", advice)
    else:
        # Issues link to the preferences page only where `pages_url` is set.
        pages = "unsubscribe and preferences pages are" if pages_url else "the unsubscribe page is"
        yield Diagnosis("pages", DiagnosisState.GOOD, f"{pages} below {url}")
