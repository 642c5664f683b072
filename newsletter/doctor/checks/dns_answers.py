"""Check the DNS records of the sender for SPF and DKIM, and MX for bounces."""

from collections.abc import Iterator

from newsletter.doctor.dns_lookup import accepts_mail, txt_records
from newsletter.doctor.dns_records import Record, RecordKind, compare_record
from newsletter.doctor.examined_publication import ExaminedPublication
from newsletter.errors import NewsletterError, NotFoundError
from newsletter.mail.headers import wire_domain
from newsletter.preflight.diagnosis import Diagnosis, DiagnosisState, diagnose_attempt, error_diagnosis


def check_dns(examined: ExaminedPublication) -> Iterator[Diagnosis]:
    """Report an invalid domain and, with `asks_dns`, records that are missing or different."""
    try:
        records = examined.records
    except NewsletterError as error:
        yield error_diagnosis("DNS", error)
        return
    if examined.asks_dns:
        for record in records:
            if record.kind is not RecordKind.DMARC:
                yield _compare(examined, record)
        yield _check_bounce_domain(examined)


def _compare(examined: ExaminedPublication, record: Record) -> Diagnosis:
    about = f"DNS, {record.kind}"
    try:
        difference = compare_record(record, txt_records(record.name, examined.name_server))
    except NewsletterError as error:
        return error_diagnosis(about, error)
    if difference is None:
        return Diagnosis(about, DiagnosisState.GOOD, f"{record.name} is correct")
    state = DiagnosisState.ERROR if difference.is_error else DiagnosisState.WARNING
    return Diagnosis(about, state, difference.message, difference.advice)


def _check_bounce_domain(examined: ExaminedPublication) -> Diagnosis:
    """Check whether the domain of the envelope sender accepts mail."""
    address = examined.delivery.envelope_sender or examined.publication.sender.email
    domain = wire_domain(address.rpartition("@")[2])

    def look_up() -> str:
        if not accepts_mail(domain, examined.name_server):
            raise NotFoundError(f"{domain} does not accept mail, so bounces cannot arrive", "Add an MX record.")
        return f"{domain} accepts mail, so bounces can arrive"

    return diagnose_attempt("DNS, MX", look_up)
