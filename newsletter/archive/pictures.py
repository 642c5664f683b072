"""The archive's pictures: the assets that emails show too, in the web's wider column, and lighter copies of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.archive.page_view import ArchiveUrls
from newsletter.render.image_assets import ImageAssets
from newsletter.text.images import COLUMN, Picture, asset_size, display_size
from newsletter.text.web_images import SUFFIXES, lighter_asset

# The width of the web's column and the most that a picture is high, in CSS pixels.
WEB_COLUMN, WEB_HEIGHT = 640, 560
FOLDER = "assets/"


@dataclass
class ArchiveImages(ImageAssets):
    """Assets that the archive's folder has already, by their names, and those to be staged."""

    names: frozenset[str] = frozenset()
    files: set[Path] = field(default_factory=set)
    used: dict[str, None] = field(default_factory=dict)
    lighter: dict[str, str] = field(default_factory=dict)
    new: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._known, self._copies = {}, set[str]()
        self.learn(self.names)

    def picture(self, address: str, beside: Path, width: int = COLUMN) -> Picture:
        """The picture at an address, and its file noted.

        Raises:
            ImageError: the file is missing, cannot be read, or is no image for an inbox.
        """
        if not address.lower().startswith(("http:", "https:")):
            self.files.add(beside / address)
        return super().picture(address, beside, width)

    def shown(self, name: str, width: int) -> Picture:
        """An asset as the web shows it, with its lighter copy, where one is worth it."""
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

    def learn(self, names: Iterable[str]) -> None:
        """Take note of assets that are there already, or were staged elsewhere."""
        for name in names:
            # A lighter copy has its picture's key, and is no picture of its own.
            if name.endswith(SUFFIXES):
                self._copies.add(name)
            else:
                self.known[name.partition("-")[0]] = name

    def begin(self) -> None:
        """Forget what the issue before used, and what was made for it where that was not staged."""
        for name in self.new:
            self.known.pop(name.partition("-")[0], None)
            self._copies.discard(name)
        self.made.clear()
        self.files.clear()
        self.used.clear()
        self.new.clear()


def archive_images(place: ArchiveUrls, names: frozenset[str]) -> ArchiveImages:
    """The pictures of an archive that lies at a place."""
    return ArchiveImages(Path(), place.link(FOLDER), names=names)
