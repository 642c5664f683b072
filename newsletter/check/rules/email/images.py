"""Images: their alternative texts, their sizes and their formats."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.email.html_elements import Element, named, shortened, words_of
from newsletter.check.rules.email.rendered_email import RenderedEmail
from newsletter.documents.paths import Steps
from newsletter.errors import Severity

rules: Rules[RenderedEmail] = Rules(Subject.EMAIL)
LONGEST_ALT = 125
HEAVIEST = 1_048_576
# As files end, and as cameras and phones call theirs.
_FILE_NAME = re.compile(
    r"\S+\.(?:png|jpe?g|gif|webp|avif|svg|bmp|tiff?)|(?:IMG|DSCN?|PXL|Screenshot)[_-]?\d[\w-]*", re.IGNORECASE
)
_IN_STYLE = re.compile(r"url\(\s*['\"]?data:image", re.IGNORECASE)
_REPORT = "Email Markup Consortium, Accessibility Report 2026"
_NON_TEXT = "WCAG 2.2, 1.1.1 Non-text Content"


@rules.rule(
    "email-image-alt",
    Severity.ERROR,
    "Without one, a screen reader reads out the file's name; many readers see no images until they ask for them.",
    f"{_NON_TEXT}; {_REPORT}: 48 % of emails",
)
def alt(email: RenderedEmail) -> Iterator[Finding]:
    """An image without `alt`; an empty one says that the image is an ornament."""
    images = ((image, f"{named(image)} has no `alt`") for image in _images(email) if image.get("alt") is None)
    yield from email.findings(images, 'Write one in the template, or alt="" for an ornament.')


@rules.rule(
    "email-image-link-alt",
    Severity.WARNING,
    "The image is all that the link says, and to those who do not see it the link says nothing.",
    f"{_NON_TEXT}; technique H30",
)
def link_alt(email: RenderedEmail) -> Iterator[Finding]:
    """A link of nothing but an image whose `alt` is empty."""
    links = (
        (link, f"a link to `{shortened(link.get('href', ''))}` holds nothing but an image without words")
        for link in email.root.iter("a")
        if link.get("href") and link.find(".//img") is not None and not words_of(link) and not link.get("aria-label")
    )
    yield from email.findings(links, "Say in the image's alternative text where the link leads.")


@rules.rule(
    "email-image-alt-form",
    Severity.WARNING,
    "A file's name tells a reader nothing, and a long text is read out without a pause and cut off by some clients.",
    f"{_NON_TEXT}; technique F30",
)
def alt_form(email: RenderedEmail) -> Iterator[Finding]:
    """An alternative text that is a file's name, such as `IMG_2034`, or longer than 125 characters."""
    # What stands for a missing one is made from the title; that it is missing is the issue's rule.
    made = {
        part.view.figure.image.alt for part in email.entries if part.view.figure and not _has_alt(email, part.steps)
    }
    for image in _images(email):
        text = image.get("alt", "").strip()
        if _FILE_NAME.fullmatch(text):
            message = f"the alternative text `{shortened(text)}` is a file name"
            yield _at(email, image, "image_alt", message, "Say what the image shows.")
        elif len(text) > LONGEST_ALT and text not in made:
            message = f"the alternative text `{shortened(text)}` has {len(text)} characters"
            advice = f"Say in at most {LONGEST_ALT} what the image shows, and the rest in the comment."
            yield _at(email, image, "image_alt", message, advice)


@rules.rule(
    "email-image-width",
    Severity.ERROR,
    "Outlook for Windows shows an image in all of its own pixels unless the attribute says otherwise.",
    "measured: Outlook for Windows, Word's rendering; docs/email.md",
)
def width(email: RenderedEmail) -> Iterator[Finding]:
    """An image without a `width` in pixels."""
    images = (
        (image, f"{named(image)} has no width in pixels")
        for image in _images(email)
        if not re.fullmatch(r"\s*[1-9][0-9]*\s*(?:px)?\s*", image.get("width", ""))
    )
    yield from email.findings(images, "Write `width` as a number of pixels in the template.")


@rules.rule(
    "email-image-heavy",
    Severity.WARNING,
    "On a phone it takes seconds to come, and costs its reader money.",
    "the limit is a convention of the field: 1 MiB",
)
def heavy(email: RenderedEmail) -> Iterator[Finding]:
    """An image of more than 1 MiB, as newsletter has made it ready."""
    for image in _images(email):
        hosted = email.images.get(image.get("src", ""))
        if hosted and hosted.weight > HEAVIEST:
            message = f"{named(image)} has {hosted.weight:,} bytes, and more than {HEAVIEST:,} are slow to load"
            advice = "Save a photograph as JPEG, and shorten an animation."
            yield _at(email, image, "image", message, advice)


@rules.rule(
    "email-image-coarse",
    Severity.WARNING,
    "Most screens have two or three pixels for each of a page's, and an image with fewer is blurred.",
    "CSS Values and Units 4, 6.2 Absolute Lengths; docs/email.md",
)
def coarse(email: RenderedEmail) -> Iterator[Finding]:
    """An image with less than twice the pixels of the width at which it is shown."""
    for image in _images(email):
        hosted, shown = email.images.get(image.get("src", "")), image.get("width", "").strip().removesuffix("px")
        if hosted and shown.isdigit() and hosted.width < 2 * int(shown):
            message = f"{named(image)} is shown {shown} pixels wide, and has {hosted.width} of its own"
            advice = f"Save it {2 * int(shown)} pixels wide or more, if there is a larger one."
            yield _at(email, image, "image", message, advice)


@rules.rule(
    "email-image-format",
    Severity.ERROR,
    "Gmail and Outlook show neither: the reader sees an empty frame.",
    "caniemail.com: SVG image format, Base 64 image format, <svg> element",
)
def format(email: RenderedEmail) -> Iterator[Finding]:
    """An image that is an SVG, or is written into the HTML or a style as `data:`."""
    drawn = ((svg, "an `<svg>` is drawn in the HTML") for svg in email.root.iter("svg"))
    yield from email.findings(drawn, "Save it as PNG, and show that.")
    styled = (
        (element, "an image is written into a style as `data:`")
        for element in email.elements
        if _IN_STYLE.search(element.text or "" if element.tag == "style" else element.get("style", ""))
    )
    yield from email.findings(styled, "Show a hosted one.")
    for image in _images(email):
        source = image.get("src", "")
        if source.lower().startswith("data:"):
            yield _at(email, image, "image", "an image is written into the HTML as `data:`", "Show a hosted one.")
        elif _suffix(source) in (".svg", ".svgz"):
            yield _at(email, image, "image", f"{named(image)} is an SVG", "Save it as PNG, and show that.")


@rules.rule(
    "email-image-new-format",
    Severity.WARNING,
    "Outlook for Windows shows neither, and of those who use older phones many see neither.",
    "caniemail.com: AVIF image format, webP image format",
)
def new_format(email: RenderedEmail) -> Iterator[Finding]:
    """An image in AVIF or WebP that lies elsewhere; those beside the issue are made JPEG or PNG."""
    for image in _images(email):
        suffix = _suffix(image.get("src", ""))
        if suffix in (".avif", ".webp"):
            advice = "Save it beside the issue: newsletter makes a JPEG or PNG of it."
            yield _at(email, image, "image", f"{named(image)} is in {suffix[1:].upper()}", advice)


def _images(email: RenderedEmail) -> Iterator[Element]:
    return email.root.iter("img")


def _suffix(source: str) -> str:
    try:
        return PurePosixPath(unquote(urlsplit(source).path)).suffix.lower()
    except ValueError:
        return ""


def _has_alt(email: RenderedEmail, steps: Steps) -> bool:
    entry = next(entry for section, index, entry in email.document.issue.entries() if steps[1:] == (section, index))
    return bool(entry.image_alt)


def _at(email: RenderedEmail, image: Element, field: str, message: str, advice: str) -> Finding:
    """A finding at the field of an entry's figure, or at the comment or the text that the image stands in."""
    part = email.entry_of(image)
    figure = part and part.view.figure and part.view.figure.image.source == image.get("src")
    (finding,) = email.findings([(image, message)], advice, field if figure else "comment")
    return finding
