"""Run all checks of a publication and collect their results."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from newsletter.doctor.checks.bounce_mailbox import check_bounce_mailbox
from newsletter.doctor.checks.database_access import check_database
from newsletter.doctor.checks.dkim_key import check_dkim_key
from newsletter.doctor.checks.dmarc_policy import check_dmarc
from newsletter.doctor.checks.dns_answers import check_dns
from newsletter.doctor.checks.message_addresses import check_message_addresses
from newsletter.doctor.checks.publication_settings import check_publication_settings
from newsletter.doctor.checks.sending_settings import check_sending_settings
from newsletter.doctor.checks.transport_setup import check_transports
from newsletter.doctor.checks.warm_up_limit import check_warm_up_limit
from newsletter.doctor.checks.webhooks import check_webhooks
from newsletter.doctor.dns_records import Record
from newsletter.doctor.examined_publication import ExaminedPublication
from newsletter.errors import NewsletterError
from newsletter.preflight.diagnosis import Diagnosis, DiagnosisState

Check = Callable[[ExaminedPublication], Iterator[Diagnosis]]

# The checks, in the order of the report. A new check is one file in `checks/` and one line here.
CHECKS: tuple[Check, ...] = (
    check_sending_settings,
    check_publication_settings,
    check_message_addresses,
    check_transports,
    check_database,
    check_warm_up_limit,
    check_webhooks,
    check_bounce_mailbox,
    check_dkim_key,
    check_dns,
    check_dmarc,
)


@dataclass(frozen=True, slots=True)
class Examination:
    """The results of the checks, and the DNS records that the publication needs."""

    diagnoses: tuple[Diagnosis, ...]
    records: tuple[Record, ...]

    @property
    def failed(self) -> bool:
        """Whether there is an error."""
        return any(diagnosis.state is DiagnosisState.ERROR for diagnosis in self.diagnoses)


def examine(examined: ExaminedPublication) -> Examination:
    """Run all checks. Nothing is sent over the network unless `examined` allows it."""
    diagnoses = tuple(diagnosis for check in CHECKS for diagnosis in check(examined))
    try:
        records = examined.records
    except NewsletterError:
        # `check_dns` reports why there are none.
        records = ()
    return Examination(diagnoses, records)
