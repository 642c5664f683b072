"""Rules on `newsletter.yaml`."""

from collections.abc import Iterator

from newsletter.checks.rule import Finding, Rules, Subject
from newsletter.content import markdown
from newsletter.documents.publication import PublicationDocument
from newsletter.errors import Severity

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
