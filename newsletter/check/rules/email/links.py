"""Rules on links and URLs: names, targets, ids and anchors."""

import re
from collections.abc import Iterator

from pydantic_core import PydanticCustomError

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.email.rendered_email import RenderedEmail
from newsletter.check.rules.html_elements import Element, description_of, shortened, words_of
from newsletter.errors import Severity
from newsletter.fields.address import web_address
from newsletter.render.merge_fields import MergeField
from newsletter.text.domains import host_in_text, host_of, same_site
from newsletter.text.private_hosts import is_private

rules: Rules[RenderedEmail] = Rules(Subject.EMAIL)
_FIELDS = {field.text for field in MergeField}
_IN_STYLE = re.compile(r"url\(\s*(['\"]?)(.*?)\1\s*\)", re.IGNORECASE | re.DOTALL)
_RFC_3986 = "RFC 3986, 4.2 Relative Reference; an email has no base URL"


@rules.rule(
    "email-link-name",
    Severity.ERROR,
    "Screen readers read out a link's words; if there are none, they spell out the URL.",
    "WCAG 2.2, 2.4.4 Link Purpose (In Context)",
)
def link_name(email: RenderedEmail) -> Iterator[Finding]:
    """A link without words. Links around an image are checked by `email-image-link-alt`.

    Write one or two words that say where the link leads.
    """
    links = (
        (link, f"the link to `{shortened(link.get('href', ''))}` has no words")
        for link in email.root.iter("a")
        if link.get("href") and not words_of(link) and link.find(".//img") is None and not link.get("aria-label")
    )
    yield from email.findings(links, "Write one or two words that say where it leads.")


@rules.rule(
    "email-url",
    Severity.ERROR,
    "Such a link or image cannot be opened from an inbox.",
    _RFC_3986,
)
def url(email: RenderedEmail) -> Iterator[Finding]:
    """A relative or invalid URL, also in styles.

    Write the whole URL, such as https://example.org/page.
    """
    urls = (
        (element, f"{description_of(element)} has {fault}")
        for element, address in _addresses(email)
        if (fault := _fault(address))
    )
    yield from email.findings(urls, "Write the whole URL, such as https://example.org/page.")


@rules.rule(
    "email-url-http",
    Severity.WARNING,
    "Requests over http can be read and changed in transit, and browsers warn about them.",
    "RFC 8446; `http-link` checks the issue's own URLs",
)
def url_http(email: RenderedEmail) -> Iterator[Finding]:
    """An http URL that comes from a template or from `newsletter.yaml`.

    Write https, if the site supports it.
    """
    text = email.document.source.text
    urls = (
        (element, f"{description_of(element)} leads to `{shortened(address)}`, an http URL")
        for element, address in _addresses(email)
        if address.lower().startswith("http:") and email.entry_of(element) is None and address not in text
    )
    yield from email.findings(urls, "Write https, if the site supports it.")


@rules.rule(
    "email-url-private",
    Severity.ERROR,
    "It works only on the computer or network where the email was made.",
    "RFC 6761, Special-Use Domain Names; IANA IPv4 and IPv6 Special-Purpose Address Registries",
)
def url_private(email: RenderedEmail) -> Iterator[Finding]:
    """A URL on this computer or in a private network.

    Write the public URL. For images, set `image_base_url` in `newsletter.yaml`.
    """
    for part in email.entries:
        if is_private(part.url):
            message = "this URL works only on this computer or network"
            yield Finding((*part.steps, "url"), message, "Write the public URL.", within=part.url)
    # The links of an entry's title, domain and figure are reported at its `url`.
    own = {address for part in email.entries for address in (part.view.url, part.view.tracked_url)}
    urls = (
        (
            element,
            f"{description_of(element)} leads to `{shortened(address)}`, which works only on this computer or network",
        )
        for element, address in _addresses(email)
        if is_private(address) and address not in own
    )
    yield from email.findings(urls, "Write the public URL. For images, set `image_base_url` in newsletter.yaml.")


@rules.rule(
    "email-link-domain",
    Severity.WARNING,
    "Links that name one site and lead to another are typical of phishing, and filters treat them as such.",
    "SpamAssassin 4.0, rule SPOOFED_URL; `link-text-domain` checks the issue's own links",
)
def link_domain(email: RenderedEmail) -> Iterator[Finding]:
    """A link from a template or from `newsletter.yaml` that shows one domain and leads to another.

    Show the domain that the link leads to, or describe the page in words.
    """
    text = email.document.source.text
    links = (
        (link, f"{description_of(link)} leads to {host}")
        for link in email.root.iter("a")
        if (address := email.destination(link.get("href", ""))) not in text
        and (host := host_of(address))
        and (shown := host_in_text(words_of(link)))
        and not same_site(shown, host)
    )
    yield from email.findings(links, "Show the domain that the link leads to, or describe the page in words.")


@rules.rule(
    "email-id-twice",
    Severity.ERROR,
    "A link to the id always leads to the first of the elements, even if another was meant.",
    "HTML Standard, 3.2.6 Global attributes: the id attribute",
)
def id_twice(email: RenderedEmail) -> Iterator[Finding]:
    """An `id` that two elements share.

    Give each element its own id.
    """
    first: dict[str, Element] = {}
    twice = [
        (element, f"duplicate id `{name}`")
        for element in email.elements
        if (name := element.get("id")) and first.setdefault(name, element) is not element
    ]
    yield from email.findings(twice, "Give each element its own id.")


@rules.rule(
    "email-anchor",
    Severity.ERROR,
    "Clicking it does nothing.",
    "HTML Standard, 7.4.6.4 Scrolling to a fragment",
)
def anchor(email: RenderedEmail) -> Iterator[Finding]:
    """A link to a place in the email that does not exist.

    Write `<a name="x" id="x"></a>` where the link should lead, or remove the link.
    """
    targets = {element.get(name) for element in email.elements for name in ("id", "name")}
    for link in email.root.iter("a"):
        href = link.get("href", "")
        if href.startswith("#") and href[1:] not in targets - {None, ""}:
            message = f"{description_of(link)} leads to `{href}`, which does not exist in the email"
            yield from email.findings(
                [(link, message)], 'Write `<a name="x" id="x"></a>` where it should lead, or remove the link.'
            )


def _addresses(email: RenderedEmail) -> Iterator[tuple[Element, str]]:
    """Yield every URL of the email with its element, including `url()` in styles."""
    for element in email.elements:
        style = element.text or "" if element.tag == "style" else element.get("style", "")
        yield from ((element, found[2].strip()) for found in _IN_STYLE.finditer(style))
        for name in ("href", "src", "background"):
            address = element.get(name)
            if address is not None and element.tag not in ("base", "link", "script"):
                yield element, address


def _fault(address: str) -> str:
    """Return what is wrong with a URL, or "" for a web address, an anchor, another valid scheme or a merge field."""
    if address in _FIELDS or re.match(r"#|mailto:[^\s@]+@|tel:\+?[0-9]|sms:|data:|cid:", address, re.IGNORECASE):
        return ""
    if not re.match(r"[a-z][a-z0-9+.-]*:", address, re.IGNORECASE):
        return f"the relative URL `{shortened(address)}`" if address else "an empty URL"
    try:
        web_address(address)
    except PydanticCustomError as error:
        return f"the invalid URL `{shortened(address)}`: {(error.context or {})['message']}"
    return ""
