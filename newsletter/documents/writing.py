"""Files written whole or not at all."""

import os
import tempfile
from pathlib import Path

from newsletter.documents.source import display
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
            beside.chmod(0o666 & ~_UMASK)
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
        # The name is taken before it is filled, so that two commands at once cannot both have it.
        with path.open("xb"):
            pass
    except FileExistsError as error:
        message = f"{display(path)} is there already"
        raise ExistsError(message, "Nothing was changed. Choose another name, or move the file away.") from error
    except (OSError, ValueError) as error:
        raise _refused(path, error) from error
    write_whole(path, content)


def _refused(path: Path, error: OSError | ValueError) -> AccessError:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return AccessError(f"{display(path)} cannot be written: {reason}", "Check the folder and its permissions.")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


_UMASK = _umask()
