"""Stores images that the author uploads, next to the issue: checked, turned upright, and without metadata."""

import io
from dataclasses import dataclass
from pathlib import Path

from newsletter.capture.collect import write_image
from newsletter.capture.page_image import PageImage, file_stem
from newsletter.errors import ImageError
from newsletter.text.images import COLUMN, MAX_BYTES, asset_size, make_asset

# What Pillow reads from a file that is needed to show it, or that a file always has.
_TECHNICAL = frozenset(
    """
    adobe adobe_transform aspect background dpi duration extension gamma icc_profile interlace jfif jfif_density
    jfif_unit jfif_version loop mp progression progressive srgb transparency version
    """.split()  # noqa: SIM905 (names read better as words)
)


@dataclass(frozen=True, slots=True)
class StoredImage:
    """A stored image: its path relative to the issue's file, and its size in pixels."""

    image: str
    width: int
    height: int


def store_image(issue: Path, name: str, content: bytes) -> StoredImage:
    """Store an image for an issue in `images/SLUG/`, in a format and a size for email.

    The whole image is decoded first. It is turned upright, and metadata such as the place of a photo is removed.

    Args:
        issue: The issue's file.
        name: The title of the entry or the name of the file, for the name of the new file.
        content: The uploaded file.

    Raises:
        ImageError: The content is no image that emails can show, or is too large.
        AccessError: The file cannot be written.
    """
    if len(content) > MAX_BYTES:
        raise ImageError(f"the image is larger than {MAX_BYTES:,} bytes", "Save a smaller version.")
    asset = make_asset(content, COLUMN)
    width, height = asset_size(asset.name)
    picture = PageImage(f"{file_stem(name, '')}.{asset.name.rpartition('.')[2]}", _without_metadata(asset.content))
    path = write_image(issue.parent / "images" / issue.stem, picture)
    return StoredImage(str(path.relative_to(issue.parent)), width, height)


def _without_metadata(content: bytes) -> bytes:
    """Return an image without what only describes it. Small images keep their own bytes in `make_asset`."""
    from PIL import Image

    with Image.open(io.BytesIO(content)) as image:
        if getattr(image, "is_animated", False) or image.info.keys() <= _TECHNICAL:
            return content
        file = io.BytesIO()
        kept = {"quality": "keep"} if image.format == "JPEG" else {}
        image.info = {key: value for key, value in image.info.items() if key in ("transparency", "icc_profile")}
        image.save(file, image.format, **kept)
        return file.getvalue()
