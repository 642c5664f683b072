"""Makes smaller copies of assets in WebP or AVIF, which all browsers show, but not all email clients."""

import io
from typing import TYPE_CHECKING

from newsletter.text.images import Asset

if TYPE_CHECKING:
    from PIL import Image

SUFFIXES = (".webp", ".avif")
# The maximum size of a copy, as a share of the original: a saving below 10% is not worth a second file.
_WORTH = 0.9


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


def _written(image: "Image.Image", format: str, **settings: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **settings)
    return file.getvalue()
