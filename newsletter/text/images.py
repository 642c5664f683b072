"""Converts images for email: limits their size, and uses formats that every email client shows.

JPEG, PNG and still GIF files are only re-encoded if that makes them smaller, GIF as PNG. Other formats become PNG if
they have transparency, otherwise JPEG. Animated GIF files stay unchanged; of other animations, the first frame is used.
"""

import io
import math
import warnings
from typing import TYPE_CHECKING, NamedTuple

from newsletter.errors import ImageError
from newsletter.text.digests import sha256_hex

if TYPE_CHECKING:
    from PIL import Image, ImageFile

# The width of the column and the maximum height of a portrait image, in CSS pixels.
COLUMN, MAX_HEIGHT = 528, 480
MAX_BYTES = 25_000_000
MAX_PIXELS = 50_000_000
# The version of the conversion. Increase it when the conversion changes, so that old assets are not reused.
_RECIPE = b"1"
# Formats that Pillow reads without calling other programs.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "AVIF")
_KEPT = {"JPEG": "jpg", "PNG": "png", "GIF": "gif"}
# The EXIF tag of the orientation, and the first of its values that exchange width and height.
_ORIENTATION, _FIRST_QUARTER_TURN = 0x0112, 5


class Asset(NamedTuple):
    """An image file to host. `name` contains its size in pixels."""

    name: str
    content: bytes


class Picture(NamedTuple):
    """An image in an output. `width` and `height` are in CSS pixels; `height` is None if unknown."""

    url: str
    width: int
    height: int | None = None


class HostedImage(NamedTuple):
    """The size of a hosted image: `weight` in bytes, `width` and `height` in pixels."""

    weight: int
    width: int
    height: int


def asset_key(content: bytes, width: int) -> str:
    """Return the start of the name of an asset: a hash of the image, its width and the version of the conversion."""
    return sha256_hex(b"%b:%d:" % (_RECIPE, width) + content, 16)


def asset_size(name: str) -> tuple[int, int]:
    """Parse width and height in pixels from the name of an asset."""
    width, height = name.rpartition("-")[2].partition(".")[0].split("x")
    return int(width), int(height)


def display_size(pixels: tuple[int, int], width: int, height: int) -> tuple[int, int]:
    """Fit an image into a width without enlarging it, and a portrait one into a height. Returns its CSS pixels."""
    scale = min(1, width / pixels[0], height / pixels[1] if pixels[1] > pixels[0] else 1)
    return max(1, round(pixels[0] * scale)), max(1, round(pixels[1] * scale))


class DecodedImage(NamedTuple):
    """An image of an author after decoding.

    Args:
        content: The file.
        width: The width of its display, in CSS pixels.
        kind: The format of the file, as Pillow names it.
        image: The pixels, upright, in a simple colour mode. A large JPEG is decoded at a lower resolution, which is
            faster, but is still at least as large as `fitted`.
        fitted: The pixels of the asset, which is at most twice as wide as the display.
        reusable: True if the file can be used as it is.
        animated: True if the file is an animated GIF.
    """

    content: bytes
    width: int
    kind: str
    image: "Image.Image"
    fitted: "Image.Image"
    reusable: bool
    animated: bool


def decode_image(content: bytes, width: int) -> DecodedImage:
    """Decode an image for a display of `width` CSS pixels.

    Raises:
        ImageError: The content is not a valid image, is too large, or has a format that email clients do not show.
    """
    if b"<svg" in content[:1000].lower():
        raise ImageError(
            "the image is an SVG, which email clients do not show", "Export it as a PNG, about 1,056 pixels wide."
        )
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # Pillow warns about large images, which are checked below, and about unusual metadata, which has no effect.
            warnings.simplefilter("ignore")
            return _decode(Image.open(io.BytesIO(content), formats=FORMATS), content, width)
    except Image.DecompressionBombError as error:
        message = f"the image has too many pixels; the limit is {MAX_PIXELS:,}"
        raise ImageError(message, "Save a smaller image: a width of 1,056 pixels is enough.") from error
    except UnidentifiedImageError as error:
        raise ImageError("not a valid image", "Save it as PNG or JPEG.") from error
    except Exception as error:
        raise ImageError(f"the image is broken: {error}", "Save it again, as PNG or JPEG.") from error


def decoding_memory(content: bytes, width: int) -> int:
    """Return about how many bytes of memory the conversion of an image takes, from its header. 0 for no image."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                pixels = image.width * image.height
                # A progressive JPEG is kept as 16-bit coefficients of three channels until it is complete.
                coefficients = 6 * pixels if image.info.get("progressive") else 0
                _reduce(image, width)
                return len(content) + coefficients + 8 * image.width * image.height
    except Exception:  # noqa: BLE001 (the conversion reports what is wrong)
        return 0


def make_asset(content: bytes, width: int) -> Asset:
    """Convert an image for a display of `width` CSS pixels. The asset is at most twice as many pixels wide.

    Raises:
        ImageError: The content is not a valid image, is too large, or has a format that email clients do not show.
    """
    return encode_asset(decode_image(content, width))


def encode_asset(decoded: DecodedImage) -> Asset:
    """Encode a decoded image as an asset."""
    source, size = decoded.content, decoded.fitted.size
    key = asset_key(source, decoded.width)
    if decoded.animated:
        return Asset(asset_name(key, size, "gif"), source)
    written, suffix = _written(decoded.fitted, decoded.kind)
    if decoded.reusable and len(written) >= len(source):
        return Asset(asset_name(key, size, _KEPT[decoded.kind]), source)
    return Asset(asset_name(key, size, suffix), written)


def asset_name(key: str, size: tuple[int, int], suffix: str) -> str:
    """Return the name of an asset, which `asset_size` parses."""
    return f"{key}-{size[0]}x{size[1]}.{suffix}"


def _decode(opened: "ImageFile.ImageFile", content: bytes, width: int) -> DecodedImage:
    from PIL import Image, ImageOps, ImageSequence

    if opened.width * opened.height > MAX_PIXELS:
        raise Image.DecompressionBombError
    kind = opened.format or ""
    if kind == "GIF" and getattr(opened, "is_animated", False):
        for frame in ImageSequence.Iterator(opened):
            frame.load()
        return DecodedImage(content, width, kind, opened, opened, reusable=True, animated=True)
    # Metadata is removed: it may contain the location at which a photo was taken.
    private = "exif" in opened.info or "xmp" in opened.info
    size = opened.size
    reusable = kind in _KEPT and opened.mode != "CMYK" and not private
    _reduce(opened, width)
    image = fit_width(ImageOps.exif_transpose(opened), max(size))
    fitted = fit_width(image, 2 * width)
    return DecodedImage(content, width, kind, image, fitted, reusable=reusable and fitted.size == size, animated=False)


def _reduce(image: "ImageFile.ImageFile", width: int) -> None:
    """Let a large JPEG be decoded at a lower resolution, which is still at least as large as its asset."""
    turned = image.getexif().get(_ORIENTATION, 1) >= _FIRST_QUARTER_TURN
    if (share := 2 * width / image.size[turned]) < 1:
        image.draft("RGB", (math.ceil(image.width * share), math.ceil(image.height * share)))


def fit_width(image: "Image.Image", widest: int, *, fast: bool = False) -> "Image.Image":
    """Convert an image to a simple colour mode, at most `widest` pixels wide. `fast` uses fewer pixels for each."""
    from PIL import Image

    if image.mode.startswith("I"):
        # 16 bits per pixel: the conversion of Pillow would clip them to white.
        image = image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    smaller = image.width > widest
    if smaller and image.mode == "P":
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    elif image.mode not in ("L", "LA", "P", "RGB", "RGBA"):
        image = image.convert("RGBA" if image.has_transparency_data else "L" if image.mode == "1" else "RGB")
    if not smaller:
        return image
    resampling = Image.Resampling.BICUBIC if fast else Image.Resampling.LANCZOS
    return image.resize((widest, max(1, round(image.height * widest / image.width))), resampling)


def _written(image: "Image.Image", kind: str) -> tuple[bytes, str]:
    """Encode an image without metadata. Returns the bytes and the suffix of the format."""
    file = io.BytesIO()
    if kind in ("PNG", "GIF") or image.has_transparency_data:
        image.save(file, "PNG", optimize=True)
        return file.getvalue(), "png"
    image.convert("L" if image.mode == "L" else "RGB").save(file, "JPEG", quality=85, optimize=True, progressive=True)
    return file.getvalue(), "jpg"
