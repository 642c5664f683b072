"""Check the transports: their settings, their passwords and, with `connects`, their servers."""

from collections.abc import Iterator

from newsletter.doctor.examined_publication import ExaminedPublication
from newsletter.errors import NewsletterError
from newsletter.preflight.diagnosis import Diagnosis, DiagnosisState, diagnose_attempt, error_diagnosis
from newsletter.publication.delivery_settings import Security
from newsletter.text.private_hosts import is_private
from newsletter.transports.base import Transport
from newsletter.transports.registry import TRANSPORTS, open_transports


def check_transports(examined: ExaminedPublication) -> Iterator[Diagnosis]:
    """Report missing settings, unencrypted connections and, with `connects`, servers that cannot be reached."""
    settings = examined.delivery
    if not TRANSPORTS[settings.transport].sends:
        message = f"`{settings.transport}` does not send messages"
        yield Diagnosis("transport", DiagnosisState.WARNING, message, "Set `delivery.transport` to `smtp` to send.")
        return
    try:
        transports = open_transports(settings, examined.environment, examined.workspace.root)
    except NewsletterError as error:
        yield error_diagnosis("transport", error)
        return
    for server in settings.smtp:
        if server.security is Security.NONE and not is_private(f"http://{server.host}/"):
            message = f"the connection to {server.host} is not encrypted"
            yield Diagnosis("transport", DiagnosisState.WARNING, message, "Set `security` to `starttls` or `tls`.")
    for transport in transports:
        if examined.connects:
            yield _check_connection(transport)
        else:
            yield Diagnosis(
                "transport", DiagnosisState.GOOD, f"{transport.name} is configured; use --connect to test it"
            )


def _check_connection(transport: Transport) -> Diagnosis:
    def connect() -> str:
        transport.connect().close()
        return f"connected to {transport.name}"

    return diagnose_attempt("transport", connect)
