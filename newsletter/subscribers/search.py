"""Search the list for a part of an address or of a name."""

import unicodedata

from sqlalchemy import ColumnElement, and_, or_, true

from newsletter.database.tables import subscriber
from newsletter.errors import AddressError
from newsletter.text.email_address import check_address

MAX_TEXT = 320
"""The most characters of a search: the longest address, with some room."""


def build_search_condition(text: str) -> ColumnElement[bool]:
    """Return the condition that every word of a text is in the address or the name of a subscriber.

    Case does not count. An empty text matches all subscribers. A word that is an address matches each form of it.
    """
    return and_(true(), *(_contains(word) for word in text[:MAX_TEXT].split()))


def _contains(word: str) -> ColumnElement[bool]:
    normal = unicodedata.normalize("NFC", word)
    # Databases compare ASCII letters without their case; SQLite does not know the case of others.
    forms = {normal} if word.isascii() else {normal, normal.lower(), normal.capitalize(), normal.upper()}
    named = (subscriber.c.name.icontains(form, autoescape=True) for form in sorted(forms))
    return or_(subscriber.c.compared.contains(_normalised(word), autoescape=True), *named)


def _normalised(word: str) -> str:
    """Return a part of an address as the list compares it."""
    try:
        return check_address(word).compared
    except AddressError:
        return unicodedata.normalize("NFKC", word).casefold()
