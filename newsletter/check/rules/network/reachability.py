"""Whether each address of an issue is reached, where it leads, how soon, and how much comes of it."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.network.url_answers import UrlAnswers, secure
from newsletter.errors import FetchError, NoAnswerError, Severity
from newsletter.text.canonical_url import link_key

rules: Rules[UrlAnswers] = Rules(Subject.NETWORK)
SLOW = 5
# That more than so many addresses are all gone at once is hardly their fault.
_SOME = 3
HEAVIEST_PAGE, HEAVIEST_IMAGE = 10_000_000, 1_048_576
# Redirects that say that the new address is the one to use (RFC 9110, 15.4).
_FOR_GOOD = (301, 308)
# Answers to who asks, not to what is asked for: of a wall before the page, or of too many questions.
_TO_THE_ASKER = (401, 402, 403, 407, 429, 451, 503, 999)


@rules.rule(
    "online-broken",
    Severity.WARNING,
    "The reader's click ends on an error page, and an email cannot be mended.",
    "RFC 9110, 15 Status Codes",
)
def broken(answers: UrlAnswers) -> Iterator[Finding]:
    """A link or an image that does not answer, or answers with an error."""
    if len(answers.addresses) > _SOME and all(
        isinstance(answers.by_url[address.url], NoAnswerError) for address in answers.addresses
    ):
        message = f"none of the {len(answers.addresses)} addresses is reached"
        yield Finding((), message, "Is this machine on the network?")
        return
    for address in answers.addresses:
        answer = answers.by_url[address.url]
        what = "image" if address.image else "link"
        if isinstance(answer, FetchError):
            advice = answer.advice or "Open it in a browser, and write where the page is now."
            yield Finding(address.steps, f"this {what} is not reached: {answer.message}", advice, within=address.url)
        elif not answer.ok and answer.status not in _TO_THE_ASKER:
            advice = "Write where it is now, or link to a copy at web.archive.org."
            yield Finding(address.steps, f"this {what} is broken: {answer.description}", advice, within=address.url)


@rules.rule(
    "online-refused",
    Severity.INFORMATION,
    "Some servers turn away every program: whether a reader gets the page, only a browser can tell.",
    "RFC 9110, 15.5.4 403 Forbidden; RFC 6585, 4 429 Too Many Requests",
)
def refused(answers: UrlAnswers) -> Iterator[Finding]:
    """A link or an image whose server refused to answer a program."""
    for address in answers.addresses:
        answer = answers.by_url[address.url]
        if not isinstance(answer, FetchError) and answer.status in _TO_THE_ASKER:
            yield Finding(
                address.steps, f"not verified: {answer.description}", "Open it in a browser.", within=address.url
            )


@rules.rule(
    "online-redirected",
    Severity.WARNING,
    "The page has moved, and the old address may stop leading there; or it is gone, and the front page stands in.",
    "RFC 9110, 15.4.2 301 Moved Permanently",
)
def redirected(answers: UrlAnswers) -> Iterator[Finding]:
    """An address that leads on to another story's for good, or from a page to the front page of a site."""
    for address, answer in answers.answered():
        if not answer.redirects or link_key(answer.final_url) == link_key(address.url):
            continue
        if _is_page(address.url) and not _is_page(answer.final_url):
            message = f"this address leads to a front page, {answer.final_url}"
            yield Finding(address.steps, message, "Is the page gone? Write where it is now.", within=address.url)
        elif all(hop.status in _FOR_GOOD for hop in answer.redirects):
            message = f"the page has moved to {answer.final_url}"
            yield Finding(address.steps, message, "Write the new address.", within=address.url)


@rules.rule(
    "online-https",
    Severity.WARNING,
    "What is fetched without encryption can be read and changed on its way, and browsers warn of it.",
    "RFC 8446; looked at in place of `http-link`, which cannot know",
)
def https(answers: UrlAnswers) -> Iterator[Finding]:
    """An http address whose page is there with https too."""
    for address in answers.addresses:
        if address.url.lower().startswith("http:"):
            answer = answers.by_url[secure(address.url)]
            if not isinstance(answer, FetchError) and answer.ok and answer.final_url.startswith("https:"):
                message = "this URL begins with http:, and https answers"
                yield Finding(address.steps, message, f"Write {secure(address.url)}.", within=address.url)


@rules.rule(
    "online-no-image",
    Severity.WARNING,
    "The reader sees a broken image.",
    "RFC 9110, 8.3 Content-Type",
)
def no_image(answers: UrlAnswers) -> Iterator[Finding]:
    """An image's address that answers with something else, such as a page."""
    for address, answer in answers.answered():
        kind = answer.content_type.partition(";")[0].strip().lower()
        if address.image and kind and not kind.startswith(("image/", "application/octet-stream")):
            advice = "Copy the address of the image itself, or save it beside the issue."
            yield Finding(address.steps, f"this is no image: it answers with {kind}", advice, within=address.url)


@rules.rule(
    "online-slow",
    Severity.WARNING,
    "Most readers do not wait so long.",
    "the limit is a convention of the field: 5 seconds",
)
def slow(answers: UrlAnswers) -> Iterator[Finding]:
    """An address that took more than 5 seconds to answer."""
    for address, answer in answers.answered():
        if answer.seconds > SLOW:
            message = f"this address took {answer.seconds:.0f} seconds to answer"
            yield Finding(address.steps, message, "Try it again; else look for another page.", within=address.url)


@rules.rule(
    "online-heavy",
    Severity.WARNING,
    "On a phone it takes long to come, and costs its reader money.",
    "the limits are conventions of the field: 10 MB a page, 1 MiB an image",
)
def heavy(answers: UrlAnswers) -> Iterator[Finding]:
    """A page of more than 10 MB, or an image of more than 1 MiB."""
    for address, answer in answers.answered():
        what, most = ("image", HEAVIEST_IMAGE) if address.image else ("page", HEAVIEST_PAGE)
        if (answer.size or 0) > most:
            message = f"this {what} has {answer.size:,} bytes"
            advice = (
                "Save it beside the issue: newsletter makes it smaller." if address.image else "Say so in the comment."
            )
            yield Finding(address.steps, message, advice, within=address.url)


@rules.rule(
    "online-image-weight",
    Severity.INFORMATION,
    "What a reader's phone loads beside the email itself.",
    "RFC 9110, 8.6 Content-Length",
)
def image_weight(answers: UrlAnswers) -> Iterator[Finding]:
    """The bytes of all images that lie elsewhere, together."""
    sizes = [answer.size for address, answer in answers.answered() if address.image and answer.size]
    if sizes:
        count = f"{len(sizes)} image" + ("" if len(sizes) == 1 else "s")
        yield Finding((), f"{count} from elsewhere: {sum(sizes):,} bytes", "Those beside the issue are made smaller.")


def _is_page(url: str) -> bool:
    """Whether an address names more than a site."""
    parts = urlsplit(url)
    return bool(parts.path.strip("/") or parts.query)
