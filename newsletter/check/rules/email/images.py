"""Rules on images: alternative texts, sizes and formats."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.email.rendered_email import RenderedEmail
from newsletter.check.rules.html_elements import Element, description_of, shortened, words_of
from newsletter.documents.paths import Steps
from newsletter.errors import Severity

rules: Rules[RenderedEmail] = Rules(Subject.EMAIL)
LONGEST_ALT = 125
HEAVIEST = 1_048_576
# File names by their suffix, and the names that cameras and phones give.
_FILE_NAME = re.compile(
    r"\S+\.(?:png|jpe?g|gif|webp|avif|svg|bmp|tiff?)|(?:IMG|DSCN?|PXL|Screenshot)[_-]?\d[\w-]*", re.IGNORECASE
)
_IN_STYLE = re.compile(r"url\(\s*['\"]?data:image", re.IGNORECASE)
_REPORT = "Email Markup Consortium, Accessibility Report 2026"
_NON_TEXT = "WCAG 2.2, 1.1.1 Non-text Content"


@rules.rule(
    "email-image-alt",
    Severity.ERROR,
    "Without it, screen readers read out the file name; many readers see no images until they allow them.",
    f"{_NON_TEXT}; {_REPORT} (48 % of emails)",
)
def alt(email: RenderedEmail) -> Iterator[Finding]:
    """An image without an `alt` attribute. An empty one marks a decorative image.

    Write `alt` in the template, or `alt=""` for a decorative image.
    """
    images = ((image, f"{description_of(image)} has no `alt`") for image in _images(email) if image.get("alt") is None)
    yield from email.findings(images, 'Write it in the template, or `alt=""` for a decorative image.')


@rules.rule(
    "email-image-link-alt",
    Severity.WARNING,
    "The link contains only the image, so readers who do not see the image do not know where the link leads.",
    f"{_NON_TEXT}; technique H30",
)
def link_alt(email: RenderedEmail) -> Iterator[Finding]:
    """A link that contains only an image with an empty `alt`.

    Write in the image's `alt` where the link leads.
    """
    links = (
        (link, f"the link to `{shortened(link.get('href', ''))}` contains only an image without words")
        for link in email.root.iter("a")
        if link.get("href") and link.find(".//img") is not None and not words_of(link) and not link.get("aria-label")
    )
    yield from email.findings(links, "Write in the image's `alt` where the link leads.")


@rules.rule(
    "email-image-alt-form",
    Severity.WARNING,
    "A file name describes nothing; a long text is read out without a pause, and some clients cut it off.",
    f"{_NON_TEXT}; technique F30",
)
def alt_form(email: RenderedEmail) -> Iterator[Finding]:
    """An alternative text that is a file name, such as `IMG_2034`, or longer than 125 characters.

    Describe the image in at most 125 characters, and write the rest in the comment.
    """
    # A missing alternative text is replaced by one made from the title; `image-without-alt` reports it.
    made = {
        part.view.figure.image.alt for part in email.entries if part.view.figure and not _has_alt(email, part.steps)
    }
    for image in _images(email):
        text = image.get("alt", "").strip()
        if _FILE_NAME.fullmatch(text):
            message = f"the alternative text `{shortened(text)}` is a file name"
            yield _at(email, image, "image_alt", message, "Describe what the image shows.")
        elif len(text) > LONGEST_ALT and text not in made:
            message = f"the alternative text `{shortened(text)}` has {len(text)} characters"
            advice = f"Describe the image in at most {LONGEST_ALT} characters, and write the rest in the comment."
            yield _at(email, image, "image_alt", message, advice)


@rules.rule(
    "email-image-width",
    Severity.ERROR,
    "Without it, Outlook for Windows shows an image at its full pixel size.",
    "measured: Outlook for Windows, which renders with Word; docs/email.md",
)
def width(email: RenderedEmail) -> Iterator[Finding]:
    """An image without a `width` in pixels.

    Write `width` as a number of pixels in the template.
    """
    images = (
        (image, f"{description_of(image)} has no width in pixels")
        for image in _images(email)
        if not re.fullmatch(r"\s*[1-9][0-9]*\s*(?:px)?\s*", image.get("width", ""))
    )
    yield from email.findings(images, "Write `width` as a number of pixels in the template.")


@rules.rule(
    "email-image-heavy",
    Severity.WARNING,
    "On a phone it takes seconds to load, and uses up mobile data.",
    "the limit is a convention: 1 MiB",
)
def heavy(email: RenderedEmail) -> Iterator[Finding]:
    """An image of more than 1 MiB after `newsletter` has resized it.

    Save a photograph as JPEG, and shorten an animation.
    """
    for image in _images(email):
        hosted = email.images.get(image.get("src", ""))
        if hosted and hosted.weight > HEAVIEST:
            message = f"{description_of(image)} has {hosted.weight:,} bytes, more than {HEAVIEST:,}"
            advice = "Save a photograph as JPEG, and shorten an animation."
            yield _at(email, image, "image", message, advice)


@rules.rule(
    "email-image-coarse",
    Severity.WARNING,
    "Most screens have two or three pixels for each CSS pixel, so the image looks blurred.",
    "CSS Values and Units 4, 6.2 Absolute Lengths; docs/email.md",
)
def coarse(email: RenderedEmail) -> Iterator[Finding]:
    """An image with less than twice as many pixels as the width at which it is shown.

    Use a larger version of the image, if there is one.
    """
    for image in _images(email):
        hosted, shown = email.images.get(image.get("src", "")), image.get("width", "").strip().removesuffix("px")
        if hosted and shown.isdigit() and hosted.width < 2 * int(shown):
            message = f"{description_of(image)} is shown {shown} pixels wide, but is only {hosted.width} pixels wide"
            advice = f"Use a version of at least {2 * int(shown)} pixels, if there is one."
            yield _at(email, image, "image", message, advice)


@rules.rule(
    "email-image-format",
    Severity.ERROR,
    "Gmail and Outlook do not show it: readers see an empty frame.",
    "caniemail.com: SVG image format, Base 64 image format, <svg> element",
)
def format(email: RenderedEmail) -> Iterator[Finding]:
    """An SVG image, or an image that is embedded in the HTML or in a style as `data:`.

    Save an SVG as PNG, and use a hosted image instead of `data:`.
    """
    drawn = ((svg, "`<svg>` in the HTML") for svg in email.root.iter("svg"))
    yield from email.findings(drawn, "Save the image as PNG.")
    styled = (
        (element, "image in a style as `data:`")
        for element in email.elements
        if _IN_STYLE.search(element.text or "" if element.tag == "style" else element.get("style", ""))
    )
    yield from email.findings(styled, "Use a hosted image.")
    for image in _images(email):
        source = image.get("src", "")
        if source.lower().startswith("data:"):
            yield _at(email, image, "image", "image in the HTML as `data:`", "Use a hosted image.")
        elif _suffix(source) in (".svg", ".svgz"):
            yield _at(email, image, "image", f"{description_of(image)} is an SVG", "Save the image as PNG.")


@rules.rule(
    "email-image-new-format",
    Severity.WARNING,
    "Outlook for Windows and many older phones do not show it.",
    "caniemail.com: AVIF image format, webP image format",
)
def new_format(email: RenderedEmail) -> Iterator[Finding]:
    """An AVIF or WebP image on another site. Images next to the issue's file are converted to JPEG or PNG.

    Save the image next to the issue's file.
    """
    for image in _images(email):
        suffix = _suffix(image.get("src", ""))
        if suffix in (".avif", ".webp"):
            advice = "Save it next to the issue's file: `newsletter` converts it to JPEG or PNG."
            yield _at(email, image, "image", f"{description_of(image)} is {suffix[1:].upper()}", advice)


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
    """Return a finding at a field of the entry if the image is its figure, else at its comment."""
    part = email.entry_of(image)
    figure = part and part.view.figure and part.view.figure.image.source == image.get("src")
    (finding,) = email.findings([(image, message)], advice, field if figure else "comment")
    return finding
