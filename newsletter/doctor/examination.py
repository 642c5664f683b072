"""The doctor: looks whether the settings can send, and says what DNS needs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import urlsplit

from newsletter.check.runner import Checker
from newsletter.doctor.dns_lookup import NameServer, takes_mail, txt_records
from newsletter.doctor.dns_records import Record, compared, records_of
from newsletter.errors import NewsletterError, NotFoundError, Severity
from newsletter.mail.dkim import GOOD_BITS
from newsletter.mail.headers import wire_domain
from newsletter.mail.issue_mail import head_of_settings, signature_of
from newsletter.mail.message import compose
from newsletter.publication.delivery_settings import Handover, Security
from newsletter.render.renderer import Renderer
from newsletter.text.private_hosts import is_private
from newsletter.transports.base import Transport
from newsletter.transports.registry import open_transports
from newsletter.workspace.open_database import open_database
from newsletter.workspace.workspace import Workspace


class State(StrEnum):
    """How it is with one thing: an error keeps messages from going out or from being believed."""

    GOOD = "good"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at, how it is, and what to do."""

    about: str
    state: State
    message: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found, and the records that DNS needs."""

    diagnoses: tuple[Diagnosis, ...]
    records: tuple[Record, ...]

    @property
    def failed(self) -> bool:
        """Whether there is an error."""
        return any(diagnosis.state is State.ERROR for diagnosis in self.diagnoses)


class Doctor:
    """Looks at a publication; `connects` asks its servers, and `asks_dns` asks DNS, of `server` where one is named."""

    def __init__(
        self,
        workspace: Workspace,
        environment: Mapping[str, str],
        *,
        connects: bool = False,
        asks_dns: bool = False,
        server: NameServer | None = None,
    ) -> None:
        self.workspace = workspace
        self.settings = workspace.publication.delivery
        self.environment = environment
        self.connects = connects
        self.asks_dns = asks_dns
        self.server = server

    def examine(self) -> Examination:
        """All that there is to say; nothing leaves the machine unless it was asked for."""
        found = [*self._publication(), *self._message(), *self._pages(), *self._transports(), *self._database()]
        public_key = None
        try:
            signature = signature_of(self.workspace.publication, self.environment)
            if signature:
                public_key = signature.public
                found.append(_key(signature.bits))
            else:
                advice = "Let your server sign, or set `delivery.dkim`: Gmail and Yahoo refuse newsletters without it."
                found.append(Diagnosis("DKIM", State.NOTE, "newsletter signs nothing", advice))
        except NewsletterError as error:
            found.append(_error("DKIM", error))
        try:
            records = records_of(self.workspace.publication, public_key)
        except NewsletterError as error:
            return Examination((*found, _error("DNS", error)), ())
        if self.asks_dns:
            found += [self._record(record) for record in records]
            found.append(self._bounces())
        return Examination(tuple(found), records)

    def _publication(self) -> Iterator[Diagnosis]:
        """What the checker says of `newsletter.yaml`."""
        name = self.workspace.document.source.name
        problems = Checker(Renderer(self.workspace)).publication().problems
        for problem in problems:
            state = State.ERROR if problem.severity is Severity.ERROR else State.WARNING
            yield Diagnosis(f"{name}:{problem.line}", state, problem.message, problem.advice)
        if not problems:
            yield Diagnosis(name, State.GOOD, "has no fault")

    def _message(self) -> Iterator[Diagnosis]:
        """Whether the addresses can stand in a header."""

        def addressed() -> str:
            head = compose(
                "", "", head_of_settings(self.workspace.publication, datetime.now(UTC)), [b"an example"]
            ).head
            return f"from {head.sender}, envelope sender {head.envelope_sender}, list {head.list_id}"

        yield _tried("message", addressed)

    def _pages(self) -> Iterator[Diagnosis]:
        """Whether readers and inboxes reach the pages for leaving."""
        url = self.settings.pages_url or self.workspace.publication.site_url
        name = "`delivery.pages_url`" if self.settings.pages_url else "`site_url`"
        if is_private(url):
            advice = f"Write in {name} the public address under which `newsletter serve` is reached."
            yield Diagnosis("pages", State.ERROR, f"nobody else reaches {url} to leave", advice)
        elif urlsplit(url).scheme.lower() != "https":
            advice = f"Write https in {name}: without it no inbox shows a button to leave (RFC 8058)."
            yield Diagnosis("pages", State.ERROR, f"{url} has no https", advice)
        else:
            # Issues link to preferences only where it is said that pages are served.
            what = "leaving and preferences are" if self.settings.pages_url else "leaving is"
            yield Diagnosis("pages", State.GOOD, f"{what} below {url}")

    def _transports(self) -> Iterator[Diagnosis]:
        """Whether the servers have what they need, and answer, if they are asked."""
        if self.settings.transport is not Handover.SMTP:
            advice = "Write `transport: smtp` to send."
            message = f"messages go to `{self.settings.transport}`, and nothing is sent"
            yield Diagnosis("transport", State.WARNING, message, advice)
            return
        try:
            transports = open_transports(self.settings, self.environment, self.workspace.root)
        except NewsletterError as error:
            yield _error("transport", error)
            return
        for server in self.settings.smtp:
            if server.security is Security.NONE and not is_private(f"http://{server.host}/"):
                message = f"messages to {server.host} can be read and changed on their way"
                yield Diagnosis("transport", State.WARNING, message, "Write `security: starttls` or `tls`.")
        for transport in transports:
            if not self.connects:
                yield Diagnosis("transport", State.GOOD, f"{transport.name} is set up; --connect asks it")
                continue

            def greeted(transport: Transport = transport) -> str:
                transport.connect().close()
                return f"{transport.name} answers, and lets us in"

            yield _tried("transport", greeted)

    def _database(self) -> Iterator[Diagnosis]:
        """Whether the database can be opened, if there is one."""

        def opened() -> str:
            with open_database(self.workspace, writes=False) as database:
                if database.imagined:
                    return "there is none yet; it is made when it is first needed"
                return f"{database.name} is of this version"

        yield _tried("database", opened)

    def _record(self, record: Record) -> Diagnosis:
        about = f"DNS, {record.kind}"
        try:
            difference = compared(record, txt_records(record.name, self.server))
        except NewsletterError as error:
            return _error(about, error)
        if difference is None:
            return Diagnosis(about, State.GOOD, f"{record.name} says what it should")
        return Diagnosis(
            about, State.ERROR if difference.fault else State.WARNING, difference.message, difference.advice
        )

    def _bounces(self) -> Diagnosis:
        """Whether the domain of the envelope sender takes mail."""
        address = self.settings.envelope_sender or self.workspace.publication.sender.email
        domain = wire_domain(address.rpartition("@")[2])

        def taken() -> str:
            if not takes_mail(domain, self.server):
                raise NotFoundError(f"{domain} takes no mail: no bounce comes back", "Give it an MX record.")
            return f"{domain} takes mail, so that bounces come back"

        return _tried("DNS, MX", taken)


def _key(bits: int) -> Diagnosis:
    if bits < GOOD_BITS:
        advice = f"Make one of {GOOD_BITS}: openssl genrsa -out dkim.pem {GOOD_BITS}"
        return Diagnosis("DKIM", State.WARNING, f"the key has {bits} bits", advice)
    return Diagnosis("DKIM", State.GOOD, f"the key has {bits} bits")


def _tried(about: str, attempt: Callable[[], str]) -> Diagnosis:
    """That something works, in its words; or why not."""
    try:
        return Diagnosis(about, State.GOOD, attempt())
    except NewsletterError as error:
        return _error(about, error)


def _error(about: str, error: NewsletterError) -> Diagnosis:
    return Diagnosis(about, State.ERROR, error.message, error.advice)
