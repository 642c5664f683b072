"""Links: whether each says where it leads, and leads there."""

import re
from collections.abc import Iterator

from pydantic_core import PydanticCustomError

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.email.html_elements import Element, named, shortened, words_of
from newsletter.check.rules.email.rendered_email import RenderedEmail
from newsletter.errors import Severity
from newsletter.fields.address import web_address
from newsletter.render.merge_fields import MergeField
from newsletter.text.domains import host_of, same_site, shown_host
from newsletter.text.private_hosts import is_private

rules: Rules[RenderedEmail] = Rules(Subject.EMAIL)
_FIELDS = {field.text for field in MergeField}
_IN_STYLE = re.compile(r"url\(\s*(['\"]?)(.*?)\1\s*\)", re.IGNORECASE | re.DOTALL)
_RFC_3986 = "RFC 3986, 4.2 Relative Reference; an email has no address of its own that a path could be relative to"


@rules.rule(
    "email-link-name",
    Severity.ERROR,
    "A screen reader reads out a link's words, and of one without any the whole URL, letter by letter.",
    "WCAG 2.2, 2.4.4 Link Purpose (In Context)",
)
def link_name(email: RenderedEmail) -> Iterator[Finding]:
    """A link without words; of one around an image, `email-image-link-alt` speaks."""
    links = (
        (link, f"the link to `{shortened(link.get('href', ''))}` has no words")
        for link in email.root.iter("a")
        if link.get("href") and not words_of(link) and link.find(".//img") is None and not link.get("aria-label")
    )
    yield from email.findings(links, "Say in a word or two where it leads.")


@rules.rule(
    "email-url",
    Severity.ERROR,
    "A link or an image with such an address leads nowhere from an inbox.",
    _RFC_3986,
)
def url(email: RenderedEmail) -> Iterator[Finding]:
    """A URL that is relative, or malformed; in a style, too."""
    urls = (
        (element, f"{named(element)} leads to `{shortened(address)}`: {fault}")
        for element, address in _addresses(email)
        if (fault := _fault(address))
    )
    yield from email.findings(urls, "Write the URL whole, as https://example.org/page.")


@rules.rule(
    "email-url-http",
    Severity.WARNING,
    "What is fetched without encryption can be read and changed on its way, and browsers warn of it.",
    "RFC 8446; the issue's own URLs are looked at by the issue's rules",
)
def url_http(email: RenderedEmail) -> Iterator[Finding]:
    """A URL with http that the template or the publication brings."""
    text = email.document.source.text
    urls = (
        (element, f"{named(element)} leads to `{shortened(address)}`, without https")
        for element, address in _addresses(email)
        if address.lower().startswith("http:") and email.entry_of(element) is None and address not in text
    )
    yield from email.findings(urls, "Write https, if the page has it.")


@rules.rule(
    "email-url-private",
    Severity.ERROR,
    "It works on the machine or in the house where the email was made, and nowhere else.",
    "RFC 6761, Special-Use Domain Names; IANA IPv4 and IPv6 Special-Purpose Address Registries",
)
def url_private(email: RenderedEmail) -> Iterator[Finding]:
    """A URL that leads to this machine or into a private network."""
    for part in email.entries:
        if is_private(part.view.url):
            message = "only this machine or network reaches this address"
            yield Finding((*part.steps, "url"), message, "Write the public address.", within=part.view.url)
    # What an entry's title, domain and figure lead to is reported at its URL.
    own = {address for part in email.entries for address in (part.view.url, part.view.tracked_url)}
    urls = (
        (element, f"{named(element)} leads to `{shortened(address)}`, which only this machine or network reaches")
        for element, address in _addresses(email)
        if is_private(address) and address not in own
    )
    yield from email.findings(urls, "Write the public address; images are under `image_base_url` in newsletter.yaml.")


@rules.rule(
    "email-link-domain",
    Severity.WARNING,
    "Words that name one site and lead to another are how phishing looks, and filters treat them so.",
    "SpamAssassin 4.0, rule SPOOFED_URL; the issue's own links are looked at by the issue's rules",
)
def link_domain(email: RenderedEmail) -> Iterator[Finding]:
    """A link of the template or the publication whose words are one domain, and that leads to another."""
    text = email.document.source.text
    links = (
        (link, f"{named(link)} leads to {host}")
        for link in email.root.iter("a")
        if (address := link.get("href", "")) not in text
        and (host := host_of(address))
        and (shown := shown_host(words_of(link)))
        and not same_site(shown, host)
    )
    yield from email.findings(links, "Show the domain that the link leads to, or words.")


@rules.rule(
    "email-id-twice",
    Severity.ERROR,
    "A link within the page leads to the first of them, whichever was meant.",
    "HTML Standard, 3.2.6 Global attributes: the id attribute",
)
def id_twice(email: RenderedEmail) -> Iterator[Finding]:
    """An `id` that two elements have."""
    first: dict[str, Element] = {}
    twice = [
        (element, f'another element has the id "{name}" already')
        for element in email.elements
        if (name := element.get("id")) and first.setdefault(name, element) is not element
    ]
    yield from email.findings(twice, "Give each one of its own.")


@rules.rule(
    "email-anchor",
    Severity.ERROR,
    "A click on it does nothing.",
    "HTML Standard, 7.4.6.4 Scrolling to a fragment",
)
def anchor(email: RenderedEmail) -> Iterator[Finding]:
    """A link within the page whose target is not there."""
    targets = {element.get(name) for element in email.elements for name in ("id", "name")}
    for link in email.root.iter("a"):
        href = link.get("href", "")
        if href.startswith("#") and href[1:] not in targets - {None, ""}:
            message = f"{named(link)} leads to `{href}`, which is nowhere in the email"
            yield from email.findings(
                [(link, message)], 'Write `<a name="x" id="x"></a>` where it leads, or take it out.'
            )


def _addresses(email: RenderedEmail) -> Iterator[tuple[Element, str]]:
    """Every address of the email, with its element; of style sheets, those that `url()` fetches."""
    for element in email.elements:
        style = element.text or "" if element.tag == "style" else element.get("style", "")
        yield from ((element, found[2].strip()) for found in _IN_STYLE.finditer(style))
        for name in ("href", "src", "background"):
            address = element.get(name)
            if address is not None and element.tag not in ("base", "link", "script"):
                yield element, address


def _fault(address: str) -> str:
    """What is wrong with an address: nothing, if it is a web address, a place in the page, or a merge field."""
    if address in _FIELDS or re.match(r"#|mailto:[^\s@]+@|tel:\+?[0-9]|sms:|data:|cid:", address, re.IGNORECASE):
        return ""
    if not re.match(r"[a-z][a-z0-9+.-]*:", address, re.IGNORECASE):
        return "it is relative" if address else "it is empty"
    try:
        web_address(address)
    except PydanticCustomError as error:
        return str((error.context or {})["message"])
    return ""
