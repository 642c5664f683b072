"""Fetches the image of a page and prepares it for an issue."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from newsletter.errors import FetchError, ImageError
from newsletter.http.fetcher import Fetcher
from newsletter.issue.slugs import slugify
from newsletter.text.images import COLUMN, asset_size, make_asset

_LEAST_WIDTH, _LEAST_HEIGHT = 200, 100


@dataclass(frozen=True, slots=True)
class PageImage:
    """A prepared image and the name of its file."""

    name: str
    content: bytes


async def fetch_image(address: str, title: str, fetcher: Fetcher) -> PageImage:
    """Fetch an image, and convert it to a format and a size for email.

    Args:
        address: the URL of the image.
        title: the title of the page, for the name of the file.
        fetcher: fetches the image.

    Raises:
        FetchError: the image cannot be fetched.
        ImageError: the response is not an image, or the image is too small.
    """
    answer = await fetcher.fetch(address)
    if not answer.ok:
        raise FetchError(answer.description)
    if answer.content_type.startswith("text/html"):
        raise ImageError("expected an image, found an HTML page")
    asset = make_asset(answer.content, COLUMN)
    width, height = asset_size(asset.name)
    if width < _LEAST_WIDTH or height < _LEAST_HEIGHT:
        raise ImageError(f"the image is too small: {width} × {height} pixels")
    return PageImage(f"{file_stem(title, address)}.{asset.name.rpartition('.')[2]}", asset.content)


def file_stem(title: str, address: str) -> str:
    """Return a file name without suffix: the first words of the title in ASCII, or the last part of the URL."""
    for text in (title, urlsplit(address).path.rpartition("/")[2].partition(".")[0], "image"):
        stem = slugify(text)
        if len(stem) > 2 and len(stem) * 3 >= len(text[:40]):
            return stem if len(stem) <= 40 else stem[:41].rpartition("-")[0] or stem[:40]
    return "image"
