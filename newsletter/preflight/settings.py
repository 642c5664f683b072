"""Check the settings of `newsletter.yaml` that do not depend on an issue."""

from collections.abc import Iterator

from newsletter.preflight.diagnosis import Diagnosis
from newsletter.preflight.placeholders import check_placeholders
from newsletter.preflight.sender_domains import check_sender_domains
from newsletter.preflight.transport import check_transport
from newsletter.preflight.unsubscribing import check_unsubscribing
from newsletter.workspace.workspace import Workspace


def check_settings(workspace: Workspace) -> Iterator[Diagnosis]:
    """Check placeholders, domains, unsubscribing and the transport, without the network."""
    yield from check_placeholders(workspace.document)
    yield from check_sender_domains(workspace.document)
    yield from check_unsubscribing(workspace.document)
    yield from check_transport(workspace)
