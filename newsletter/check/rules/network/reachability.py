"""Rules on the responses of URLs: errors, redirects, types, times and sizes."""

from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.network.url_responses import UrlResponses, secure
from newsletter.errors import FetchError, NoAnswerError, Severity
from newsletter.text.canonical_url import link_key
from newsletter.text.domains import is_page

rules: Rules[UrlResponses] = Rules(Subject.NETWORK)
SLOW = 5
# If more URLs than this all fail, the network is probably down.
_SOME = 3
HEAVIEST_PAGE, HEAVIEST_IMAGE = 10_000_000, 1_048_576
# Permanent redirects (RFC 9110, 15.4).
_PERMANENT = (301, 308)
# Statuses that concern the client instead of the page: a login, a paywall, a bot filter, a rate limit.
_REJECTED = (401, 402, 403, 407, 429, 451, 503, 999)


@rules.rule(
    "online-broken",
    Severity.WARNING,
    "Readers would get an error page, and an email cannot be corrected after it is sent.",
    "RFC 9110, 15 Status Codes",
)
def broken(responses: UrlResponses) -> Iterator[Finding]:
    """A link or image that does not respond, or responds with an error.

    Write the new URL, or link to a copy at web.archive.org.
    """
    if len(responses.urls) > _SOME and all(
        isinstance(responses.by_url[link.url], NoAnswerError) for link in responses.urls
    ):
        message = f"cannot reach any of the {len(responses.urls)} URLs"
        yield Finding((), message, "Check the network connection of this computer.")
        return
    for link in responses.urls:
        response = responses.by_url[link.url]
        what = "image" if link.image else "link"
        if isinstance(response, FetchError):
            advice = response.advice or "Open it in a browser, and write the new URL."
            yield Finding(link.steps, f"cannot fetch this {what}: {response.message}", advice, within=link.url)
        elif not response.ok and response.status not in _REJECTED:
            advice = "Write the new URL, or link to a copy at web.archive.org."
            yield Finding(link.steps, f"broken {what}: {response.description}", advice, within=link.url)


@rules.rule(
    "online-refused",
    Severity.INFORMATION,
    "Some servers reject automated requests; only a browser shows whether readers get the page.",
    "RFC 9110, 15.5.4 403 Forbidden; RFC 6585, 4 429 Too Many Requests",
)
def refused(responses: UrlResponses) -> Iterator[Finding]:
    """A link or image whose server rejected the automated request.

    Open it in a browser.
    """
    for link in responses.urls:
        response = responses.by_url[link.url]
        if not isinstance(response, FetchError) and response.status in _REJECTED:
            yield Finding(link.steps, f"not verified: {response.description}", "Open it in a browser.", within=link.url)


@rules.rule(
    "online-redirected",
    Severity.WARNING,
    "The old URL may stop working, and a redirect to a front page usually means that the page is gone.",
    "RFC 9110, 15.4.2 301 Moved Permanently",
)
def redirected(responses: UrlResponses) -> Iterator[Finding]:
    """A URL that redirects permanently to another page, or from a page to the front page of a site.

    Write the new URL.
    """
    for link, response in responses.successful():
        if not response.redirects or link_key(response.final_url) == link_key(link.url):
            continue
        if is_page(link.url) and not is_page(response.final_url):
            message = f"this URL redirects to a front page, {response.final_url}"
            yield Finding(
                link.steps, message, "If the page is gone, write its new URL or remove the link.", within=link.url
            )
        elif all(hop.status in _PERMANENT for hop in response.redirects):
            message = f"the page has moved to {response.final_url}"
            yield Finding(link.steps, message, "Write the new URL.", within=link.url)


@rules.rule(
    "online-https",
    Severity.WARNING,
    "Requests over http can be read and changed in transit, and browsers warn about them.",
    "RFC 8446; replaces `http-link`, which sends no requests",
)
def https(responses: UrlResponses) -> Iterator[Finding]:
    """An http URL whose page is also available over https.

    Write the URL with https.
    """
    for link in responses.urls:
        if link.url.lower().startswith("http:"):
            response = responses.by_url[secure(link.url)]
            if not isinstance(response, FetchError) and response.ok and response.final_url.startswith("https:"):
                message = "this URL begins with `http:`, but https works"
                yield Finding(link.steps, message, f"Write {secure(link.url)}.", within=link.url)


@rules.rule(
    "online-no-image",
    Severity.WARNING,
    "Readers see a broken image.",
    "RFC 9110, 8.3 Content-Type",
)
def no_image(responses: UrlResponses) -> Iterator[Finding]:
    """An image URL that returns something else, such as a web page.

    Copy the URL of the image itself, or save the image next to the issue's file.
    """
    for link, response in responses.successful():
        kind = response.content_type.partition(";")[0].strip().lower()
        if link.image and kind and not kind.startswith(("image/", "application/octet-stream")):
            advice = "Copy the URL of the image itself, or save the image next to the issue's file."
            yield Finding(link.steps, f"not an image: the response is {kind}", advice, within=link.url)


@rules.rule(
    "online-slow",
    Severity.WARNING,
    "Most readers do not wait that long.",
    "the limit is a convention: 5 seconds",
)
def slow(responses: UrlResponses) -> Iterator[Finding]:
    """A URL that took more than 5 seconds to respond.

    Check again later. If it stays slow, link to another page.
    """
    for link, response in responses.successful():
        if response.seconds > SLOW:
            message = f"slow response: {response.seconds:.0f} seconds"
            yield Finding(
                link.steps, message, "Check again later. If it stays slow, link to another page.", within=link.url
            )


@rules.rule(
    "online-heavy",
    Severity.WARNING,
    "On a phone it loads slowly, and uses up mobile data.",
    "the limits are conventions: 10 MB for a page, 1 MiB for an image",
)
def heavy(responses: UrlResponses) -> Iterator[Finding]:
    """A page of more than 10 MB, or an image of more than 1 MiB.

    Save an image next to the issue's file: `newsletter` makes it smaller. Mention the size of a page in the comment.
    """
    for link, response in responses.successful():
        what, most = ("image", HEAVIEST_IMAGE) if link.image else ("page", HEAVIEST_PAGE)
        if (response.size or 0) > most:
            message = f"this {what} has {response.size:,} bytes, more than {most:,}"
            advice = (
                "Save it next to the issue's file: `newsletter` makes it smaller."
                if link.image
                else "Mention the size in the comment."
            )
            yield Finding(link.steps, message, advice, within=link.url)


@rules.rule(
    "online-image-weight",
    Severity.INFORMATION,
    "Readers' devices load these bytes in addition to the email.",
    "RFC 9110, 8.6 Content-Length",
)
def image_weight(responses: UrlResponses) -> Iterator[Finding]:
    """The total size of all images on other sites.

    Save images next to the issue's file: `newsletter` makes them smaller.
    """
    sizes = [response.size for link, response in responses.successful() if link.image and response.size]
    if sizes:
        count = f"{len(sizes)} image" + ("" if len(sizes) == 1 else "s")
        yield Finding(
            (), f"{count} on other sites: {sum(sizes):,} bytes", "Images next to the issue's file are made smaller."
        )
