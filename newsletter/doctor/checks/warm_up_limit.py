"""Report today's limit of messages while a new domain is warmed up."""

from collections.abc import Iterator

from newsletter.campaign.warm_up import WarmUp
from newsletter.doctor.examined_publication import ExaminedPublication
from newsletter.fields.zone import find_zone
from newsletter.preflight.diagnosis import Diagnosis, diagnose_attempt
from newsletter.workspace.open_database import open_database


def check_warm_up_limit(examined: ExaminedPublication) -> Iterator[Diagnosis]:
    """Report the limit of `delivery.warmup`, if it is set, and how many messages were accepted today."""
    settings = examined.delivery.warmup
    if settings is None:
        return

    def read_limit() -> str:
        zone = find_zone(examined.publication.timezone)
        with open_database(examined.workspace, writes=False) as database:
            day = WarmUp(settings, zone, database).today()
        return f"today's limit is {day.limit:,} messages, {day.accepted:,} accepted so far"

    yield diagnose_attempt("warm-up", read_limit)
