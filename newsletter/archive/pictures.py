"""The images of the archive: the same assets as in the email, shown in a wider column, and their copies."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.archive.page_view import ArchiveUrls
from newsletter.render.image_assets import ImageAssets
from newsletter.text.images import COLUMN, Picture, asset_key, asset_size, display_size
from newsletter.text.web_images import (
    SUFFIXES,
    has_thumbnail,
    lacks_narrow_copy,
    make_thumbnail,
    make_web_images,
    thumbnail_name,
)

# The width of the column and the maximum height of an image on the web, in CSS pixels.
WEB_COLUMN, WEB_HEIGHT = 640, 480
FOLDER = "assets/"


@dataclass
class ArchiveImages(ImageAssets):
    """The assets in the output folder, and those to be staged.

    Args:
        names: The names of the assets that are already in the output folder.
        files: The image files that the current issue shows.
        used: The names of the assets that the current issue shows, in order.
        copies: The URLs and widths in pixels of the copies of an asset by the asset's URL, the widest first.
        new: The contents of the assets to be staged by their names.
    """

    names: frozenset[str] = frozenset()
    files: set[Path] = field(default_factory=set)
    used: dict[str, None] = field(default_factory=dict)
    copies: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    new: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._known = {}
        self._copies: dict[str, list[str]] = {}
        self._thumbnails: set[str] = set()
        self.add_names(self.names)

    def file(self, address: str, folder: Path) -> Path | None:
        """Return the file of an image, or None if the image is remote. Records the file in `files`.

        Raises:
            ImageError: The address is invalid, or symbolic links lead out of the publication.
        """
        if not address.lower().startswith(("http:", "https:")):
            self.files.add(folder / address)
        return super().file(address, folder)

    def sized(self, name: str, width: int) -> Picture:
        """Return the picture of an asset, sized for the web, and record its copies."""
        copies = self._copies.get(name.partition("-")[0], [])
        self.used |= dict.fromkeys((name, *copies))
        if copies:
            self.copies[self.base_url + name] = [(self.base_url + copy, asset_size(copy)[0]) for copy in copies]
        column = WEB_COLUMN if width == COLUMN else width
        return Picture(self.base_url + name, *display_size(asset_size(name), column, WEB_HEIGHT))

    def find_or_make(self, content: bytes, width: int) -> str:
        """Return the name of the asset of an image. It is made with its copies if that has not been done before."""
        key = asset_key(content, width)
        if not self.has(key):
            self.new |= {image.name: image.content for image in make_web_images(content, width, self.names_of(key))}
            self.add_names(self.new)
        return self.known[key]

    def has(self, key: str) -> bool:
        """Return True if an asset and all its copies exist."""
        name = self.known.get(key)
        return name is not None and not lacks_narrow_copy(name, self._copies.get(key, ()))

    def names_of(self, key: str) -> list[str]:
        """Return the names of an asset and its copies, as far as they exist."""
        return [*([self.known[key]] if key in self.known else []), *self._copies.get(key, ())]

    def thumbnail(self, picture: Picture, file: Path) -> str:
        """Return the name of the thumbnail of a picture, and record it.

        Args:
            picture: The picture, as returned by `picture`.
            file: The author's file. The asset is not read, because it may have been made by another process.

        Returns:
            The name; "" if the picture is on another host, or is too small.
        """
        name = picture.url.removeprefix(self.base_url)
        if name == picture.url or not has_thumbnail(asset_size(name)):
            return ""
        small = thumbnail_name(name)
        if small not in self._thumbnails:
            self.new[small] = make_thumbnail(file.read_bytes())
            self._thumbnails.add(small)
        self.used[small] = None
        return small

    def add_names(self, names: Iterable[str]) -> None:
        """Add the names of assets that are in the output folder or were staged by another process."""
        for name in names:
            key = name.partition("-")[0]
            if name.endswith(".small.webp"):
                self._thumbnails.add(name)
            elif not name.endswith(SUFFIXES):
                self.known[key] = name
            elif name not in (copies := self._copies.setdefault(key, [])):
                # A copy has the key of its asset.
                copies.append(name)
                copies.sort(key=lambda copy: (-asset_size(copy)[0], copy))

    def begin_issue(self) -> None:
        """Reset the state for the next issue, and discard assets that were made but not staged."""
        for name in self.new:
            key = name.partition("-")[0]
            if self.known.get(key) == name:
                del self.known[key]
            self._thumbnails.discard(name)
            if name in self._copies.get(key, ()):
                self._copies[key].remove(name)
        self.files.clear()
        self.used.clear()
        self.new.clear()


def archive_images(urls: ArchiveUrls, names: frozenset[str]) -> ArchiveImages:
    """Create the images of an archive, given the names of the assets in its folder."""
    return ArchiveImages(Path(), urls.link(FOLDER), names=names)
