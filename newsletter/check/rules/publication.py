"""Rules on `newsletter.yaml`."""

from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.errors import Severity
from newsletter.publication.publication_file import PublicationDocument
from newsletter.text import markdown
from newsletter.text.domains import is_freemail, organisational_domain

rules: Rules[PublicationDocument] = Rules(Subject.PUBLICATION)
# What the scaffold fills in so that an issue can be rendered at once (templates/scaffold/newsletter.yaml).
_SITE, _SENDER, _ADDRESS = "https://example.org/", "news@example.org", "Street and number\nCity, country"


@rules.rule(
    "scaffold-left",
    Severity.WARNING,
    "It renders, and would send your readers to an address that is not yours.",
    "templates/scaffold/newsletter.yaml",
)
def scaffold_left(document: PublicationDocument) -> Iterator[Finding]:
    """A site, a sender or a postal address that `newsletter init` wrote as an example."""
    publication = document.publication
    if publication.site_url == _SITE:
        yield Finding(("site_url",), "this is the scaffold's example", "Write where your web archive is.")
    if publication.sender.email == _SENDER:
        yield Finding(("from", "email"), "this is the scaffold's example", "Write the address that your email is from.")
    if publication.postal_address == _ADDRESS:
        advice = "Write the address that the law asks for under a bulk email."
        yield Finding(("postal_address",), "this is the scaffold's example", advice)


@rules.rule(
    "about-beyond",
    Severity.WARNING,
    "No email and no Medium story carries it: the reader gets the marks.",
    "docs/writing.md, Markdown",
)
def about_beyond(document: PublicationDocument) -> Iterator[Finding]:
    """Markdown in `about` that no output carries."""
    for found in markdown.beyond(document.publication.about or ""):
        yield Finding(("about",), f"{found.what} is shown as it is typed", found.advice, line=found.line)


@rules.rule(
    "from-freemail",
    Severity.ERROR,
    "Its provider asks receivers to refuse mail in its name that comes from other servers, and they do.",
    "RFC 7489, 10.5 Interoperability Considerations; Gmail, Email sender guidelines",
)
def from_freemail(document: PublicationDocument) -> Iterator[Finding]:
    """A sender at a service that gives addresses to everybody."""
    address = document.publication.sender.email
    domain = address.rpartition("@")[2]
    if is_freemail(domain):
        advice = "Write an address of a domain of your own, and let `reply_to` be this one."
        yield Finding(("from", "email"), f"no newsletter can be sent from {domain}", advice, within=address)


@rules.rule(
    "from-alignment",
    Severity.ERROR,
    "DMARC believes the address that a reader sees only where a domain that was verified belongs to it.",
    "RFC 7489, 3.1 Identifier Alignment; Gmail and Yahoo require it of bulk senders",
)
def from_alignment(document: PublicationDocument) -> Iterator[Finding]:
    """A sender whose domain is neither that of the signature nor that of the envelope sender, nor one with them."""
    delivery = document.publication.delivery
    domain = document.publication.sender.email.rpartition("@")[2]
    envelope = (delivery.envelope_sender or domain).rpartition("@")[2]
    verified = [envelope, delivery.dkim.domain] if delivery.dkim else [envelope]
    if domain not in verified and organisational_domain(domain) not in map(organisational_domain, verified):
        advice = f"Sign with a key of {domain} (`delivery.dkim`), or write an `envelope_sender` of that domain."
        yield Finding(
            ("from", "email"), f"{domain} belongs neither to {' nor to '.join(verified)}", advice, within=domain
        )
