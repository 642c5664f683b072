"""Check the public address of the pages to unsubscribe and to change preferences."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from newsletter.doctor.diagnosis import Diagnosis, DiagnosisState
from newsletter.doctor.examined_publication import ExaminedPublication
from newsletter.text.private_hosts import is_private


def check_pages_address(examined: ExaminedPublication) -> Iterator[Diagnosis]:
    """Report an address that readers cannot reach, or that is not https, which one-click unsubscribing needs."""
    pages_url = examined.delivery.pages_url
    url = pages_url or examined.publication.site_url
    name = "`delivery.pages_url`" if pages_url else "`site_url`"
    if is_private(url):
        advice = f"Write in {name} the public address under which `newsletter serve` is reached."
        yield Diagnosis("pages", DiagnosisState.ERROR, f"nobody else reaches {url} to leave", advice)
    elif urlsplit(url).scheme.lower() != "https":
        advice = f"Write https in {name}: without it no inbox shows a button to leave (RFC 8058)."
        yield Diagnosis("pages", DiagnosisState.ERROR, f"{url} has no https", advice)
    else:
        # Issues link to the preferences page only where `pages_url` is set.
        what = "leaving and preferences are" if pages_url else "leaving is"
        yield Diagnosis("pages", DiagnosisState.GOOD, f"{what} below {url}")
