"""The cache of a build for the next one. Where it is missing or damaged, everything is rendered again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from newsletter.files import write_whole
from newsletter.text.digests import values_hex

Stamp = tuple[int, int, str]


@dataclass
class BuildCache:
    """The state after the last build: a digest of all inputs, the images among them, and the files it wrote.

    A stamp is a size in bytes, a modification time in nanoseconds, and a digest of the content.
    """

    folder: Path
    inputs: str = ""
    count: int = 0
    shown: list[str] = field(default_factory=list)
    images: dict[str, Stamp] = field(default_factory=dict)
    files: dict[str, Stamp] = field(default_factory=dict)

    saved_at: int = 0

    def superseded(self) -> bool:
        """Return whether another build has finished since this was read."""
        return self.saved_at != _saved_at(self.folder)

    def issues(self) -> dict[str, Any]:
        """Return the records of issues and the cache key of each other page; read only when something has changed."""
        return _read(self.folder / "issues.json", {"seal": self._seal})

    def entries(self, seal: str) -> dict[str, Any]:
        """Return the tagged entries by slug, if they have the digest `seal`; only pages of tags need them."""
        entries: dict[str, Any] = _read(self.folder / "entries.json", {"seal": seal}).get("entries", {})
        return entries

    def save_entries(self, seal: str, entries: Mapping[str, object]) -> None:
        """Write the tagged entries.

        Raises:
            AccessError: the system refuses.
        """
        write_whole(self.folder / "entries.json", _text({"seal": seal, "entries": entries}))

    @property
    def _seal(self) -> str:
        return values_hex(self.files)

    def save(self, issues: dict[str, Any]) -> None:
        """Write it, the parts sealed to each other.

        Raises:
            AccessError: the system refuses.
        """
        write_whole(self.folder / "issues.json", _text(issues | {"seal": self._seal}))
        saved = {
            "inputs": self.inputs,
            "count": self.count,
            "shown": self.shown,
            "images": self.images,
            "files": self.files,
        }
        write_whole(self.folder / "site.json", _text(saved | {"seal": values_hex(_SHAPE, saved)}))


_SHAPE = [known.name for known in fields(BuildCache)]


def read_build_cache(root: Path, output: Path) -> BuildCache:
    """What the last build into this output remembers, or nothing."""
    folder = root / ".newsletter" / "site" / values_hex(str(output))[:12]
    saved_at = _saved_at(folder)
    saved = _read(folder / "site.json", {})
    seal = saved.pop("seal", None)
    if seal is None or seal != values_hex(_SHAPE, saved):
        return BuildCache(folder, saved_at=saved_at)
    stamps = {name: {path: tuple(stamp) for path, stamp in saved[name].items()} for name in ("images", "files")}
    return BuildCache(folder, **(saved | stamps), saved_at=saved_at)


def _saved_at(folder: Path) -> int:
    """When a build was last remembered there, in nanoseconds; 0 where none was."""
    try:
        return (folder / "site.json").stat().st_mtime_ns
    except OSError:
        return 0


def _read(path: Path, sealed: dict[str, str]) -> dict[str, Any]:
    """A file's object, where it is whole and sealed as it should be; else an empty one."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and sealed.items() <= found.items() else {}


def _text(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
