"""The settings under `delivery`: how issues are sent. Secrets are environment variables and never in the file."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

from newsletter.fields.address import EmailAddress, ListId, MailtoAddress, SiteAddress
from newsletter.fields.base import Model
from newsletter.fields.duration import Duration
from newsletter.fields.header_name import HeaderName
from newsletter.fields.hours import HoursOfDay
from newsletter.fields.rate import Rate
from newsletter.fields.text import Date, Factor, Flag, Language, Line, VariableName, WholeNumber, refuse
from newsletter.publication.by_language import MarkdownByLanguage
from newsletter.publication.issue_dates import Weekday
from newsletter.publication.webhook_settings import Webhooks


class Security(StrEnum):
    """How a connection to a server is encrypted."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class Authentication(StrEnum):
    """How to log in to a server: with a password (PLAIN or LOGIN), or with an access token (XOAUTH2)."""

    PASSWORD = "password"  # noqa: S105 (the name of the method, not a secret)
    XOAUTH2 = "xoauth2"


class TransportName(StrEnum):
    """Where messages are sent: to SMTP servers, to a folder of `.eml` files, to a maildir, or to the terminal."""

    SMTP = "smtp"
    FOLDER = "folder"
    MAILDIR = "maildir"
    CONSOLE = "console"


def _require_idempotency_header(value: int, info: ValidationInfo) -> int:
    # A header that is not valid is reported by itself.
    if info.data.get("idempotency_header", "") is None:
        raise refuse(
            "`idempotency_window` needs `idempotency_header`",
            "Name the header by which the server recognises a second copy of a message.",
        )
    return value


class SmtpServer(Model):
    """An SMTP server that accepts messages."""

    host: Line = Field(description="The server's name or IP address.")
    port: Annotated[int, WholeNumber(1, 65535)] | None = Field(
        None, description="The port. The default is 587, 465 with `security: tls`, or 25 with `security: none`."
    )
    security: Security = Field(
        Security.STARTTLS, description="`starttls`, `tls`, or `none` for a server on the same machine."
    )
    username: Line | None = Field(
        None, description="The account's name. Set its password in the environment, see docs/sending.md."
    )
    password_variable: VariableName = Field(
        "NEWSLETTER_SMTP_PASSWORD",
        description="The environment variable with the password. With `_FILE` appended, it has a file's path instead.",
    )
    authentication: Authentication = Field(
        Authentication.PASSWORD,
        description="`password`, or `xoauth2` if the password is an access token. It is read for each connection.",
    )
    connections: Annotated[int, WholeNumber(1, 500)] = Field(
        5, description="The maximum number of concurrent connections."
    )
    rate: Rate = Field(0, description="The maximum rate of this server, such as `10/s` or `500/h`; 0 is no limit.")
    messages: Annotated[int, WholeNumber(1, 100_000)] = Field(
        500, description="The maximum number of messages per connection."
    )
    idempotency_header: HeaderName | None = Field(
        None,
        description="A header for a hash of the Message-ID, by which the server drops a second copy of a message, such"
        " as `Resend-Idempotency-Key`.",
    )
    idempotency_window: Annotated[Duration, AfterValidator(_require_idempotency_header)] | None = Field(
        None,
        description="How long the server recognises a second copy, such as `24h`. Within this time, uncertain"
        " recipients are retried.",
    )


def _require_another_selector(value: str, info: ValidationInfo) -> str:
    if value.lower() == info.data.get("selector", "").lower():
        raise refuse(
            f"`{value}` is also the selector of the RSA key", "Use another name: each public key has its own record."
        )
    return value


class Dkim(Model):
    """The DKIM signatures, which prove that the owner of a domain sent a message (RFC 6376)."""

    domain: Line = Field(description="The signing domain: the domain in `from`, or a parent of it.")
    selector: Line = Field(description="The selector, which is the name of the public key in DNS.")
    key_variable: VariableName = Field(
        "NEWSLETTER_DKIM_KEY",
        description="The environment variable with the private RSA key (PEM). With `_FILE` appended, it has a file's"
        " path.",
    )
    ed25519_selector: Annotated[Line, AfterValidator(_require_another_selector)] | None = Field(
        None, description="The selector of an Ed25519 key, which adds a second signature (RFC 8463)."
    )
    ed25519_key_variable: VariableName = Field(
        "NEWSLETTER_DKIM_ED25519_KEY",
        description="The environment variable with the private Ed25519 key (PEM). With `_FILE` appended, it has a"
        " file's path.",
    )


class ImapMailbox(Model):
    """A mailbox that receives bounces, read over IMAP (RFC 9051)."""

    host: Line = Field(description="The server's name or IP address.")
    port: Annotated[int, WholeNumber(1, 65535)] | None = Field(
        None, description="The port. The default is 993 with `security: tls`, otherwise 143."
    )
    security: Security = Field(
        Security.TLS, description="`tls`, `starttls`, or `none` for a server on the same machine."
    )
    username: Line = Field(description="The account's name. Set its password in the environment.")
    password_variable: VariableName = Field(
        "NEWSLETTER_IMAP_PASSWORD",
        description="The environment variable with the password. With `_FILE` appended, it has a file's path instead.",
    )
    authentication: Authentication = Field(
        Authentication.PASSWORD, description="`password`, or `xoauth2` if the password is an access token."
    )
    folder: Line = Field("INBOX", description="The folder that contains the bounces.")


class BounceSettings(Model):
    """Where to read bounces and complaints; see docs/bounces.md."""

    imap: ImapMailbox | None = Field(None, description="The mailbox that `newsletter bounces --imap` reads.")
    webhooks: Webhooks = Field(
        (), description="Providers that report bounces and complaints to `newsletter serve`; see docs/webhooks.md."
    )


class WarmUpSettings(Model):
    """The warm-up of a new sending domain; see docs/dns.md."""

    start: Date = Field(description="The first day, such as 2026-12-01. Until then, `first_day` is the limit.")
    first_day: Annotated[int, WholeNumber(1, 1_000_000)] = Field(
        50, description="The number of messages on the first day."
    )
    growth: Factor = Field(
        2.0, description="How many times as many messages as on the best day before may be sent in a day."
    )


class DeliverySettings(Model):
    """How issues are sent."""

    transport: TransportName = Field(
        TransportName.SMTP,
        description="`smtp`, or `folder`, `maildir` or `console` to inspect messages without sending.",
    )
    smtp: tuple[SmtpServer, ...] = Field((), description="The SMTP servers. Messages are distributed among them.")
    folder: Line = Field("build/outbox", description="The folder that `folder` and `maildir` write messages to.")
    pages_url: SiteAddress | None = Field(
        None,
        description="The public address of `newsletter serve`, for unsubscribing and preferences. The default is"
        " `site_url`, but issues then have no link to preferences.",
    )
    unsubscribe: MailtoAddress | None = Field(
        None,
        description="The mailbox for unsubscribing by mail, if `pages_url` is not set, such as"
        " `mailto:leave@example.org`. `newsletter bounces` must read it.",
    )
    envelope_sender: EmailAddress | None = Field(
        None,
        description="The address that receives bounces (the envelope sender). The default is the address in `from`.",
    )
    verp: Annotated[bool, Flag()] = Field(
        False,
        description="Whether each recipient gets a unique envelope sender (VERP), such as bounces+TOKEN@example.org.",
    )
    list_id: ListId | None = Field(
        None,
        description="The list's identifier (RFC 2919), such as weekly.example.org. The default is derived from"
        " `site_url`.",
    )
    dkim: Dkim | None = Field(
        None, description="The DKIM signatures that newsletter adds. Set it only if your mail server does not sign."
    )
    rate: Rate = Field(0, description="The maximum rate of a campaign, such as `20/s`; 0 is no limit.")
    domain_rate: Rate = Field(0, description="The maximum rate per recipient domain, such as `100/m`; 0 is no limit.")
    hours: HoursOfDay | None = Field(
        None,
        description='The hours in which campaigns send, by the clocks of `timezone`, such as `"08:00-20:00"`. Outside'
        " of them, a campaign waits.",
    )
    weekdays: tuple[Weekday, ...] = Field(
        (), description="The days on which campaigns send, such as `[monday, tuesday]`. The default is every day."
    )
    warmup: WarmUpSettings | None = Field(
        None, description="The limit of messages per day while a domain is new. When it is reached, a campaign waits."
    )
    pause_at: Annotated[int, WholeNumber(1, 100)] = Field(
        20, description="A campaign pauses automatically if this percentage of messages fails."
    )
    retry_after: tuple[Annotated[int, WholeNumber(0, 86_400)], ...] = Field(
        (60, 300, 900, 3600),
        description="The delays in seconds before each retry of a deferred message. After the last retry, the message"
        " has failed.",
    )
    bounces: BounceSettings | None = Field(None, description="Where to read bounces and complaints.")
    notify: EmailAddress | None = Field(
        None,
        description="The address that is mailed when a scheduled issue was sent late or not at all. The default is"
        " `reply_to`, or else the address in `from`.",
    )
    welcome: Annotated[bool, Flag()] = Field(
        False, description="Whether a new subscriber immediately gets the latest published issue."
    )
    welcome_text: MarkdownByLanguage = Field(
        {},
        description="A text in Markdown, or one by language, above the issue that a new subscriber gets. The subject is"
        " then the issue's, without the label `pages.welcome_subject`.",
    )
    languages: tuple[Language, ...] = Field(
        (), description="The languages that readers can choose on their preferences page, such as `[en, ja]`."
    )
    tags: tuple[Line, ...] = Field(
        (), description="The tags that readers can choose on their preferences page, such as `[papers]`."
    )


def secret_variables(settings: DeliverySettings) -> tuple[str, ...]:
    """Return the names of the environment variables with passwords and keys, also of settings that are left out."""
    found = [server.password_variable for server in settings.smtp]
    found += [settings.dkim.key_variable, settings.dkim.ed25519_key_variable] if settings.dkim else []
    found += [settings.bounces.imap.password_variable] if settings.bounces and settings.bounces.imap else []
    found += [webhook.variable for webhook in settings.bounces.webhooks] if settings.bounces else []
    models = (
        *((SmtpServer, "password_variable"), (ImapMailbox, "password_variable")),
        *((Dkim, "key_variable"), (Dkim, "ed25519_key_variable")),
    )
    found += [str(model.model_fields[name].default) for model, name in models]
    return tuple(dict.fromkeys(found))
