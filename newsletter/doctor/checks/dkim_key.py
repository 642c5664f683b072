"""Check the private keys that sign messages with DKIM (RFC 6376)."""

from collections.abc import Iterator

from newsletter.doctor.examined_publication import ExaminedPublication
from newsletter.errors import NewsletterError
from newsletter.mail.dkim import GOOD_BITS, DkimKey, KeyType
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
        return
    for key in signature.keys:
        yield _check_key(key)


def _check_key(key: DkimKey) -> Diagnosis:
    try:
        public = key.public
        bits = key.bits
    except NewsletterError as error:
        return error_diagnosis("DKIM", error)
    if key.type is KeyType.ED25519:
        return Diagnosis("DKIM, Ed25519", DiagnosisState.GOOD, f"the public key is {public}")
    if bits < GOOD_BITS:
        advice = f"Create a key with {GOOD_BITS} bits: `openssl genrsa -out dkim.pem {GOOD_BITS}`."
        return Diagnosis("DKIM", DiagnosisState.WARNING, f"the key has {bits} bits", advice)
    return Diagnosis("DKIM", DiagnosisState.GOOD, f"the key has {bits} bits")
