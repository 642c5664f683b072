"""Rules on `newsletter.yaml`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.issue.urls import tracking_finding, wrapped_finding
from newsletter.errors import Severity
from newsletter.publication.publication_file import PublicationDocument
from newsletter.text import markdown, tree
from newsletter.text.domains import is_freemail, organisational_domain
from newsletter.text.private_hosts import is_private

if TYPE_CHECKING:
    from newsletter.documents.paths import Steps

rules: Rules[PublicationDocument] = Rules(Subject.PUBLICATION)
# The examples in templates/scaffold/newsletter.yaml, with which a new publication can be rendered.
_SITE, _SENDER, _ADDRESS = "https://example.org/", "news@example.org", {"Street and number", "City, country"}


@rules.rule(
    "scaffold-left",
    Severity.WARNING,
    "Issues render with the example, and readers would be sent to an address that is not yours.",
    "templates/scaffold/newsletter.yaml",
)
def scaffold_left(document: PublicationDocument) -> Iterator[Finding]:
    """A site URL, sender or postal address that still has its example value from `newsletter init`.

    Replace the example value with your own.
    """
    publication = document.publication
    if publication.site_url == _SITE:
        yield Finding(("site_url",), "`site_url` still has its example value", "Write the URL of your web archive.")
    if publication.sender.email == _SENDER:
        yield Finding(("from", "email"), "`from.email` still has its example value", "Write your sender address.")
    if _ADDRESS & {line.strip() for line in publication.postal_address.splitlines()}:
        advice = "Write your whole postal address: the law requires it in bulk email."
        yield Finding(("postal_address",), "`postal_address` still has its example value", advice)


@rules.rule(
    "about-beyond",
    Severity.WARNING,
    "The email and the Medium story show it as it is typed.",
    "docs/writing.md, Markdown",
)
def about_beyond(document: PublicationDocument) -> Iterator[Finding]:
    """Unsupported Markdown in `about` or `delivery.welcome_text`.

    Use only the Markdown that docs/writing.md lists.
    """
    for steps, text in document.texts():
        for found in markdown.unsupported_markdown(text):
            yield Finding(steps, f"{found.what} is shown as it is typed", found.advice, line=found.line)


@rules.rule(
    "pages-without-https",
    Severity.ERROR,
    "Without https, inboxes show no unsubscribe button, and Gmail and Yahoo reject newsletters.",
    "RFC 8058, 3.1 Mail Senders When Using HTTPS URIs; Gmail's and Yahoo's requirements for bulk senders, 2024",
)
def pages_without_https(document: PublicationDocument) -> Iterator[Finding]:
    """Public pages whose address begins with http. An address on your own machine or network is allowed.

    Write an https URL as `delivery.pages_url`, or as `site_url` if the pages are below it.
    """
    publication = document.publication
    steps: Steps = ("delivery", "pages_url") if publication.delivery.pages_url else ("site_url",)
    url = publication.delivery.pages_url or ("" if publication.delivery.unsubscribe else publication.site_url)
    if url.lower().startswith("http:") and not is_private(url):
        yield Finding(steps, "the unsubscribe page does not use https", f"Write https{url[len('http') :]}.")


@rules.rule(
    "from-freemail",
    Severity.ERROR,
    "Free email providers ask receivers to reject mail in their name from other servers, and receivers do.",
    "RFC 7489, 10.5 Interoperability Considerations; Gmail, Email sender guidelines",
)
def from_freemail(document: PublicationDocument) -> Iterator[Finding]:
    """A sender address at a free email provider, such as Gmail.

    Use an address of your own domain, and write this one as `reply_to`.
    """
    address = document.publication.sender.email
    domain = address.rpartition("@")[2]
    if is_freemail(domain):
        advice = "Write an address of your own domain, and this one as `reply_to`."
        yield Finding(("from", "email"), f"cannot send a newsletter from {domain}", advice, within=address)


@rules.rule(
    "from-alignment",
    Severity.ERROR,
    "DMARC accepts a sender only if its domain matches the domain of the signature or of the envelope sender.",
    "RFC 9989, Identifier Alignment; Gmail and Yahoo require it of bulk senders",
)
def from_alignment(document: PublicationDocument) -> Iterator[Finding]:
    """A sender whose domain matches neither the DKIM signature nor the envelope sender.

    Sign with a key of the sender's domain (`delivery.dkim`), or write an `envelope_sender` of that domain.
    """
    delivery = document.publication.delivery
    domain = document.publication.sender.email.rpartition("@")[2]
    envelope = (delivery.envelope_sender or domain).rpartition("@")[2]
    verified = [envelope, delivery.dkim.domain] if delivery.dkim else [envelope]
    if domain not in verified and organisational_domain(domain) not in map(organisational_domain, verified):
        advice = f"Sign with a key of {domain} (`delivery.dkim`), or write an `envelope_sender` of that domain."
        yield Finding(("from", "email"), f"{domain} does not match {' or '.join(verified)}", advice, within=domain)


@rules.rule(
    "publication-tracking",
    Severity.WARNING,
    "They credit the visit to someone else's campaign, in every issue.",
    "`tracking-parameters` checks the links of an issue",
)
def publication_tracking(document: PublicationDocument) -> Iterator[Finding]:
    """A link in `links.other`, `about` or `delivery.welcome_text` with tracking parameters, such as `utm_source`.

    Write the URL without them, as the finding shows, or run `newsletter check --fix`.
    """
    yield from filter(None, (tracking_finding(steps, url) for steps, url in _links(document)))


@rules.rule(
    "publication-wrapped-link",
    Severity.WARNING,
    "The service in between counts your readers, may show a warning or stop working, and hides where the link leads.",
    "`wrapped-link` checks the links of an issue",
)
def publication_wrapped_link(document: PublicationDocument) -> Iterator[Finding]:
    """A link in `links.other` or a Markdown text through a redirect such as `google.com/url?q=…`, or to an AMP cache.

    Link to the source itself, as the finding shows, or run `newsletter check --fix`.
    """
    yield from filter(None, (wrapped_finding(steps, url) for steps, url in _links(document)))


def _links(document: PublicationDocument) -> "Iterator[tuple[Steps, str]]":
    """Yield the URLs of the author's links, with the steps to each. The call to subscribe may be tracked on purpose."""
    for index, link in enumerate(document.publication.links.other):
        yield ("links", "other", index, "url"), link.url
    for steps, text in document.texts():
        yield from ((steps, url) for url in dict.fromkeys(tree.targets(markdown.parse(text))))
