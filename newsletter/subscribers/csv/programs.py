"""What the columns of other programs' exports mean. A name of a column is compared without regard to case."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from newsletter.database.states import SubscriberState

_ACTIVE, _PENDING = SubscriberState.ACTIVE, SubscriberState.PENDING
_UNSUBSCRIBED, _BOUNCED = SubscriberState.UNSUBSCRIBED, SubscriberState.BOUNCED
_COMPLAINED = SubscriberState.COMPLAINED

Words = Mapping[str, SubscriberState]


@dataclass(frozen=True)
class Program:
    """An export that is known by `marks`: columns of which it has all.

    Of the other names the first column that there is counts; `names` are joined by spaces. `states`
    are columns whose words say a state; where `dated` columns hold something, that was the day of it.
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
    *(
        Program(
            "Buttondown",
            frozenset({email, kind, "creation_date"}),
            email=(email,),
            tags=("tags",),
            joined=("creation_date",),
            states={kind: _BUTTONDOWN},
        )
        for email in ("email", "email_address")
        for kind in ("type", "subscriber_type")
    ),
    # As its interface called them: the service is gone, and its exports hold who was subscribed.
    Program(
        "Revue",
        frozenset({"email", "first_name", "last_name", "last_changed"}),
        names=("first_name", "last_name"),
        joined=(),
    ),
)

# Whatever another program may call them.
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
    """The program that wrote a list with such a header, or any."""
    names = {name.lower() for name in header}
    return next((program for program in PROGRAMS if program.marks <= names), ANY)
