"""Reads the files of an export: one file, a folder or a zip. Sizes are limited, and nothing is extracted to disk."""

import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from newsletter.errors import AccessError, NewsletterError, NotFoundError
from newsletter.files import display

MAX_FILE = 20_000_000
MAX_TOTAL = 1_000_000_000
MAX_FILES = 100_000
# The maximum size of a zip's central directory. An entry has 46 bytes and the member's name.
MAX_DIRECTORY = MAX_FILES * 300
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_END = struct.Struct("<4s4H2LH")
_UNCHANGED = "Nothing was changed. Use the export exactly as you downloaded it."
_WRONG_FILE = "Nothing was changed. Check that this is the right file."


@dataclass(frozen=True)
class Export:
    """The files of an export.

    Args:
        name: the name of the export in messages.
        names: the names of its files, sorted.
        read: returns the content of a file.
        path: the folder of the files, or None for a zip and standard input.
    """

    name: str
    names: tuple[str, ...]
    read: Callable[[str], bytes]
    path: Path | None = None

    def shown(self, name: str) -> str:
        """Return the name of a file for messages."""
        return self.name if len(self.names) == 1 else f"{self.name}: {name}"

    def beside(self, name: str) -> Callable[[str], bytes | None]:
        """Return a function that reads files by their path relative to a file.

        The function returns None if the file does not exist or is outside the export.
        """

        def find(relative: str) -> bytes | None:
            parts = PurePosixPath(relative.partition("?")[0].partition("#")[0]).parts
            if not parts or _is_outside(relative) or re.match(r"[A-Za-z][\w+.-]*:", relative):
                return None
            if self.path is not None:
                found = (self.path / PurePosixPath(name).parent / PurePosixPath(*parts)).resolve()
                inside = found.is_relative_to(self.path.resolve()) and found.is_file()
                return _read_file(found, display(found)) if inside else None
            member = str(PurePosixPath(name).parent / PurePosixPath(*parts))
            return self.read(member) if member in self.names else None

        return find


def open_export(file: str) -> Export:
    """Open an export by its path, or standard input with `-`.

    Raises:
        NotFoundError, AccessError: the path does not exist or cannot be read.
        NewsletterError: a zip is incomplete, encrypted or too large, or has paths outside its folder.
    """
    if file == "-":
        content = sys.stdin.buffer.read(MAX_FILE + 1)
        if len(content) > MAX_FILE:
            raise _too_large("standard input", MAX_FILE)
        if content.startswith(_ZIP):
            raise NewsletterError(
                "expected a page on standard input, found a zip", "Give the path of the zip instead of `-`."
            )
        return Export("the page", ("the page",), lambda _: content)
    path = Path(file)
    shown = display(path)
    try:
        if path.is_dir():
            names = sorted(str(found.relative_to(path).as_posix()) for found in path.rglob("*") if found.is_file())
            if len(names) > MAX_FILES:
                raise _too_many(shown)
            return Export(shown, tuple(names), lambda name: _read_file(path / name, f"{shown}/{name}"), path)
        if not path.exists():
            raise NotFoundError(f"{shown} does not exist", "Check the path.")
        if _is_zip(path):
            return _open_zip(path, shown)
    except (OSError, ValueError) as error:
        raise AccessError(
            f"{shown} cannot be read: {_reason(error)}", "Check the name and the permissions of the file."
        ) from error
    return Export(shown, (path.name,), lambda _: _read_file(path, shown), path.parent)


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in _ZIP or path.suffix.lower() == ".zip"


def _open_zip(path: Path, shown: str) -> Export:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 65_557))
        tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) - end < _END.size:
        raise NewsletterError(f"{shown} is incomplete: the end of the zip is missing", _UNCHANGED)
    _, _, _, _, count, directory, _, _ = _END.unpack_from(tail, end)
    if count == 0xFFFF or count > MAX_FILES or directory > MAX_DIRECTORY:
        raise _too_many(shown)
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, UnicodeError, EOFError, struct.error) as error:
        raise NewsletterError(f"{shown} is not a valid zip: {error}", _UNCHANGED) from error
    members = _members(archive, shown)

    def read(name: str) -> bytes:
        if members[name].file_size > MAX_FILE:
            raise _too_large(f"{shown}: {name}", MAX_FILE)
        try:
            with archive.open(name) as member:
                return member.read(MAX_FILE + 1)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, OSError) as error:
            raise NewsletterError(f"{shown}: {name} cannot be read: {error}", _UNCHANGED) from error

    return Export(shown, tuple(sorted(members)), read)


def _members(archive: zipfile.ZipFile, shown: str) -> dict[str, zipfile.ZipInfo]:
    """Return the files of a zip by their names, after checking their paths, compression and size."""
    members = {member.filename: member for member in archive.infolist() if not member.is_dir()}
    for name, member in members.items():
        if _is_outside(name):
            raise NewsletterError(f"{shown} contains a path outside its folder: `{name[:80]}`", _UNCHANGED)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NewsletterError(f"{shown} uses an unsupported compression", _UNCHANGED)
        if member.flag_bits & 0x1:
            advice = "Nothing was changed. Unpack it with its password, then import the folder."
            raise NewsletterError(f"{shown} is encrypted", advice)
    if sum(member.file_size for member in members.values()) > MAX_TOTAL:
        raise _too_large(shown, MAX_TOTAL)
    return members


def _is_outside(name: str) -> bool:
    parts = re.split(r"[/\\]", name)
    return not parts[0] or ".." in parts or bool(re.match(r"[A-Za-z]:", name)) or "\0" in name


def _read_file(path: Path, shown: str) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:
        raise AccessError(
            f"{shown} cannot be read: {_reason(error)}", "Check the name and the permissions of the file."
        ) from error
    if len(content) > MAX_FILE:
        raise _too_large(shown, MAX_FILE)
    return content


def _too_large(shown: str, limit: int) -> NewsletterError:
    return NewsletterError(f"{shown} is larger than {limit:,} bytes", _WRONG_FILE)


def _too_many(shown: str) -> NewsletterError:
    return NewsletterError(f"{shown} contains more than {MAX_FILES:,} files", _WRONG_FILE)


def _reason(error: OSError | ValueError) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)
