"""Makes copies of images in WebP or AVIF for the archive. All browsers show these, but not all email clients.

The format depends on the kind of picture, which is known before anything is encoded: no copy is made for comparison.
The figures are shares of the bytes of both formats together, measured on drawings, screenshots and photographs:

- Photographs: lossy WebP. Method 2 takes half the time of method 4, for 5% more bytes. The copy for phones is reduced
  by bicubic interpolation and encoded by method 1: as many bytes, and three quarters of the time.
- Drawings with few colours: lossless WebP with the pixels of the author's file. After a change of size, a drawing has
  thousands of colours, and takes three times as many bytes.
- Other drawings and large screenshots: AVIF with full colour resolution. Speed 8 takes a sixth of the default's time.

A thumbnail is a small copy of fixed size for lists.
"""

import io
from collections.abc import Collection, Container, Iterator
from enum import Enum
from typing import TYPE_CHECKING

from newsletter.text.images import (
    Asset,
    DecodedImage,
    asset_key,
    asset_name,
    asset_size,
    decode_image,
    encode_asset,
    fit_width,
)

if TYPE_CHECKING:
    from PIL import Image

SUFFIXES = (".webp", ".avif")
# The width in pixels of the copy for phones: the column of a phone with two pixels for each CSS pixel. Images that are
# not much wider have no such copy.
NARROW, _WIDE = 720, 900
# Drawings have this share of pixels that are equal to the pixel to their left, and at most so many colours.
_FLAT, _FEW_COLOURS = 0.5, 256
# The longest side of a WebP, in pixels (RFC 9649, section 2.5).
_LONGEST_SIDE = 16_383
# The size of a thumbnail in CSS pixels. It has twice as many pixels.
THUMBNAIL = 96, 64


class PictureKind(Enum):
    """What an image shows, as far as its format depends on it."""

    PHOTOGRAPH = "photograph"
    DRAWING = "drawing"
    SHADED = "shaded"


def make_web_images(content: bytes, width: int, present: Container[str] = ()) -> Iterator[Asset]:
    """Yield the asset of an image and its copies for the archive, all made from the image decoded once.

    Args:
        content: The author's file.
        width: The width of the display, in CSS pixels.
        present: The names of images that exist already. They are not made again.

    Raises:
        ImageError: See `make_asset`.
    """
    decoded = decode_image(content, width)
    asset = encode_asset(decoded)
    yield asset
    if decoded.animated:
        return
    kind = classify(decoded)
    shown = decoded.image if kind is PictureKind.DRAWING else decoded.fitted
    if max(shown.size) > _LONGEST_SIDE:
        return
    suffix = "avif" if kind is PictureKind.SHADED else "webp"
    key = asset_key(content, width)
    name = asset_name(key, shown.size, suffix)
    if name not in present:
        copy = Asset(name, _encode_copy(shown, kind))
        if len(copy.content) >= len(asset.content):
            return
        yield copy
    if kind is not PictureKind.DRAWING and shown.width >= _WIDE:
        small = fit_width(shown, NARROW, fast=kind is PictureKind.PHOTOGRAPH)
        yield Asset(asset_name(key, small.size, suffix), _encode_copy(small, kind, method=1))


def classify(decoded: DecodedImage) -> PictureKind:
    """Return the kind of a picture. A JPEG counts as a photograph."""
    from PIL import ImageChops

    if decoded.kind == "JPEG":
        return PictureKind.PHOTOGRAPH
    small = decoded.image.width <= 3 * decoded.width
    image = decoded.image if small else decoded.fitted
    grey, width, height = image.convert("L"), *image.size
    change = ImageChops.difference(grey.crop((1, 0, width, height)), grey.crop((0, 0, width - 1, height)))
    equal = change.histogram()[0] if width > 1 else height
    if equal < _FLAT * width * height:
        return PictureKind.PHOTOGRAPH
    few = image.mode in ("L", "P") or image.getcolors(_FEW_COLOURS)
    return PictureKind.DRAWING if few and small else PictureKind.SHADED


def lacks_narrow_copy(asset: str, copies: Collection[str]) -> bool:
    """Return True if the copy for phones of a photograph is missing. Earlier versions did not make it.

    Args:
        asset: The name of the photograph's asset.
        copies: The names of its copies.
    """
    stem, _, suffix = asset.rpartition(".")
    return suffix == "jpg" and asset_size(asset)[0] >= _WIDE and [f"{stem}.webp"] == list(copies)


def thumbnail_name(name: str) -> str:
    """Return the name of the thumbnail of an asset, with the same key."""
    return f"{name.partition('-')[0]}-{2 * THUMBNAIL[0]}x{2 * THUMBNAIL[1]}.small.webp"


def has_thumbnail(pixels: tuple[int, int]) -> bool:
    """Return whether an image is large enough for a thumbnail."""
    return pixels[0] >= THUMBNAIL[0] and pixels[1] >= THUMBNAIL[1]


def make_thumbnail(content: bytes) -> bytes:
    """Convert an image that `make_asset` accepts to a thumbnail. Its upper middle is shown, on white."""
    from PIL import Image, ImageOps

    size = 2 * THUMBNAIL[0], 2 * THUMBNAIL[1]
    with Image.open(io.BytesIO(content)) as opened:
        # A JPEG is decoded at a lower resolution, which is faster.
        opened.draft("RGB", (2 * size[0], 2 * size[1]))
        turned = ImageOps.exif_transpose(opened)
        image = fit_width(turned, max(size[0], -(-size[1] * turned.width // turned.height)))
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    fitted = ImageOps.fit(image, size, Image.Resampling.LANCZOS, centering=(0.5, 0.25))
    if fitted.mode == "RGBA":
        fitted = Image.alpha_composite(Image.new("RGBA", size, "#ffffff"), fitted).convert("RGB")
    return _written(fitted, "WEBP", quality=75, method=4)


def _encode_copy(image: "Image.Image", kind: PictureKind, method: int = 2) -> bytes:
    plain = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if kind is PictureKind.DRAWING:
        return _written(plain, "WEBP", lossless=True, quality=75, method=4)
    if kind is PictureKind.SHADED:
        return _written(plain, "AVIF", quality=60, speed=8, subsampling="4:4:4", max_threads=1)
    return _written(plain, "WEBP", quality=80, method=method)


def _written(image: "Image.Image", format: str, **settings: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **settings)
    return file.getvalue()
