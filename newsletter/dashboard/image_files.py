"""Images that the author uploads: checked, turned upright, and without metadata.

They wait in memory until a saved text refers to them, so that no file is left of an entry that is discarded.
"""

import io
from collections import OrderedDict
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Lock

from newsletter.capture.page_image import file_stem
from newsletter.errors import ExistsError, ImageError
from newsletter.files import display, require_writable_inside, write_new
from newsletter.text.images import COLUMN, MAX_BYTES, asset_size, make_asset

# How many images wait at the same time. An older one must be chosen again.
MAX_WAITING = 20
# What Pillow reads from a file that is needed to show it, or that a file always has.
_TECHNICAL = frozenset(
    """
    adobe adobe_transform aspect background dpi duration extension gamma icc_profile interlace jfif jfif_density
    jfif_unit jfif_version loop mp progression progressive srgb transparency version
    """.split()  # noqa: SIM905 (names read better as words)
)


@dataclass(frozen=True, slots=True)
class UploadedImage:
    """An uploaded image: the path that it will have, relative to the issue's file, and its size in pixels."""

    image: str
    width: int
    height: int


class UploadedImages:
    """The images that wait. Safe to use from several threads. `root` is the folder of the publication."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._waiting: OrderedDict[Path, bytes] = OrderedDict()
        self._lock = Lock()

    def add(self, issue: Path, name: str, content: bytes) -> UploadedImage:
        """Prepare an image for an issue, in a format and a size for email. Its file will be in `images/SLUG/`.

        The whole image is decoded first. It is turned upright, and metadata such as the place of a photo is removed.

        Args:
            issue: The issue's file.
            name: The title of the entry or the name of the file, for the name of the new file.
            content: The uploaded file.

        Raises:
            ImageError: The content is no image that emails can show, or is too large.
            AccessError: Symbolic links lead the folder of images out of the publication.
        """
        folder = issue.parent / "images" / issue.stem
        require_writable_inside(folder, self._root)
        if len(content) > MAX_BYTES:
            raise ImageError(f"the image is larger than {MAX_BYTES:,} bytes", "Save a smaller version.")
        asset = make_asset(content, COLUMN)
        width, height = asset_size(asset.name)
        kept = _without_metadata(asset.content)
        stem, suffix = file_stem(name, ""), asset.name.rpartition(".")[2]
        with self._lock:
            path = self._free_path(folder, stem, suffix, kept)
            self._waiting[path] = kept
            self._waiting.move_to_end(path)
            while len(self._waiting) > MAX_WAITING:
                self._waiting.popitem(last=False)
        return UploadedImage(str(path.relative_to(issue.parent)), width, height)

    def _free_path(self, folder: Path, stem: str, suffix: str, content: bytes) -> Path:
        """Return a path that no file has, and no other image that waits."""
        for number in count(1):
            path = folder / f"{stem}{f'-{number}' if number > 1 else ''}.{suffix}"
            if not path.exists() and self._waiting.get(path, content) == content:
                return path
        raise AssertionError("unreachable: count() does not end")

    def write(self, issue: Path, text: str, written: list[Path]) -> None:
        """Write the files of the images that the text of an issue refers to.

        Args:
            issue: The issue's file.
            text: Its new text.
            written: Gets the path of each new file, also if another one cannot be written.

        Raises:
            ExistsError: A file of that name was created meanwhile.
            AccessError: A file cannot be written, or symbolic links lead it out of the publication.
        """
        with self._lock:
            for path, content in self._waiting.items():
                if path.parent == issue.parent / "images" / issue.stem and str(path.relative_to(issue.parent)) in text:
                    require_writable_inside(path, self._root)
                    written += [path] if _write(path, content) else []

    def saved(self, paths: list[Path]) -> None:
        """Forget images whose text was saved."""
        with self._lock:
            for path in paths:
                self._waiting.pop(path, None)


def _write(path: Path, content: bytes) -> bool:
    """Write a new file. Returns whether it did not exist before."""
    try:
        write_new(path, content)
    except ExistsError as error:
        if path.read_bytes() != content:
            raise ExistsError(f"{display(path)} was created meanwhile", "Choose the image again.") from error
        return False
    return True


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
