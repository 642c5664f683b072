"""An export as its files: one file, a folder or a zip, read within limits and never extracted."""

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
# A member's entry in a zip's directory takes 46 bytes and its name; a longer directory has more members than we take.
MAX_DIRECTORY = MAX_FILES * 300
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_END = struct.Struct("<4s4H2LH")
_WRONG = "Nothing was changed. Is this the export as it was downloaded?"


@dataclass(frozen=True)
class Export:
    """The files of an export by their names, in order; `read` gives the content of one."""

    name: str
    names: tuple[str, ...]
    read: Callable[[str], bytes]
    path: Path | None = None

    def shown(self, name: str) -> str:
        """What messages call one of its files."""
        return self.name if len(self.names) == 1 else f"{self.name}: {name}"

    def beside(self, name: str) -> Callable[[str], bytes | None]:
        """What gives a file by its path relative to one of the files; nothing leads out of the export."""

        def find(relative: str) -> bytes | None:
            parts = PurePosixPath(relative.partition("?")[0].partition("#")[0]).parts
            if not parts or _leads_out(relative) or re.match(r"[A-Za-z][\w+.-]*:", relative):
                return None
            if self.path is not None:
                found = (self.path / PurePosixPath(name).parent / PurePosixPath(*parts)).resolve()
                inside = found.is_relative_to(self.path.resolve()) and found.is_file()
                return _read_file(found, display(found)) if inside else None
            wanted = str(PurePosixPath(name).parent / PurePosixPath(*parts))
            return self.read(wanted) if wanted in self.names else None

        return find


def open_export(file: str) -> Export:
    """An export that a path names; `-` is standard input.

    Raises:
        NotFoundError, AccessError: there is none, or it cannot be read.
        NewsletterError: a zip that is cut short, encrypted, too large, or that would reach out of itself.
    """
    if file == "-":
        content = sys.stdin.buffer.read(MAX_FILE + 1)
        if len(content) > MAX_FILE:
            raise _too_large("standard input", MAX_FILE)
        if content.startswith(_ZIP):
            raise NewsletterError("standard input is a zip, and a page is read from it", "Name the zip's file.")
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
            raise NotFoundError(f"{shown}: there is no such file", "Check the spelling.")
        if _is_zip(path):
            return _open_zip(path, shown)
    except (OSError, ValueError) as error:
        raise AccessError(
            f"{shown} cannot be read: {_reason(error)}", "Check the file's name and its permissions."
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
        raise NewsletterError(f"{shown} is cut short: the directory at the end of the zip is missing", _WRONG)
    _, _, _, _, count, directory, _, _ = _END.unpack_from(tail, end)
    if count == 0xFFFF or count > MAX_FILES or directory > MAX_DIRECTORY:
        raise _too_many(shown)
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, UnicodeError, EOFError, struct.error) as error:
        raise NewsletterError(f"{shown} is no zip that can be read: {error}", _WRONG) from error
    members = _members(archive, shown)

    def read(name: str) -> bytes:
        if members[name].file_size > MAX_FILE:
            raise _too_large(f"{shown}: {name}", MAX_FILE)
        try:
            with archive.open(name) as member:
                return member.read(MAX_FILE + 1)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, OSError) as error:
            raise NewsletterError(f"{shown}: {name} cannot be read: {error}", _WRONG) from error

    return Export(shown, tuple(sorted(members)), read)


def _members(archive: zipfile.ZipFile, shown: str) -> dict[str, zipfile.ZipInfo]:
    """The files of a zip, none of which would reach out of it."""
    members = {member.filename: member for member in archive.infolist() if not member.is_dir()}
    for name, member in members.items():
        if _leads_out(name):
            raise NewsletterError(f"{shown} holds `{name[:80]}`, which would lead out of its folder", _WRONG)
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NewsletterError(f"{shown} is packed in a way that no export is", _WRONG)
        if member.flag_bits & 0x1:
            advice = "Nothing was changed. Unpack it with its password, and name the folder."
            raise NewsletterError(f"{shown} is encrypted", advice)
    if sum(member.file_size for member in members.values()) > MAX_TOTAL:
        raise _too_large(shown, MAX_TOTAL)
    return members


def _leads_out(name: str) -> bool:
    parts = re.split(r"[/\\]", name)
    return not parts[0] or ".." in parts or bool(re.match(r"[A-Za-z]:", name)) or "\0" in name


def _read_file(path: Path, shown: str) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:
        raise AccessError(
            f"{shown} cannot be read: {_reason(error)}", "Check the file's name and its permissions."
        ) from error
    if len(content) > MAX_FILE:
        raise _too_large(shown, MAX_FILE)
    return content


def _too_large(shown: str, limit: int) -> NewsletterError:
    return NewsletterError(f"{shown} has more than {limit:,} bytes", "Nothing was changed. Is this the right file?")


def _too_many(shown: str) -> NewsletterError:
    return NewsletterError(f"{shown} has more than {MAX_FILES:,} files", "Nothing was changed. Is this the right file?")


def _reason(error: OSError | ValueError) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)
