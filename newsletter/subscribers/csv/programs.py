"""The registry of CSV exports: how to recognise the program of a file, and the meaning of its columns.

To add a program, add a `Program` to `PROGRAMS`, with the keys of its column names (see `text_key`). Then add it to
docs/subscribers.md, and a sample to tests/subscribers/test_list_import.py. Columns that are about consent need not be
listed if `consent_words` knows their names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.database.states import SubscriberState
from newsletter.errors import NewsletterError
from newsletter.subscribers.csv.consent_columns import ColumnKind, ColumnMeaning
from newsletter.subscribers.csv.consent_words import Words
from newsletter.subscribers.csv.text_key import text_key

_ACTIVE, _PENDING = SubscriberState.ACTIVE, SubscriberState.PENDING
_UNSUBSCRIBED, _BOUNCED = SubscriberState.UNSUBSCRIBED, SubscriberState.BOUNCED
_COMPLAINED = SubscriberState.COMPLAINED


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
        joined: the columns of the time of consent. The first with a value counts.
        consent: the possible columns of the source of consent.
        meanings: the columns whose names say something else about consent than in other files; None for nothing.
        guarded: whether cells that begin like a formula have an apostrophe before them (see `guard_cell`).
        warning: what the export does not contain.
        refused: prefixes of file names that contain no subscribers, with a description of the content and advice.

    If several columns give a state, the strictest counts. If none does, the subscriber is active.
    """

    name: str
    marks: frozenset[str]
    email: tuple[str, ...] = ("email",)
    names: tuple[str, ...] = ("name",)
    language: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    joined: tuple[str, ...] = ("createdat",)
    consent: tuple[str, ...] = ()
    meanings: Mapping[str, ColumnMeaning | None] = field(default_factory=dict)
    guarded: bool = False
    warning: str = ""
    refused: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def matches(self, columns: set[str]) -> bool:
        """Return whether a file with columns of these keys is an export of the program."""
        return all(columns & set(mark.split("|")) for mark in self.marks)


_OWN: Words = {state.value: state for state in SubscriberState}
_BUTTONDOWN: Words = {
    **dict.fromkeys(("regular", "premium", "gifted", "unpaid", "trialed", "churning", "churned", "pastdue"), _ACTIVE),
    **dict.fromkeys(("unactivated", "upcoming"), _PENDING),
    **dict.fromkeys(("unsubscribed", "removed", "blocked", "spammy", "malformed", "paused"), _UNSUBSCRIBED),
    "undeliverable": _BOUNCED,
    "complained": _COMPLAINED,
}
_CONSTANT_CONTACT: Words = {
    **_OWN,
    **dict.fromkeys(("express", "explicit", "implied", "implicit", "optedin"), _ACTIVE),
    **dict.fromkeys(("pendingconfirmation", "awaitingconfirmation", "unconfirmed"), _PENDING),
    **dict.fromkeys(("optedout", "removed", "deleted", "nopermission", "notset"), _UNSUBSCRIBED),
}


def _state(words: Words) -> ColumnMeaning:
    return ColumnMeaning(ColumnKind.STATE, words=words)


PROGRAMS = (
    Program(
        "newsletter subscribers export",
        frozenset({"email", "state", "consentsource", "consentat"}),
        language=("language",),
        tags=("tags",),
        joined=("consentat",),
        consent=("consentsource",),
        meanings={"state": _state(_OWN)},
        guarded=True,
    ),
    Program(
        "Mailchimp",
        frozenset({"leid", "euid"}),
        email=("emailaddress",),
        names=("firstname", "lastname"),
        tags=("tags",),
        joined=("confirmtime", "optintime"),
        # Contacts that were imported there have no time of confirmation.
        meanings={"confirmtime": None},
        refused={
            "nonsubscribed": (
                "contacts who never subscribed (Mailchimp: non-subscribed)",
                "Import the files of subscribed, unsubscribed and cleaned contacts.",
            )
        },
    ),
    Program("Substack", frozenset({"email", "activesubscription"})),
    Program("Ghost", frozenset({"email", "subscribedtoemails"}), tags=("labels",)),
    Program(
        "listmonk",
        frozenset({"uuid", "email", "attributes", "status"}),
        warning=(
            "listmonk's export of subscribers does not say who unsubscribed from a list. In Lists, click the number of"
            " `unsubscribed` of each list, export these subscribers, and import that file with --state unsubscribed"
        ),
    ),
    Program(
        "Buttondown",
        frozenset({"email|emailaddress", "type|subscribertype", "creationdate"}),
        email=("email", "emailaddress"),
        tags=("tags",),
        joined=("creationdate",),
        meanings={"type": _state(_BUTTONDOWN), "subscribertype": _state(_BUTTONDOWN)},
    ),
    # The service was closed. The columns are those of its API; its exports contain only active subscribers.
    Program(
        "Revue",
        frozenset({"email", "firstname", "lastname", "lastchanged"}),
        names=("firstname", "lastname"),
        joined=(),
    ),
    # Headers of exports: Email address, First name, Last name, Email status, Email permission status, Tags, Created At.
    Program(
        "Constant Contact",
        frozenset({"emailaddress", "emailpermissionstatus"}),
        email=("emailaddress",),
        names=("firstname", "lastname"),
        tags=("tags",),
        meanings={"emailpermissionstatus": _state(_CONSTANT_CONTACT)},
    ),
    # The labels of HubSpot's default contact properties; `hs_email_optout` is the internal name of the mark.
    Program(
        "HubSpot",
        frozenset({"email", "unsubscribedfromallemail|hsemailoptout"}),
        names=("firstname", "lastname"),
        joined=("createdate",),
        meanings={"hsemailoptout": ColumnMeaning(ColumnKind.WITHDRAWAL)},
    ),
)

# Any other list, with common column names.
ANY = Program(
    "a list",
    frozenset(),
    email=("email", "emailaddress", "mail", "mailaddress", "subscriberemail", "subscriber"),
    names=("name", "fullname"),
    language=("language", "lang", "locale"),
    tags=("tags", "labels", "tag"),
    joined=(
        *("confirmedat", "confirmtime", "subscribedat", "optintime", "optindate", "subscribeddate"),
        *("createdat", "created", "dateadded", "addedat", "joined", "joinedat"),
    ),
)
FIRST_AND_LAST = (("firstname", "lastname"),)


def recognise(header: list[str]) -> Program:
    """Return the program that exported a file with this header, or `ANY`."""
    columns = {text_key(name) for name in header}
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
