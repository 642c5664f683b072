"""Check the transports: their settings, their passwords and, on request, their servers."""

from collections.abc import Iterator

from newsletter.doctor.diagnosis import Diagnosis, DiagnosisState, diagnose_attempt, error_diagnosis
from newsletter.doctor.examined_publication import ExaminedPublication
from newsletter.errors import NewsletterError
from newsletter.publication.delivery_settings import Security
from newsletter.text.private_hosts import is_private
from newsletter.transports.base import Transport
from newsletter.transports.registry import TRANSPORTS, open_transports


def check_transports(examined: ExaminedPublication) -> Iterator[Diagnosis]:
    """Report missing settings, connections without encryption and, with `connects`, servers that do not answer."""
    settings = examined.delivery
    if not TRANSPORTS[settings.transport].sends:
        message = f"messages go to `{settings.transport}`, and nothing is sent"
        yield Diagnosis("transport", DiagnosisState.WARNING, message, "Write `transport: smtp` to send.")
        return
    try:
        transports = open_transports(settings, examined.environment, examined.workspace.root)
    except NewsletterError as error:
        yield error_diagnosis("transport", error)
        return
    for server in settings.smtp:
        if server.security is Security.NONE and not is_private(f"http://{server.host}/"):
            message = f"messages to {server.host} can be read and changed on their way"
            yield Diagnosis("transport", DiagnosisState.WARNING, message, "Write `security: starttls` or `tls`.")
    for transport in transports:
        if examined.connects:
            yield _connected(transport)
        else:
            yield Diagnosis("transport", DiagnosisState.GOOD, f"{transport.name} is set up; --connect asks it")


def _connected(transport: Transport) -> Diagnosis:
    def connect() -> str:
        transport.connect().close()
        return f"{transport.name} answers, and lets us in"

    return diagnose_attempt("transport", connect)
