"""Images of issues: each file of the author becomes an asset once, sized for inboxes."""

from dataclasses import dataclass, field
from pathlib import Path

from pydantic_core import PydanticCustomError

from newsletter.errors import ImageError
from newsletter.fields.address import image_address
from newsletter.files import display, write_whole
from newsletter.text.images import (
    COLUMN,
    MAX_BYTES,
    MAX_HEIGHT,
    Asset,
    Hosted,
    Picture,
    asset_key,
    asset_size,
    display_size,
    make_asset,
)


@dataclass
class ImageAssets:
    """The assets of a build folder: those in it, and new ones that are not yet written."""

    folder: Path
    base_url: str
    made: dict[str, Asset] = field(default_factory=dict)
    _known: dict[str, str] | None = None

    def picture(self, address: str, beside: Path, width: int = COLUMN) -> Picture:
        """Return the picture at an address. A remote image stays as it is; a local one becomes an asset.

        Raises:
            ImageError: the file is missing, cannot be read, or is no image for an inbox.
        """
        try:
            image_address(address)
        except PydanticCustomError as error:
            context = error.context or {}
            raise ImageError(context["message"], context["advice"]) from error
        if address.lower().startswith(("http:", "https:")):
            return Picture(address, width)
        path = beside / address
        content = _read(path)
        return self.shown(self._name(content, width), width)

    def shown(self, name: str, width: int) -> Picture:
        """Return an asset as it is shown in a column of `width` CSS pixels."""
        return Picture(self.base_url + name, *display_size(asset_size(name), width, MAX_HEIGHT))

    def hosted(self, url: str) -> Hosted | None:
        """Return the picture at a hosted URL, or None where newsletter does not host it."""
        name = url.removeprefix(self.base_url)
        key = name.partition("-")[0]
        if name == url or (key not in self.made and self.known.get(key) != name):
            return None
        weight = len(self.made[key].content) if key in self.made else (self.folder / name).stat().st_size
        return Hosted(weight, *asset_size(name))

    def write(self) -> None:
        """Write the new assets."""
        for key, asset in self.made.items():
            write_whole(self.folder / asset.name, asset.content)
            self.known[key] = asset.name
        self.made.clear()

    @property
    def known(self) -> dict[str, str]:
        """The names of the assets in the folder, by their keys."""
        if self._known is None:
            names = [path.name for path in self.folder.iterdir()] if self.folder.is_dir() else []
            self._known = {name.partition("-")[0]: name for name in names if not name.startswith(".") and "-" in name}
        return self._known

    def _name(self, content: bytes, width: int) -> str:
        key = asset_key(content, width)
        if key in self.known:
            return self.known[key]
        if key not in self.made:
            self.made[key] = make_asset(content, width)
        return self.made[key].name


def _read(path: Path) -> bytes:
    """Read an image, if its size is acceptable."""
    name = display(path)
    try:
        if not path.is_file():
            raise ImageError(f"there is no image {name}", "Check the spelling; the path is relative to the YAML file.")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ImageError(
                f"the image has {size:,} bytes, and at most {MAX_BYTES:,} are taken", "Save a smaller one."
            )
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ImageError(f"the image {name} cannot be read: {reason}", "Check its name and permissions.") from error
