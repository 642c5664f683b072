"""Fetches the image of a page and makes it ready for an issue."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from newsletter.errors import FetchError, ImageError
from newsletter.http.fetcher import Fetcher
from newsletter.issue.slugs import hyphenated
from newsletter.text.images import COLUMN, asset_size, make_asset

_LEAST_WIDTH, _LEAST_HEIGHT = 200, 100


@dataclass(frozen=True, slots=True)
class PageImage:
    """An image made ready to be kept beside an issue, and the name that suits its file."""

    name: str
    content: bytes


async def fetch_image(address: str, title: str, fetcher: Fetcher) -> PageImage:
    """The image at an address, in a format that inboxes show and no larger than they need.

    Raises:
        FetchError: it cannot be fetched.
        ImageError: what is there is no image, or too small to be shown.
    """
    answer = await fetcher.fetch(address)
    if not answer.ok:
        raise FetchError(answer.description)
    if answer.content_type.startswith("text/html"):
        raise ImageError("its address leads to a page, not to an image")
    asset = make_asset(answer.content, COLUMN)
    width, height = asset_size(asset.name)
    if width < _LEAST_WIDTH or height < _LEAST_HEIGHT:
        raise ImageError(f"it has only {width} × {height} pixels")
    return PageImage(f"{file_stem(title, address)}.{asset.name.rpartition('.')[2]}", asset.content)


def file_stem(title: str, address: str) -> str:
    """A name for an image's file: the first words of the title in ASCII, or the address's own last word."""
    for text in (title, urlsplit(address).path.rpartition("/")[2].partition(".")[0], "image"):
        stem = hyphenated(text)
        if len(stem) > 2 and len(stem) * 3 >= len(text[:40]):
            return stem if len(stem) <= 40 else stem[:41].rpartition("-")[0] or stem[:40]
    return "image"
