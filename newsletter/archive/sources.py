"""What a build reads, as digests: found without parsing a file, so that a build with nothing to do is soon over."""

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from newsletter import __version__
from newsletter.errors import AccessError
from newsletter.files import display
from newsletter.text.digests import sha256_hex, values_hex

# Their versions decide what bytes come out.
_LIBRARIES = ("babel", "jinja2", "markdown-it-py", "pillow", "pagefind-bin")
_PACKAGE = Path(__file__).parent.parent
# A file as young as this may still change without another size or time: file systems count in such steps.
_SETTLED = 2_000_000_000


@dataclass
class SourceImages:
    """The digests of images, read again only where a file's size or time is another: they are the bulk of the bytes."""

    root: Path
    known: dict[str, tuple[int, int, str]]
    found: dict[str, tuple[int, int, str]] = field(default_factory=dict)
    now: int = field(default_factory=time.time_ns)

    def digest(self, path: str) -> str:
        """The digest of a file below the root; nothing where it cannot be read: the issue that shows it will say so."""
        file = self.root / path
        try:
            stat = file.stat()
            size, changed, content = self.known.get(path, (-1, -1, ""))
            if (size, changed) != (stat.st_size, stat.st_mtime_ns):
                content = sha256_hex(file.read_bytes(), 32)
        except (OSError, ValueError):
            return ""
        if stat.st_mtime_ns < self.now - _SETTLED:
            self.found[path] = (stat.st_size, stat.st_mtime_ns, content)
        return content


@dataclass(frozen=True)
class ArchiveSources:
    """All that a build reads: what every page depends on, the issues' files by their names, and the images."""

    base: str
    issues: dict[str, str]
    images: SourceImages

    def digest(self, shown: Iterable[str]) -> str:
        """One digest of it all, with the images that are shown."""
        return values_hex(self.base, self.issues, [(path, self.images.digest(path)) for path in shown])


def issue_digests(folder: Path) -> dict[str, str]:
    """The digest of each issue's file, by its name.

    Raises:
        AccessError: the folder or a file cannot be read.
    """
    return {path.name: sha256_hex(_read(path), 32) for path in _listed(folder) if path.suffix in (".yaml", ".yml")}


def base_digest(root: Path, folders: Iterable[Path], settings: object) -> str:
    """The digest of all that every page depends on: newsletter, the publication, the templates and labels, settings.

    Raises:
        AccessError: a file cannot be read.
    """
    files = [root / "newsletter.yaml"]
    for folder in folders:
        files += [*_listed(folder / "web"), *_listed(folder / "labels")]
    return values_hex(program_digest(), settings, [(str(path), sha256_hex(_read(path), 32)) for path in files])


def program_digest() -> str:
    """The digest of newsletter itself: its code, and the libraries that write its bytes."""
    code = [(path, sha256_hex(Path(path).read_bytes(), 32)) for path in sorted(_modules(str(_PACKAGE)))]
    return values_hex(__version__, [version(name) for name in _LIBRARIES], code)


def _modules(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                yield entry.path
            elif entry.is_dir() and entry.name not in ("__pycache__", "cli", "templates"):
                yield from _modules(entry.path)


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_file())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise AccessError(f"{display(folder)} cannot be read: {error.strerror}", "Check its permissions.") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise AccessError(f"{display(path)} cannot be read: {error.strerror}", "Check its permissions.") from error
