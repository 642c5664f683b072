"""Image assets: each image file of the author is converted once, to the size and format that inboxes show."""

from dataclasses import dataclass, field
from pathlib import Path

from pydantic_core import PydanticCustomError

from newsletter.errors import ImageError
from newsletter.fields.address import image_address
from newsletter.files import display, leads_out, write_inside
from newsletter.text.images import (
    COLUMN,
    MAX_BYTES,
    MAX_HEIGHT,
    Asset,
    HostedImage,
    Picture,
    asset_key,
    asset_size,
    display_size,
    make_asset,
)


@dataclass
class ImageAssets:
    """The assets of a build folder: the files in it, and new assets that are not written yet.

    Args:
        folder: The folder of the assets.
        base_url: The URL of the hosted assets; it ends with a slash.
        made: The new assets, by their keys.
        root: The publication's folder. Image files that symbolic links lead out of it are refused.
    """

    folder: Path
    base_url: str
    made: dict[str, Asset] = field(default_factory=dict)
    root: Path | None = None
    _known: dict[str, str] | None = None

    def picture(self, address: str, folder: Path, width: int = COLUMN) -> Picture:
        """Return the picture at an address. A remote image stays as it is; a local one becomes an asset.

        Raises:
            ImageError: The file does not exist, cannot be read, or is not an image that inboxes show.
        """
        if file := self.file(address, folder):
            return self.sized(self.find_or_make(read_image(file), width), width)
        return Picture(address, width)

    def file(self, address: str, folder: Path) -> Path | None:
        """Return the file of an image, or None if the image is remote. The file may not exist.

        Raises:
            ImageError: The address is invalid, or symbolic links lead out of the publication.
        """
        try:
            image_address(address)
        except PydanticCustomError as error:
            context = error.context or {}
            raise ImageError(context["message"], context["advice"]) from error
        if address.lower().startswith(("http:", "https:")):
            return None
        path = folder / address
        # An issue outside the publication, such as `newsletter render /tmp/issue.yaml`, has its images beside it.
        if leads_out(path, self.root if self.root and folder.is_relative_to(self.root) else folder):
            raise ImageError(
                f"the image file {display(path)} is a symbolic link that leads out of the publication",
                "Copy the image into the folder of the issue.",
            )
        return path

    def sized(self, name: str, width: int) -> Picture:
        """Return the picture of an asset, sized for a column of `width` CSS pixels."""
        return Picture(self.base_url + name, *display_size(asset_size(name), width, MAX_HEIGHT))

    def hosted(self, url: str) -> HostedImage | None:
        """Return the image at a URL, or None if newsletter does not host it."""
        name = url.removeprefix(self.base_url)
        key = name.partition("-")[0]
        if name == url or (key not in self.made and self.known.get(key) != name):
            return None
        weight = len(self.made[key].content) if key in self.made else (self.folder / name).stat().st_size
        return HostedImage(weight, *asset_size(name))

    def write(self) -> None:
        """Write the new assets. Raises AccessError if symbolic links lead out of the publication or the folder."""
        bounds = self.root if self.root and self.folder.is_relative_to(self.root) else self.folder
        for key, asset in self.made.items():
            write_inside(bounds, self.folder / asset.name, asset.content)
            self.known[key] = asset.name
        self.made.clear()

    @property
    def known(self) -> dict[str, str]:
        """The names of the assets in the folder, by their keys."""
        if self._known is None:
            names = [path.name for path in self.folder.iterdir()] if self.folder.is_dir() else []
            self._known = {name.partition("-")[0]: name for name in names if not name.startswith(".") and "-" in name}
        return self._known

    def find_or_make(self, content: bytes, width: int) -> str:
        """Return the name of the asset of an image. The asset is made if the folder does not contain it."""
        key = asset_key(content, width)
        if key in self.known:
            return self.known[key]
        if key not in self.made:
            self.made[key] = make_asset(content, width)
        return self.made[key].name


def read_image(path: Path) -> bytes:
    """Read an image file, after a check of its size.

    Raises:
        ImageError: The file does not exist, is too large, or cannot be read.
    """
    name = display(path)
    try:
        if not path.is_file():
            raise ImageError(
                f"the image file {name} does not exist", "Check the spelling. The path is relative to the YAML file."
            )
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ImageError(f"the image has {size:,} bytes; the limit is {MAX_BYTES:,}", "Save a smaller version.")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ImageError(f"{name} cannot be read: {reason}", "Check the file's name and its permissions.") from error
