"""Makes smaller copies of assets in WebP or AVIF, which all browsers show, but not all email clients.

A thumbnail is a small copy of fixed size for lists.
"""

import io
from typing import TYPE_CHECKING

from newsletter.text.images import Asset, fit_width

if TYPE_CHECKING:
    from PIL import Image

SUFFIXES = (".webp", ".avif")
# The maximum size of a copy, as a share of the original: a saving below 10% is not worth a second file.
_WORTH = 0.9
# The size of a thumbnail in CSS pixels. It has twice as many pixels.
THUMBNAIL = 96, 64


def lighter_asset(asset: Asset) -> Asset | None:
    """Convert an asset to the smaller of the two formats.

    WebP copies of PNG files are lossless. AVIF copies are lossy, with full colour resolution.

    Returns:
        The copy, or None if it would not be small enough, or the asset is a GIF, which may be animated.
    """
    stem, _, kind = asset.name.rpartition(".")
    if kind not in ("png", "jpg"):
        return None
    from PIL import Image

    with Image.open(io.BytesIO(asset.content)) as image:
        plain = image.convert("RGBA" if image.has_transparency_data else "RGB")
    lossless = {"lossless": True, "quality": 75} if kind == "png" else {"quality": 80}
    copies = {
        ".webp": _written(plain, "WEBP", method=4, **lossless),
        ".avif": _written(plain, "AVIF", quality=70, subsampling="4:4:4", max_threads=1),
    }
    suffix = min(copies, key=lambda name: len(copies[name]))
    return Asset(stem + suffix, copies[suffix]) if len(copies[suffix]) < _WORTH * len(asset.content) else None


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


def _written(image: "Image.Image", format: str, **settings: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **settings)
    return file.getvalue()
