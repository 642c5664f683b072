"""The cache of responses: a folder with one file per response.

It limits requests to one per URL and day, and serves older responses when the network is down.
"""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from newsletter.documents.sealed_file import read_regular, require_replaceable
from newsletter.errors import AccessError
from newsletter.files import write_inside
from newsletter.http.http_response import HttpResponse, Redirect
from newsletter.text.digests import sha256_hex

DAY = 86_400.0
_KEPT_DAYS = 60


@dataclass(frozen=True)
class HttpCache:
    """Stores responses by method and URL. Damaged files, and what is not a regular file, are ignored."""

    folder: Path
    clock: Callable[[], float] = time.time

    def find(self, method: str, url: str) -> HttpResponse | None:
        """Return a cached response with its age, or None if there is none."""
        try:
            head, _, content = read_regular(self._path(method, url)).partition(b"\n")
            saved = json.loads(head)
            if saved["digest"] != sha256_hex(content) or saved["url"] != url:
                return None
            return HttpResponse(
                url,
                str(saved["final_url"]),
                int(saved["status"]),
                str(saved["content_type"]),
                content,
                saved["size"],
                float(saved["seconds"]),
                tuple(Redirect(int(status), str(to)) for status, to in saved["redirects"]),
                age=max(0.0, self.clock() - float(saved["time"])),
            )
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def keep(self, method: str, response: HttpResponse) -> None:
        """Store a response. Does nothing if the folder is not writable."""
        saved = {
            "url": response.url,
            "final_url": response.final_url,
            "status": response.status,
            "content_type": response.content_type,
            "size": response.size,
            "seconds": round(response.seconds, 3),
            "redirects": [(redirect.status, redirect.url) for redirect in response.redirects],
            "time": self.clock(),
            "digest": sha256_hex(response.content),
        }
        with suppress(AccessError):
            content = json.dumps(saved).encode() + b"\n" + response.content
            path = self._path(method, response.url)
            require_replaceable(path)
            write_inside(self.folder, path, content)

    def remove(self, method: str, url: str) -> None:
        """Remove a response. Does nothing if there is none, or if the folder is not writable."""
        with suppress(OSError):
            self._path(method, url).unlink()

    def prune(self) -> None:
        """Delete files that are older than 60 days."""
        oldest = self.clock() - _KEPT_DAYS * DAY
        with suppress(OSError):
            for path in self.folder.iterdir():
                if path.is_file() and path.stat().st_mtime < oldest:
                    path.unlink()

    def _path(self, method: str, url: str) -> Path:
        return self.folder / sha256_hex(f"{method} {url}", 40)
