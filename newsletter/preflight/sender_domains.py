"""Check that sender, site and pages are not on a domain that is reserved for examples (RFC 2606)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from newsletter.preflight.candidate import stays_on_this_machine
from newsletter.preflight.diagnosis import Diagnosis, DiagnosisState, located
from newsletter.preflight.placeholders import placeholders
from newsletter.publication.publication_file import PublicationDocument
from newsletter.text.domains import host_of, is_reserved

if TYPE_CHECKING:
    from newsletter.documents.paths import Steps


def check_sender_domains(document: PublicationDocument) -> Iterator[Diagnosis]:
    """Report each reserved domain, unless no message leaves this machine."""
    publication = document.publication
    sender = publication.sender.email
    values: list[tuple[Steps, str, str]] = [
        (("from", "email"), sender.rpartition("@")[2], "Write the address that your email is from."),
        (("site_url",), host_of(publication.site_url), "Write the address of your web archive."),
    ]
    if pages_url := publication.delivery.pages_url:
        values.append((("delivery", "pages_url"), host_of(pages_url), "Write the address of `newsletter serve`."))
    # A placeholder is reported as such.
    examples = {finding.steps for finding in placeholders(document)}
    reserved = [value for value in values if is_reserved(value[1]) and value[0] not in examples]
    if reserved and stays_on_this_machine(publication.delivery):
        message = f"{reserved[0][1]} is reserved for examples; messages stay on this machine"
        yield Diagnosis("sender", DiagnosisState.NOTE, message)
        return
    for steps, domain, advice in reserved:
        message = f"{domain} is reserved for examples (RFC 2606), so no reader can reach it"
        yield located(DiagnosisState.ERROR, document.problem(steps, message, advice))
    if not (reserved or examples):
        yield Diagnosis("sender", DiagnosisState.GOOD, f"from {sender}")
