"""The images of the archive: the same assets as in the email, shown in a wider column, and their smaller copies."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.archive.page_view import ArchiveUrls
from newsletter.render.image_assets import ImageAssets
from newsletter.text.images import COLUMN, Picture, asset_size, display_size
from newsletter.text.web_images import SUFFIXES, has_thumbnail, lighter_asset, make_thumbnail, thumbnail_name

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
        lighter: The URL of the smaller copy of an asset by the asset's URL.
        new: The contents of the assets to be staged by their names.
    """

    names: frozenset[str] = frozenset()
    files: set[Path] = field(default_factory=set)
    used: dict[str, None] = field(default_factory=dict)
    lighter: dict[str, str] = field(default_factory=dict)
    new: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._known, self._copies = {}, set[str]()
        self.add_names(self.names)

    def picture(self, address: str, folder: Path, width: int = COLUMN) -> Picture:
        """Return the picture at an address, and record its file in `files`.

        Raises:
            ImageError: The file does not exist, cannot be read, or is not an image that inboxes show.
        """
        if not address.lower().startswith(("http:", "https:")):
            self.files.add(folder / address)
        return super().picture(address, folder, width)

    def sized(self, name: str, width: int) -> Picture:
        """Return the picture of an asset, sized for the web, and record its smaller copy if there is one."""
        for asset in self.made.values():
            self.new[asset.name] = asset.content
            self.known[asset.name.partition("-")[0]] = asset.name
            if lighter := lighter_asset(asset):
                self.new[lighter.name] = lighter.content
                self._copies.add(lighter.name)
        self.made.clear()
        self.used[name] = None
        for copy in (name.rpartition(".")[0] + suffix for suffix in SUFFIXES):
            if copy in self._copies:
                self.used[copy] = None
                self.lighter[self.base_url + name] = self.base_url + copy
        column = WEB_COLUMN if width == COLUMN else width
        return Picture(self.base_url + name, *display_size(asset_size(name), column, WEB_HEIGHT))

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
        if small not in self._copies:
            self.new[small] = make_thumbnail(file.read_bytes())
            self._copies.add(small)
        self.used[small] = None
        return small

    def add_names(self, names: Iterable[str]) -> None:
        """Add the names of assets that are in the output folder or were staged by another process."""
        for name in names:
            # A smaller copy has the key of its asset.
            if name.endswith(SUFFIXES):
                self._copies.add(name)
            else:
                self.known[name.partition("-")[0]] = name

    def begin_issue(self) -> None:
        """Reset the state for the next issue, and discard assets that were made but not staged."""
        for name in self.new:
            self.known.pop(name.partition("-")[0], None)
            self._copies.discard(name)
        self.made.clear()
        self.files.clear()
        self.used.clear()
        self.new.clear()


def archive_images(urls: ArchiveUrls, names: frozenset[str]) -> ArchiveImages:
    """Create the images of an archive, given the names of the assets in its folder."""
    return ArchiveImages(Path(), urls.link(FOLDER), names=names)
