"""Email addresses: which can be written to, and which two are one person's."""

import re
import unicodedata
from typing import NamedTuple

from newsletter.errors import AddressError
from newsletter.text.domains import latin_double, mixed_scripts

# RFC 5321, 4.5.3.1: 64 octets before the @, 254 in all (RFC 3696, erratum 1690).
_LONGEST = 254
# The addresses of nearly everybody, told without the library, which takes fifty times as long. It is stricter than
# the library (no two hyphens together, so no Punycode), and a property test holds it to the library's answer.
_PLAIN = re.compile(
    r"(?=[^@]{1,64}@)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*"
    r"@((?:(?=[^.]{1,63}\.)[a-z0-9]+(?:-[a-z0-9]+)*\.)+"
    r"(?!(?:arpa|invalid|local|localhost|onion|test)\Z)[a-z]{2,63})"
)


class Address(NamedTuple):
    """An address that has been checked.

    `typed` is what was typed, without white space around it; where it is not ASCII, in Unicode's normal form NFC with
    the domain in small letters. `compared` is the form in which two addresses are one person's. `domain` is in ASCII
    (A-labels, RFC 5890), in small letters.
    """

    typed: str
    compared: str
    domain: str

    @property
    def mailbox(self) -> str:
        """The address as an envelope carries it: the domain in ASCII; before the @ it may be UTF-8 (RFC 6531)."""
        return self.typed if self.typed.isascii() else f"{self.typed.rpartition('@')[0]}@{self.domain}"


def check_address(text: str) -> Address:
    """The address that a text says.

    Two addresses are compared without regard to case and to Unicode's ways of writing a letter (NFKC and full case
    folding, Unicode 16, 3.13); domains by their A-labels. No letter is taken for one that only looks like it.

    Raises:
        AddressError: no mail can reach it, or its domain mixes scripts so that it looks like another.
    """
    text = text.strip()
    small = text.lower()
    plain = _PLAIN.fullmatch(small)
    if plain and len(small) <= _LONGEST and text.isascii():
        return Address(text, small, plain[1])
    return _checked(text)


def compared(text: str) -> str:
    """The form in which an address is compared.

    Raises:
        AddressError: see `check_address`.
    """
    return check_address(text).compared


def _checked(text: str) -> Address:
    from email_validator import EmailNotValidError, validate_email

    advice = "Write one such as ann@example.org."
    if not text:
        raise AddressError("there is no email address here", advice)
    if len(text) > 2 * _LONGEST:
        raise AddressError(f"an email address has at most {_LONGEST} characters, and this has {len(text):,}", advice)
    try:
        found = validate_email(text, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        reason = str(error).rstrip(".")
        raise AddressError(f"`{text}` is no email address: {reason[0].lower()}{reason[1:]}", advice) from error
    if scripts := mixed_scripts(found.domain):
        raise AddressError(
            f"`{text}` mixes {' and '.join(scripts)} letters in its domain, to look like another one",
            "Type the domain again.",
        )
    if double := latin_double(found.domain):
        raise AddressError(f"`{text}` is not at {double}: its letters only look like it", "Type the domain again.")
    local = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", found.local_part).casefold())
    typed = text if text.isascii() else found.normalized
    return Address(typed, f"{local}@{found.ascii_domain}", found.ascii_domain)
