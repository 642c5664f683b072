"""The cache that a build saves for the next build. If it is missing or damaged, everything is rendered again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from newsletter.documents.sealed_file import read_regular, read_sealed, require_replaceable, seal
from newsletter.files import working_path, write_inside
from newsletter.text.digests import values_hex

Stamp = tuple[int, int, str]


@dataclass
class BuildCache:
    """The state after the last build.

    A stamp is a size in bytes, a modification time in nanoseconds, and a digest of the content.

    Args:
        folder: The folder of the cache.
        inputs: The digest of all inputs, or "" if the next build must run.
        count: The number of issues in the archive.
        drafts: The number of drafts that were left out.
        aliases: The aliases of all issues, including drafts.
        shown: The paths of the images that the archive shows.
        images: The stamps of these images.
        files: The stamps of the files that the build wrote.
        saved_at: The time at which the cache was saved, in nanoseconds, or 0 if there is none.
    """

    folder: Path
    inputs: str = ""
    count: int = 0
    drafts: int = 0
    aliases: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    images: dict[str, Stamp] = field(default_factory=dict)
    files: dict[str, Stamp] = field(default_factory=dict)
    saved_at: int = 0

    def superseded(self) -> bool:
        """Return True if another build has finished since this cache was read."""
        return self.saved_at != _saved_at(self.folder)

    def issues(self) -> dict[str, Any]:
        """Read the records of issues and the cache keys of the other pages. An up-to-date build does not need them."""
        return _read(self.folder / "issues.json", {"seal": self._seal})

    def entries(self, mark: str) -> dict[str, str]:
        """Read the tagged entries by slug, as JSON. Returns none if they are damaged or they have another mark."""
        body = read_sealed(self.folder / "entries", mark)
        if body is None:
            return {}
        found = (line.partition("\t") for line in body.decode("utf-8", "surrogatepass").split("\n") if line)
        return {slug: text for slug, _, text in found}

    def save_entries(self, mark: str, entries: Mapping[str, str]) -> None:
        """Write the tagged entries: a line for each issue, with its slug and its entries as JSON.

        Raises:
            AccessError: The file cannot be written.
        """
        lines = (f"{slug}\t{text}".encode("utf-8", "surrogatepass") for slug, text in entries.items())
        self._write("entries", seal(mark, b"\n".join(lines)))

    @property
    def _seal(self) -> str:
        return values_hex(self.files)

    def save(self, issues: dict[str, Any]) -> None:
        """Write the cache. Digests in its files show whether they belong together.

        Raises:
            AccessError: A file cannot be written.
        """
        self._write("issues.json", _encode(issues | {"seal": self._seal}))
        saved = {
            "inputs": self.inputs,
            "count": self.count,
            "drafts": self.drafts,
            "aliases": self.aliases,
            "shown": self.shown,
            "images": self.images,
            "files": self.files,
        }
        self._write("site.json", _encode(saved | {"seal": values_hex(_SHAPE, saved)}))

    def _write(self, name: str, content: bytes) -> None:
        require_replaceable(self.folder / name)
        write_inside(self.folder, self.folder / name, content)


_SHAPE = [known.name for known in fields(BuildCache)]


def read_build_cache(root: Path, output: Path) -> BuildCache:
    """Read the cache of the last build into an output folder. Returns an empty cache if there is none."""
    folder = working_path(root, "site", values_hex(str(output))[:12])
    saved_at = _saved_at(folder)
    saved = _read(folder / "site.json", {})
    seal = saved.pop("seal", None)
    if seal is None or seal != values_hex(_SHAPE, saved):
        return BuildCache(folder, saved_at=saved_at)
    stamps = {name: {path: tuple(stamp) for path, stamp in saved[name].items()} for name in ("images", "files")}
    return BuildCache(folder, **(saved | stamps), saved_at=saved_at)


def _saved_at(folder: Path) -> int:
    """Return the time at which a cache was saved, in nanoseconds, or 0 if there is none."""
    try:
        return (folder / "site.json").stat().st_mtime_ns
    except OSError:
        return 0


def _read(path: Path, sealed: dict[str, str]) -> dict[str, Any]:
    """Read the JSON object of a file. Returns an empty one if the file is damaged or its digest is not the expected."""
    try:
        found = json.loads(read_regular(path))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and sealed.items() <= found.items() else {}


def _encode(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
