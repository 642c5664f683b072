"""Files written and changed whole or not at all."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from newsletter.documents.source import Source, display, read_source
from newsletter.errors import AccessError, ExistsError


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place and rename it there, so that no reader sees half of it.

    Raises:
        AccessError: the system refuses.
    """
    try:
        if path.exists() and not path.is_file():
            # A device or a pipe stays what it is, and takes what is written to it.
            path.write_bytes(content)
            return
        path = path.resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
        beside = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            beside.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_UMASK)
            beside.replace(path)
        except BaseException:
            beside.unlink()
            raise
    except (OSError, ValueError) as error:
        raise _refused(path, error) from error


def write_new(path: Path, content: bytes) -> None:
    """Write a file that must not be there yet.

    Raises:
        ExistsError: it is there already.
        AccessError: the system refuses.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _refused(path, error) from error
    try:
        # The name is taken before it is filled, so that two commands at once cannot both have it.
        with path.open("xb"):
            pass
    except FileExistsError as error:
        message = f"{display(path)} is there already"
        raise ExistsError(message, "Nothing was changed. Choose another name, or move the file away.") from error
    except (OSError, ValueError) as error:
        raise _refused(path, error) from error
    write_whole(path, content)


def change_file(path: Path, change: Callable[[Source], str]) -> None:
    """Put a changed text in the place of a file's; where the change fails, the file stays as it was.

    Raises:
        NotFoundError, AccessError, DocumentError: the file cannot be read or written, or whatever `change` raises.
    """
    source = read_source(path)
    text = change(source)
    if text != source.text:
        mark = b"\xef\xbb\xbf" if path.read_bytes().startswith(b"\xef\xbb\xbf") else b""
        write_whole(path, mark + text.encode())


def _refused(path: Path, error: OSError | ValueError) -> AccessError:
    if isinstance(error, (NotADirectoryError, FileExistsError)):
        file = next((folder for folder in path.parents if folder.is_file()), path)
        return AccessError(f"{display(path)} cannot be written: {display(file)} is a file", "Name a folder.")
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return AccessError(f"{display(path)} cannot be written: {reason}", "Check the folder and its permissions.")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


_UMASK = _umask()
