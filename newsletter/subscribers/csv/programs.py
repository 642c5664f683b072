"""The registry of CSV exports: how to recognise the program of a file, and the meaning of its columns.

To add a program, add a `Program` to `PROGRAMS`, with its column names in lower case; case is ignored. Then add it to
docs/subscribers.md, and a sample to tests/subscribers/test_list_import.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.database.states import SubscriberState
from newsletter.errors import NewsletterError

_ACTIVE, _PENDING = SubscriberState.ACTIVE, SubscriberState.PENDING
_UNSUBSCRIBED, _BOUNCED = SubscriberState.UNSUBSCRIBED, SubscriberState.BOUNCED
_COMPLAINED = SubscriberState.COMPLAINED

Words = Mapping[str, SubscriberState]


@dataclass(frozen=True)
class Program:
    """A program and the columns of its export.

    Attributes:
        name: the name of the program in messages.
        marks: the columns that identify the program; all must exist. Of `a|b`, one is enough.
        email: the possible columns of the address. The first that exists is used, as in the next fields.
        names: the columns of the parts of the name, which are joined with spaces.
        language: the possible columns of the language.
        tags: the possible columns of the tags.
        joined: the possible columns of the time of consent.
        consent: the possible columns of the source of consent.
        states: the columns that contain a state, with their words. An unknown word makes a row invalid.
        dated: the columns that contain the time of a withdrawal, with the state if the value is not empty.
        refused: prefixes of file names that contain no subscribers, with a description of the content and advice.

    If several columns contain a state, the strictest counts. Without a state, the subscriber is active.
    """

    name: str
    marks: frozenset[str]
    email: tuple[str, ...] = ("email",)
    names: tuple[str, ...] = ("name",)
    language: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    joined: tuple[str, ...] = ("created_at",)
    consent: tuple[str, ...] = ()
    states: Mapping[str, Words] = field(default_factory=dict)
    dated: Words = field(default_factory=dict)
    refused: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def matches(self, columns: set[str]) -> bool:
        """Return whether a file with these columns, in lower case, is an export of the program."""
        return all(columns & set(mark.split("|")) for mark in self.marks)


_OWN: Words = {state.value: state for state in SubscriberState}
_COMMON: Words = {
    **_OWN,
    "subscribed": _ACTIVE,
    "confirmed": _ACTIVE,
    "enabled": _ACTIVE,
    "unconfirmed": _PENDING,
    "disabled": _UNSUBSCRIBED,
    "blocklisted": _UNSUBSCRIBED,
    "removed": _UNSUBSCRIBED,
    "cleaned": _BOUNCED,
    "spam": _COMPLAINED,
}
_BUTTONDOWN: Words = {
    **dict.fromkeys(("regular", "premium", "gifted", "unpaid", "trialed", "churning", "churned", "past_due"), _ACTIVE),
    **dict.fromkeys(("unactivated", "upcoming"), _PENDING),
    **dict.fromkeys(("unsubscribed", "removed", "blocked", "spammy", "malformed", "paused"), _UNSUBSCRIBED),
    "undeliverable": _BOUNCED,
    "complained": _COMPLAINED,
}
_YES: Words = {"true": _ACTIVE, "false": _UNSUBSCRIBED}
_NO: Words = {"true": _UNSUBSCRIBED, "false": _ACTIVE}

PROGRAMS = (
    Program(
        "newsletter subscribers export",
        frozenset({"email", "state", "consent_source", "consent_at"}),
        language=("language",),
        tags=("tags",),
        joined=("consent_at",),
        consent=("consent_source",),
        states={"state": _OWN},
    ),
    Program(
        "Mailchimp",
        frozenset({"leid", "euid"}),
        email=("email address",),
        names=("first name", "last name"),
        tags=("tags",),
        joined=("confirm_time", "optin_time"),
        dated={"unsub_time": _UNSUBSCRIBED, "clean_time": _BOUNCED},
        refused={
            "nonsubscribed": (
                "contacts who never subscribed (Mailchimp: non-subscribed)",
                "Import the files of subscribed, unsubscribed and cleaned contacts.",
            )
        },
    ),
    Program("Substack", frozenset({"email", "active_subscription"}), states={"email_disabled": _NO}),
    Program(
        "Ghost",
        frozenset({"email", "subscribed_to_emails"}),
        tags=("labels",),
        states={"subscribed_to_emails": _YES},
        dated={"deleted_at": _UNSUBSCRIBED},
    ),
    Program("listmonk", frozenset({"uuid", "email", "attributes", "status"}), states={"status": _COMMON}),
    Program(
        "Buttondown",
        frozenset({"email|email_address", "type|subscriber_type", "creation_date"}),
        email=("email", "email_address"),
        tags=("tags",),
        joined=("creation_date",),
        states={"type": _BUTTONDOWN, "subscriber_type": _BUTTONDOWN},
    ),
    # The service was closed. The columns are those of its API; its exports contain only active subscribers.
    Program(
        "Revue",
        frozenset({"email", "first_name", "last_name", "last_changed"}),
        names=("first_name", "last_name"),
        joined=(),
    ),
)

# Any other list, with common column names.
ANY = Program(
    "a list",
    frozenset(),
    email=("email", "email address", "email_address", "e-mail", "e-mail address", "mail"),
    names=("name", "full name", "full_name"),
    language=("language", "lang", "locale"),
    tags=("tags", "labels", "tag"),
    joined=("confirmed_at", "confirm_time", "subscribed_at", "optin_time", "created_at", "created"),
    states={"status": _COMMON, "state": _COMMON, "subscription status": _COMMON, "email_disabled": _NO},
    dated={
        "unsubscribed_at": _UNSUBSCRIBED,
        "unsub_time": _UNSUBSCRIBED,
        "deleted_at": _UNSUBSCRIBED,
        "bounced_at": _BOUNCED,
        "clean_time": _BOUNCED,
        "complained_at": _COMPLAINED,
    },
)
FIRST_AND_LAST = (("first name", "last name"), ("first_name", "last_name"), ("firstname", "lastname"))


def recognise(header: list[str]) -> Program:
    """Return the program that exported a file with this header, or `ANY`."""
    columns = {name.lower() for name in header}
    return next((program for program in PROGRAMS if program.matches(columns)), ANY)


def refuse_file(path: Path) -> None:
    """Check that a file is not a part of an export that contains no subscribers, by its name.

    Raises:
        NewsletterError: it is one.
    """
    for program in PROGRAMS:
        for prefix, (content, advice) in program.refused.items():
            if path.name.lower().startswith(prefix):
                raise NewsletterError(f"{path.name} contains {content}", f"Nothing was changed. {advice}")
