"""The digests of everything that a build reads. No file is parsed, so that a build with nothing to do is fast."""

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from newsletter import __version__
from newsletter.documents.validation_digest import installed_libraries
from newsletter.errors import AccessError
from newsletter.files import display, require_inside
from newsletter.text.digests import sha256_hex, values_hex

# The libraries whose versions affect the output, as their folders are named.
_LIBRARIES = {"babel", "jinja2", "markdown_it_py", "pagefind_bin", "pillow"}
_PACKAGE = Path(__file__).parent.parent
# In nanoseconds. A file that was modified more recently can change again and keep its time: some file systems store
# times in steps of two seconds.
_TIME_STEP = 2_000_000_000


@dataclass
class SourceImages:
    """The digests of image files. A file is read again only if its size or time changed, because images are large.

    Args:
        root: The publication's folder.
        known: The stamps of the last build by path.
        found: The stamps of the files that this build has checked.
        now: The current time, in nanoseconds.
    """

    root: Path
    known: dict[str, tuple[int, int, str]]
    found: dict[str, tuple[int, int, str]] = field(default_factory=dict)
    now: int = field(default_factory=time.time_ns)

    def digest(self, path: str) -> str:
        """Return the digest of a file, or "" if it cannot be read. The issue that shows it reports the error."""
        file = self.root / path
        try:
            stat = file.stat()
            size, changed, content = self.found.get(path) or self.known.get(path, (-1, -1, ""))
            if (size, changed) != (stat.st_size, stat.st_mtime_ns):
                content = sha256_hex(file.read_bytes(), 32)
        except (OSError, ValueError):
            return ""
        if stat.st_mtime_ns < self.now - _TIME_STEP:
            self.found[path] = (stat.st_size, stat.st_mtime_ns, content)
        return content


@dataclass(frozen=True)
class ArchiveSources:
    """Everything that a build reads.

    Args:
        base: The digest of everything that all pages depend on.
        issues: The digest of each issue file by its name.
        images: The digests of image files.
    """

    base: str
    issues: dict[str, str]
    images: SourceImages

    def digest(self, shown: Iterable[str]) -> str:
        """Return one digest of all sources, including the image files at the paths `shown`."""
        return values_hex(self.base, self.issues, [(path, self.images.digest(path)) for path in shown])


def issue_digests(folder: Path) -> dict[str, str]:
    """Return the digest of each issue file by its name.

    Raises:
        AccessError: The folder or a file cannot be read, or symbolic links lead it out of the publication.
    """
    if folder.is_symlink():
        require_inside(folder, folder.parent)
    digests = {}
    for entry in _listed(folder):
        path = Path(entry.path)
        if path.suffix in (".yaml", ".yml"):
            if entry.is_symlink():
                require_inside(path, folder.parent)
            digests[path.name] = sha256_hex(_read(path), 32)
    return digests


def slugs_of(files: Iterable[str]) -> frozenset[str]:
    """Return the slugs of issue files, given their names."""
    return frozenset(name.rpartition(".")[0] for name in files)


def base_digest(root: Path, folders: Iterable[Path], settings: object) -> str:
    """Return the digest of everything that all pages depend on.

    These are newsletter itself, `newsletter.yaml`, the templates and labels, and the build's settings.

    Raises:
        AccessError: A file cannot be read.
    """
    files = [root / "newsletter.yaml"]
    for folder in folders:
        files += [Path(entry.path) for part in ("web", "labels") for entry in _listed(folder / part)]
    return values_hex(program_digest(), settings, [(str(path), sha256_hex(_read(path), 32)) for path in files])


def program_digest() -> str:
    """Return the digest of newsletter itself: its code, and the versions of the libraries that affect the output."""
    code = [(path, sha256_hex(Path(path).read_bytes(), 32)) for path in sorted(_modules(str(_PACKAGE)))]
    libraries = [name for name in installed_libraries() if name.partition("-")[0].lower() in _LIBRARIES]
    return values_hex(__version__, libraries, code)


def _modules(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                yield entry.path
            elif entry.is_dir() and entry.name not in ("__pycache__", "cli", "templates"):
                yield from _modules(entry.path)


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    """Return the files in a folder by name. Their types are known without another call to the system."""
    try:
        with os.scandir(folder) as entries:
            return sorted(filter(_is_file, entries), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise AccessError(f"{display(folder)} cannot be read: {error.strerror}", "Check its permissions.") from error


def _is_file(entry: os.DirEntry[str]) -> bool:
    # A link that leads to itself is no file. The entry would raise an error.
    return Path(entry.path).is_file() if entry.is_symlink() else entry.is_file()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise AccessError(f"{display(path)} cannot be read: {error.strerror}", "Check its permissions.") from error
