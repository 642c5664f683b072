"""The fields of the form to subscribe besides the address: a name and interests, if the publication asks for them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.errors import NewsletterError
from newsletter.publication.settings import Publication
from newsletter.publication.subscribe_settings import SubscribeField
from newsletter.subscribers.attributes import check_name
from newsletter.subscribers.consent import Profile

MAX_NAME = 80
# A name is not a place for links, markup or addresses.
_NO_NAME = re.compile(r"://|www\.|[<>@]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Choice:
    """A language or a tag that a subscriber can select: its value, its label, and whether it is selected."""

    value: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class SignUpFields:
    """What a form asks for. `name` is None if it does not ask for it; `interests` are the tags to choose from.

    `name_fault` is the error of the name, or "". A hidden field `fields` shows that a form had these fields, because
    a form without selected interests submits none.
    """

    name: str | None = None
    name_fault: str = ""
    interests: Sequence[Choice] = ()

    @property
    def shown(self) -> bool:
        """True if the form asks for anything."""
        return self.name is not None or bool(self.interests)


NO_FIELDS = SignUpFields()


def sign_up_fields(
    publication: Publication, name: str = "", tags: Sequence[str] = (), name_fault: str = ""
) -> SignUpFields:
    """Return the fields that a publication asks for, with a name and selected tags."""
    asked = name[:MAX_NAME] if SubscribeField.NAME in publication.subscribe.fields else None
    return SignUpFields(asked, name_fault, [Choice(tag, tag, tag in tags) for tag in _offered(publication)])


def read_profile(publication: Publication, name: str, tags: Sequence[str]) -> Profile:
    """Return what a visitor submitted, as far as the publication asks for it.

    Raises:
        NewsletterError: The name is too long, or contains a link, markup, a line break or an invisible character.
    """
    offered = _offered(publication)
    asked = check_short_name(name) if SubscribeField.NAME in publication.subscribe.fields else None
    return Profile(asked, tuple(tag for tag in offered if tag in tags), offered)


def check_short_name(name: str) -> str:
    """Return a name that a visitor entered, without surrounding white space. It may be empty.

    Raises:
        NewsletterError: The name is not valid; see `read_profile`.
    """
    name = check_name(name)
    if len(name) > MAX_NAME or _NO_NAME.search(name):
        raise NewsletterError("not a valid name", f"Enter at most {MAX_NAME} characters, without links.")
    return name


def _offered(publication: Publication) -> tuple[str, ...]:
    asked = SubscribeField.INTERESTS in publication.subscribe.fields
    return tuple(dict.fromkeys(publication.delivery.tags)) if asked else ()
