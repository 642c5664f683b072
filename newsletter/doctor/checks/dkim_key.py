"""Check the private key that signs messages with DKIM (RFC 6376)."""

from collections.abc import Iterator

from newsletter.doctor.examined_publication import ExaminedPublication
from newsletter.errors import NewsletterError
from newsletter.mail.dkim import GOOD_BITS
from newsletter.preflight.diagnosis import Diagnosis, DiagnosisState, error_diagnosis


def check_dkim_key(examined: ExaminedPublication) -> Iterator[Diagnosis]:
    """Report a key that is missing or short, and settings without a key."""
    try:
        signature = examined.signature
    except NewsletterError as error:
        yield error_diagnosis("DKIM", error)
        return
    if signature is None:
        advice = (
            "Have your mail server sign, or set `delivery.dkim`."
            " Gmail and Yahoo reject newsletters without a signature."
        )
        yield Diagnosis("DKIM", DiagnosisState.NOTE, "newsletter does not sign messages", advice)
    elif signature.bits < GOOD_BITS:
        advice = f"Create a key with {GOOD_BITS} bits: `openssl genrsa -out dkim.pem {GOOD_BITS}`."
        yield Diagnosis("DKIM", DiagnosisState.WARNING, f"the key has {signature.bits} bits", advice)
    else:
        yield Diagnosis("DKIM", DiagnosisState.GOOD, f"the key has {signature.bits} bits")
