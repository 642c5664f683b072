"""Check that a transport is configured and has its password."""

import os
from collections.abc import Iterator

from newsletter.errors import NewsletterError
from newsletter.preflight.diagnosis import Diagnosis, DiagnosisState, error_diagnosis
from newsletter.transports.registry import TRANSPORTS, open_transports
from newsletter.workspace.workspace import Workspace


def check_transport(workspace: Workspace) -> Iterator[Diagnosis]:
    """Report missing servers and passwords. Nothing is connected."""
    delivery = workspace.publication.delivery
    if delivery.transport.value == "smtp" and not delivery.smtp:
        advice = "Write in newsletter.yaml, below `delivery:`, `smtp: [{host: smtp.example.org, username: me}]`."
        yield Diagnosis("transport", DiagnosisState.ERROR, "no mail server is configured", advice)
        return
    try:
        transports = open_transports(delivery, os.environ, workspace.root)
    except NewsletterError as error:
        yield error_diagnosis("transport", error)
        return
    names = ", ".join(transport.name for transport in transports)
    if TRANSPORTS[delivery.transport].sends:
        yield Diagnosis("transport", DiagnosisState.GOOD, names)
    else:
        yield Diagnosis("transport", DiagnosisState.NOTE, f"`{delivery.transport}` does not send messages")
