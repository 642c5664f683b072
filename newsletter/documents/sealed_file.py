"""Files of caches. The first line of a sealed file has a mark of what wrote it and the digest of the rest.

A file that is damaged, or was written by something else, is therefore ignored.
"""

import os
from pathlib import Path
from stat import S_ISREG

from newsletter.errors import AccessError
from newsletter.files import display, write_whole
from newsletter.text.digests import blake2b_hex


def seal(mark: str, body: bytes) -> bytes:
    """Return the content of a sealed file."""
    return _first_line(mark, body) + b"\n" + body


def read_sealed(file: Path, mark: str) -> bytes | None:
    """Read a sealed file. Returns None if it is missing or damaged, has another mark, or cannot be read."""
    try:
        first, _, body = read_regular(file).partition(b"\n")
    except OSError:
        return None
    return body if first == _first_line(mark, body) else None


def write_sealed(file: Path, mark: str, body: bytes) -> None:
    """Write a sealed file.

    Raises:
        AccessError: It cannot be written.
    """
    require_replaceable(file)
    write_whole(file, seal(mark, body))


def read_regular(file: Path) -> bytes:
    """Read a regular file. Opening a named pipe would wait for a program that writes to it.

    Raises:
        OSError: It is missing, is not a regular file, or cannot be read.
    """
    if not S_ISREG(os.stat(file).st_mode):  # noqa: PTH116 (Path takes twice as long)
        raise OSError(f"{file} is not a regular file")
    return file.read_bytes()


def require_replaceable(file: Path) -> None:
    """Require that a file is a regular one or does not exist.

    Raises:
        AccessError: It is a folder, a named pipe or the like.
    """
    if file.exists() and not file.is_file():
        raise AccessError(f"{display(file)} cannot be written: it is not a regular file", "Remove it.")


def _first_line(mark: str, body: bytes) -> bytes:
    return f"{mark} {blake2b_hex(body)}".encode()
