"""Validates email addresses, and normalises them for comparison."""

import re
import unicodedata
from typing import NamedTuple

from newsletter.errors import AddressError
from newsletter.text.domains import latin_double, mixed_scripts

# RFC 5321, 4.5.3.1: 64 octets before the @, 254 in all (RFC 3696, erratum 1690).
_LONGEST = 254
# Most addresses match this and need no check by the library, which takes fifty times as long. It is stricter than the
# library (no two hyphens in a row, so no Punycode). A property test compares the two.
_PLAIN = re.compile(
    r"(?=[^@]{1,64}@)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*"
    r"@((?:(?=[^.]{1,63}\.)[a-z0-9]+(?:-[a-z0-9]+)*\.)+"
    r"(?!(?:arpa|invalid|local|localhost|onion|test)\Z)[a-z]{2,63})"
)


class Address(NamedTuple):
    """A valid address.

    `typed` is the text without white space around it; if it is not ASCII, in Unicode's normal form NFC with the domain
    in lower case. `compared` is equal for two forms of the same address. `domain` is in ASCII (A-labels, RFC 5890), in
    lower case.
    """

    typed: str
    compared: str
    domain: str

    @property
    def mailbox(self) -> str:
        """The address for an SMTP envelope: the domain in ASCII; the part before the @ may be UTF-8 (RFC 6531)."""
        return self.typed if self.typed.isascii() else f"{self.typed.rpartition('@')[0]}@{self.domain}"


def check_address(text: str) -> Address:
    """Validate an email address.

    Comparison ignores case and Unicode forms of a letter (NFKC and full case folding, Unicode 16, 3.13), and uses the
    A-labels of domains. Letters that only look the same stay different.

    Raises:
        AddressError: The address is not valid, or its domain imitates another one.
    """
    text = text.strip()
    small = text.lower()
    plain = _PLAIN.fullmatch(small)
    if plain and len(small) <= _LONGEST and text.isascii():
        return Address(text, small, plain[1])
    return _checked(text)


def compared(text: str) -> str:
    """Return the normalised form of an address, for comparison.

    Raises:
        AddressError: See `check_address`.
    """
    return check_address(text).compared


def _checked(text: str) -> Address:
    from email_validator import EmailNotValidError, validate_email

    advice = "Use an address such as ann@example.org."
    if not text:
        raise AddressError("the email address is missing", advice)
    if len(text) > 2 * _LONGEST:
        raise AddressError(f"the email address has {len(text):,} characters; the limit is {_LONGEST}", advice)
    try:
        found = validate_email(text, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        reason = str(error).rstrip(".")
        raise AddressError(f"not a valid email address: `{text}` ({reason[0].lower()}{reason[1:]})", advice) from error
    if scripts := mixed_scripts(found.domain):
        raise AddressError(
            f"the domain of `{text}` mixes {' and '.join(scripts)} letters",
            "Type the domain again.",
        )
    if double := latin_double(found.domain):
        raise AddressError(f"the domain of `{text}` imitates {double} with other letters", "Type the domain again.")
    local = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", found.local_part).casefold())
    if local != found.local_part and not _is_valid(f"{local}@{found.ascii_domain}"):
        raise AddressError(f"not a valid email address: `{text}` (`{local}` is not allowed before the @-sign)", advice)
    typed = text if text.isascii() else found.normalized
    return Address(typed, f"{local}@{found.ascii_domain}", found.ascii_domain)


def _is_valid(address: str) -> bool:
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(address, check_deliverability=False, strict=True)
    except EmailNotValidError:
        return False
    return True
