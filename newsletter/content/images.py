"""Images made ready for an inbox: measured, bounded, and in a format that every client shows.

JPEG, PNG and GIF are written anew only where that makes them smaller, a still GIF as PNG; all
other formats become PNG where they have transparency, and JPEG where they have none. An
animation is kept as it is in a GIF; of all other formats its first frame is.
"""

import hashlib
import io
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.errors import PressError

if TYPE_CHECKING:
    from PIL import Image

# The width of the page's column, in CSS pixels; an image is shown no taller than MAX_HEIGHT.
COLUMN, MAX_HEIGHT = 528, 660
MAX_BYTES = 25_000_000
MAX_PIXELS = 50_000_000
# Changed when the same bytes would become another asset, so that an old one is not taken for it.
_RECIPE = b"1"
_KEPT = {"JPEG": "jpg", "PNG": "png", "GIF": "gif"}


class ImageError(PressError):
    """An image that no inbox would show, or that cannot be read."""


@dataclass(frozen=True, slots=True)
class Asset:
    """An image as it is hosted: its file name, which carries its size in pixels, and its bytes."""

    name: str
    content: bytes


def asset_key(content: bytes, width: int) -> str:
    """The beginning of an asset's name: a hash of the image, of the width it is made for, and of how."""
    return hashlib.sha256(b"%b:%d:" % (_RECIPE, width) + content).hexdigest()[:16]


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
    if len(content) > MAX_BYTES:
        raise ImageError(
            f"the image has {len(content):,} bytes, and at most {MAX_BYTES:,} are taken", "Save a smaller one."
        )
    if b"<svg" in content[:1000].lower():
        raise ImageError(
            "the image is an SVG, and inboxes do not show these", "Export it as a PNG, about 1,056 pixels wide."
        )
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # Our own bound is checked next, before a pixel is decoded.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image: Image.Image = Image.open(io.BytesIO(content))
        if image.width * image.height > MAX_PIXELS:
            raise ImageError(
                f"the image has {image.width:,} × {image.height:,} pixels, and at most {MAX_PIXELS:,} in all are taken",
                "Save a smaller one: 1,056 pixels are wide enough.",
            )
        if image.format == "GIF" and getattr(image, "is_animated", False):
            return _asset(content, width, image.size, content, "gif")
        kind = image.format or ""
        turned = ImageOps.exif_transpose(image)
        changed = (
            turned.size != image.size
            or image.getexif().get(0x0112, 1) != 1
            or kind not in _KEPT
            or turned.mode in ("CMYK", "LAB", "YCbCr")
        )
        fitted = _fitted(turned, 2 * width)
        written, suffix = _written(fitted, kind)
    except Image.DecompressionBombError as error:
        raise ImageError(
            f"the image has too many pixels: at most {MAX_PIXELS:,} are taken",
            "Save a smaller one: 1,056 pixels are wide enough.",
        ) from error
    except UnidentifiedImageError as error:
        raise ImageError("the file is no image that can be read", "Save it as PNG or JPEG.") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise ImageError(f"the image is broken: {error}", "Save it anew.") from error
    if not changed and fitted.size == image.size and len(written) >= len(content):
        return _asset(content, width, image.size, content, _KEPT[kind])
    return _asset(content, width, fitted.size, written, suffix)


def _asset(source: bytes, width: int, size: tuple[int, int], content: bytes, suffix: str) -> Asset:
    return Asset(f"{asset_key(source, width)}-{size[0]}x{size[1]}.{suffix}", content)


def _fitted(image: "Image.Image", widest: int) -> "Image.Image":
    """An image in a plain colour mode, and not wider than `widest` pixels."""
    from PIL import Image

    smaller = image.width > widest
    if smaller and image.mode == "P":
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    elif image.mode not in ("L", "LA", "P", "RGB", "RGBA"):
        image = image.convert("RGBA" if image.has_transparency_data else "L" if image.mode in ("1", "I;16") else "RGB")
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
