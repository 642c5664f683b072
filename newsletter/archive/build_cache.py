"""What a build remembers for the next one. Where it is missing or damaged, everything is made anew."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from newsletter.archive.content_digest import digest
from newsletter.files import write_whole

Stamp = tuple[int, int, str]


@dataclass
class State:
    """The last build: a digest of all that it read, the images among that, and the files that it left.

    A stamp is a size in bytes, a time of change in nanoseconds, and a digest of the content.
    """

    folder: Path
    inputs: str = ""
    count: int = 0
    shown: list[str] = field(default_factory=list)
    images: dict[str, Stamp] = field(default_factory=dict)
    files: dict[str, Stamp] = field(default_factory=dict)

    saved_at: int = 0

    def superseded(self) -> bool:
        """Whether another build has ended since this was read."""
        return self.saved_at != _saved_at(self.folder)

    def issues(self) -> dict[str, Any]:
        """What was kept of each issue, and the key of each page beside them; read only when something has changed."""
        return _read(self.folder / "issues.json", {"seal": self._seal})

    def stories(self, seal: str) -> dict[str, Any]:
        """What was kept of the stories that a digest seals, by the slugs; read only when a tag's page may change."""
        stories: dict[str, Any] = _read(self.folder / "stories.json", {"seal": seal}).get("stories", {})
        return stories

    def save_stories(self, seal: str, stories: Mapping[str, object]) -> None:
        """Write the stories.

        Raises:
            AccessError: the system refuses.
        """
        write_whole(self.folder / "stories.json", _text({"seal": seal, "stories": stories}))

    @property
    def _seal(self) -> str:
        return digest(self.files)

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
        write_whole(self.folder / "site.json", _text(saved | {"seal": digest(_SHAPE, saved)}))


_SHAPE = [known.name for known in fields(State)]


def read_state(root: Path, output: Path) -> State:
    """What the last build into this output remembers, or nothing."""
    folder = root / ".newsletter" / "site" / digest(str(output))[:12]
    saved_at = _saved_at(folder)
    saved = _read(folder / "site.json", {})
    seal = saved.pop("seal", None)
    if seal is None or seal != digest(_SHAPE, saved):
        return State(folder, saved_at=saved_at)
    stamps = {name: {path: tuple(stamp) for path, stamp in saved[name].items()} for name in ("images", "files")}
    return State(folder, **(saved | stamps), saved_at=saved_at)


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
