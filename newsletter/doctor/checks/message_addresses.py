"""Check the addresses in the header and the envelope of a message."""

from collections.abc import Iterator
from datetime import UTC, datetime

from newsletter.doctor.examined_publication import ExaminedPublication
from newsletter.mail.issue_mail import settings_head
from newsletter.mail.message import compose
from newsletter.preflight.diagnosis import Diagnosis, diagnose_attempt

# Placeholders: the message is never sent.
_DATE, _KEY = datetime(2023, 1, 1, tzinfo=UTC), b"an example"


def check_message_addresses(examined: ExaminedPublication) -> Iterator[Diagnosis]:
    """Compose an empty message to check that the sender and the list are valid in its header."""

    def compose_empty() -> str:
        head = compose("", "", settings_head(examined.publication, _DATE), [_KEY]).head
        return f"from {head.sender}, envelope sender {head.envelope_sender}, list {head.list_id}"

    yield diagnose_attempt("message", compose_empty)
