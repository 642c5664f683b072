"""How issues are sent, as `delivery` in `newsletter.yaml` says it. Secrets come from the environment, never from it."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from newsletter.fields.address import EmailAddress, ListId, SiteAddress
from newsletter.fields.base import Model
from newsletter.fields.rate import Rate
from newsletter.fields.text import Flag, Language, Line, WholeNumber


class Security(StrEnum):
    """How a connection to a server is kept private."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class Authentication(StrEnum):
    """How a server is shown who we are: by a password (PLAIN or LOGIN), or by an access token (XOAUTH2)."""

    PASSWORD = "password"  # noqa: S105 (the word, not one)
    XOAUTH2 = "xoauth2"


class Handover(StrEnum):
    """Where messages go: to SMTP servers, as `.eml` files into a folder, into a maildir, or onto the terminal."""

    SMTP = "smtp"
    FOLDER = "folder"
    MAILDIR = "maildir"
    CONSOLE = "console"


class SmtpServer(Model):
    """A server that takes messages."""

    host: Line = Field(description="The server's name or address.")
    port: Annotated[int, WholeNumber(1, 65535)] | None = Field(
        None, description="Its port; else 587, 465 with `security: tls`, 25 with `none`."
    )
    security: Security = Field(
        Security.STARTTLS, description="`starttls`, `tls`, or `none` for a server on the same machine."
    )
    username: Line | None = Field(
        None, description="The account's name; its password comes from the environment, see docs/sending.md."
    )
    password_variable: Line = Field(
        "NEWSLETTER_SMTP_PASSWORD",
        description="The environment variable that holds the password; with `_FILE` after it, a file's path.",
    )
    authentication: Authentication = Field(
        Authentication.PASSWORD,
        description="`password`, or `xoauth2` where the password is an access token, read anew at each connection.",
    )
    connections: Annotated[int, WholeNumber(1, 500)] = Field(5, description="How many connections it bears at once.")
    rate: Rate = Field(0, description="The most that it is given, such as `10/s` or `500/h`; 0 sets no limit.")
    messages: Annotated[int, WholeNumber(1, 100_000)] = Field(
        500, description="After how many messages a connection is opened anew."
    )


class Dkim(Model):
    """The signature that shows receivers that the domain's owner sent it (RFC 6376)."""

    domain: Line = Field(description="The domain that signs; that of `from`, or one above it.")
    selector: Line = Field(description="The selector, under which the public key stands in DNS.")
    key_variable: Line = Field(
        "NEWSLETTER_DKIM_KEY",
        description="The environment variable that holds the private key (PEM); with `_FILE` after it, a file's path.",
    )


class ImapMailbox(Model):
    """A mailbox in which bounces arrive, read over IMAP (RFC 9051)."""

    host: Line = Field(description="The server's name or address.")
    port: Annotated[int, WholeNumber(1, 65535)] | None = Field(
        None, description="Its port; else 993, or 143 without `security: tls`."
    )
    security: Security = Field(
        Security.TLS, description="`tls`, `starttls`, or `none` for a server on the same machine."
    )
    username: Line = Field(description="The account's name; its password comes from the environment.")
    password_variable: Line = Field(
        "NEWSLETTER_IMAP_PASSWORD",
        description="The environment variable that holds the password; with `_FILE` after it, a file's path.",
    )
    authentication: Authentication = Field(
        Authentication.PASSWORD, description="`password`, or `xoauth2` where the password is an access token."
    )
    folder: Line = Field("INBOX", description="The folder that bounces come into.")


class BounceSettings(Model):
    """Where bounces and complaints arrive; see docs/bounces.md."""

    imap: ImapMailbox | None = Field(None, description="The mailbox that `newsletter bounces --imap` reads.")


class DeliverySettings(Model):
    """How issues are sent."""

    transport: Handover = Field(
        Handover.SMTP, description="`smtp`, or `folder`, `maildir` or `console` to look at messages and send nothing."
    )
    smtp: tuple[SmtpServer, ...] = Field((), description="The servers; each takes a share of the messages.")
    folder: Line = Field("build/outbox", description="Where `folder` and `maildir` put messages.")
    pages_url: SiteAddress | None = Field(
        None,
        description="Where `newsletter serve` is reached, for leaving and preferences; else `site_url`, and issues then"
        " have no link to preferences.",
    )
    envelope_sender: EmailAddress | None = Field(
        None, description="Where bounces go (the envelope sender); else the address in `from`."
    )
    verp: Annotated[bool, Flag()] = Field(
        False,
        description="Whether each recipient has an envelope sender of its own, such as bounces+TOKEN@example.org.",
    )
    list_id: ListId | None = Field(
        None, description="The list's identifier (RFC 2919), such as weekly.example.org; else from the site's domain."
    )
    dkim: Dkim | None = Field(None, description="A signature by newsletter itself, where the server makes none.")
    rate: Rate = Field(0, description="The most messages of a whole campaign, such as `20/s`; 0 sets no limit.")
    domain_rate: Rate = Field(0, description="The most to one recipient domain, such as `100/m`; 0 sets no limit.")
    pause_at: Annotated[int, WholeNumber(1, 100)] = Field(
        20, description="A campaign pauses itself when so many of a hundred messages fail."
    )
    retry_after: tuple[Annotated[int, WholeNumber(0, 86_400)], ...] = Field(
        (60, 300, 900, 3600),
        description="After how many seconds a message that a server puts off is tried again, time after time; after"
        " the last it has failed.",
    )
    bounces: BounceSettings | None = Field(None, description="Where bounces and complaints arrive.")
    welcome: Annotated[bool, Flag()] = Field(
        False, description="Whether somebody who confirms gets the latest published issue at once."
    )
    languages: tuple[Language, ...] = Field(
        (), description="The languages that readers may choose from on their preferences page, such as `[en, ja]`."
    )
    tags: tuple[Line, ...] = Field(
        (), description="The tags that readers may give themselves on their preferences page, such as `[papers]`."
    )
