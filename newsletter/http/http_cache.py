"""Answers kept in a folder, a file each, so that a page is asked for once a day and known without a network."""

import hashlib
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from newsletter.errors import AccessError
from newsletter.files import write_whole
from newsletter.http.answer import Answer, Hop

DAY = 86_400.0
_KEPT_DAYS = 60


@dataclass(frozen=True)
class Cache:
    """Answers by method and URL; a file that is damaged or of another form counts as none."""

    folder: Path
    clock: Callable[[], float] = time.time

    def find(self, method: str, url: str) -> Answer | None:
        """The answer that was kept, with its age."""
        try:
            head, _, content = self._path(method, url).read_bytes().partition(b"\n")
            said = json.loads(head)
            if said["digest"] != hashlib.sha256(content).hexdigest() or said["url"] != url:
                return None
            return Answer(
                url,
                str(said["final_url"]),
                int(said["status"]),
                str(said["content_type"]),
                content,
                said["size"],
                float(said["seconds"]),
                tuple(Hop(int(status), str(to)) for status, to in said["redirects"]),
                age=max(0.0, self.clock() - float(said["time"])),
            )
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def keep(self, method: str, answer: Answer) -> None:
        """Keep an answer. A folder that cannot be written keeps nothing, and that harms nobody."""
        said = {
            "url": answer.url,
            "final_url": answer.final_url,
            "status": answer.status,
            "content_type": answer.content_type,
            "size": answer.size,
            "seconds": round(answer.seconds, 3),
            "redirects": [(hop.status, hop.url) for hop in answer.redirects],
            "time": self.clock(),
            "digest": hashlib.sha256(answer.content).hexdigest(),
        }
        with suppress(AccessError):
            write_whole(self._path(method, answer.url), json.dumps(said).encode() + b"\n" + answer.content)

    def prune(self) -> None:
        """Throw away what is older than two months."""
        oldest = self.clock() - _KEPT_DAYS * DAY
        with suppress(OSError):
            for path in self.folder.iterdir():
                if path.is_file() and path.stat().st_mtime < oldest:
                    path.unlink()

    def _path(self, method: str, url: str) -> Path:
        return self.folder / hashlib.sha256(f"{method} {url}".encode()).hexdigest()[:40]
