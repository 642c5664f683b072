"""Images made ready for an inbox: measured, bounded, and in a format that every client shows.

JPEG, PNG and GIF are written anew only where that makes them smaller, a still GIF as PNG; all
other formats become PNG where they have transparency, and JPEG where they have none. An
animation is kept as it is in a GIF; of all other formats its first frame is.
"""

import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.errors import ImageError
from newsletter.text.digests import sha256_hex

if TYPE_CHECKING:
    from PIL import Image

# The width of the page's column, in CSS pixels; an image is shown no taller than MAX_HEIGHT.
COLUMN, MAX_HEIGHT = 528, 660
MAX_BYTES = 25_000_000
MAX_PIXELS = 50_000_000
# Changed when the same bytes would become another asset, so that an old one is not taken for it.
_RECIPE = b"1"
# Those that Pillow reads by itself: for others it would call programs of the machine's.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "AVIF")
_KEPT = {"JPEG": "jpg", "PNG": "png", "GIF": "gif"}


@dataclass(frozen=True, slots=True)
class Asset:
    """An image as it is hosted: its file name, which carries its size in pixels, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """An image as it is shown: its hosted URL, and its size in CSS pixels where it is known."""

    url: str
    width: int
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Hosted:
    """What is known of an image that newsletter hosts: its size in bytes and in pixels."""

    weight: int
    width: int
    height: int


def asset_key(content: bytes, width: int) -> str:
    """The beginning of an asset's name: a hash of the image, of the width it is made for, and of how."""
    return sha256_hex(b"%b:%d:" % (_RECIPE, width) + content, 16)


def asset_size(name: str) -> tuple[int, int]:
    """The width and height in pixels that an asset's name carries."""
    width, height = name.rpartition("-")[2].partition(".")[0].split("x")
    return int(width), int(height)


def display_size(pixels: tuple[int, int], width: int, height: int) -> tuple[int, int]:
    """The size in CSS pixels at which an image is shown: never larger than it is, and within bounds."""
    scale = min(1, width / pixels[0], height / pixels[1])
    return max(1, round(pixels[0] * scale)), max(1, round(pixels[1] * scale))


def make_asset(content: bytes, width: int) -> Asset:
    """An image made ready for a display of `width` CSS pixels, at twice as many pixels at most.

    Raises:
        ImageError: it is no image, too large, or of a kind that inboxes do not show.
    """
    if b"<svg" in content[:1000].lower():
        raise ImageError(
            "the image is an SVG, and inboxes do not show these", "Export it as a PNG, about 1,056 pixels wide."
        )
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # What Pillow warns of (a large image, odd metadata) is judged below, or does not matter here.
            warnings.simplefilter("ignore")
            image: Image.Image = Image.open(io.BytesIO(content), formats=FORMATS)
            return _made(image, content, width)
    except Image.DecompressionBombError as error:
        message = f"the image has too many pixels: at most {MAX_PIXELS:,} are taken"
        raise ImageError(message, "Save a smaller one: 1,056 pixels are wide enough.") from error
    except UnidentifiedImageError as error:
        raise ImageError("the file is not an image that can be read", "Save it as PNG or JPEG.") from error
    except Exception as error:
        raise ImageError(f"the image is broken: {error}", "Save it again, as PNG or JPEG.") from error


def _made(image: "Image.Image", content: bytes, width: int) -> Asset:
    from PIL import Image, ImageOps, ImageSequence

    if image.width * image.height > MAX_PIXELS:
        raise Image.DecompressionBombError
    kind = image.format or ""
    if kind == "GIF" and getattr(image, "is_animated", False):
        for frame in ImageSequence.Iterator(image):
            frame.load()
        return _asset(content, width, image.size, content, "gif")
    # What a camera wrote beside the pixels, such as where it was, does not go out.
    private = "exif" in image.info or "xmp" in image.info
    fitted = _fitted(ImageOps.exif_transpose(image), 2 * width)
    written, suffix = _written(fitted, kind)
    keeps = kind in _KEPT and image.mode != "CMYK" and not private and fitted.size == image.size
    if keeps and len(written) >= len(content):
        return _asset(content, width, image.size, content, _KEPT[kind])
    return _asset(content, width, fitted.size, written, suffix)


def _asset(source: bytes, width: int, size: tuple[int, int], content: bytes, suffix: str) -> Asset:
    return Asset(f"{asset_key(source, width)}-{size[0]}x{size[1]}.{suffix}", content)


def _fitted(image: "Image.Image", widest: int) -> "Image.Image":
    """An image in a plain colour mode, and not wider than `widest` pixels."""
    from PIL import Image

    if image.mode.startswith("I"):
        # Sixteen bits a pixel: Pillow's own conversion would clip them to white.
        image = image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    smaller = image.width > widest
    if smaller and image.mode == "P":
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    elif image.mode not in ("L", "LA", "P", "RGB", "RGBA"):
        image = image.convert("RGBA" if image.has_transparency_data else "L" if image.mode == "1" else "RGB")
    if not smaller:
        return image
    return image.resize((widest, max(1, round(image.height * widest / image.width))), Image.Resampling.LANCZOS)


def _written(image: "Image.Image", kind: str) -> tuple[bytes, str]:
    """An image as bytes, without its metadata, and the suffix of its format."""
    file = io.BytesIO()
    if kind in ("PNG", "GIF") or image.has_transparency_data:
        image.save(file, "PNG", optimize=True)
        return file.getvalue(), "png"
    image.convert("L" if image.mode == "L" else "RGB").save(file, "JPEG", quality=85, optimize=True, progressive=True)
    return file.getvalue(), "jpg"
