"""Reads and writes whole files, formats paths for messages, and reads secrets from the environment.

Also prepares the environments of other programs, which do not need the secrets.
"""

import errno
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from newsletter.errors import AccessError, DocumentError, ExistsError, NotFoundError, Problem

MAX_BYTES = 2_000_000
# The most characters of a secret. A private key has fewer than 15,000.
MAX_SECRET = 100_000
# The variables that programs need to run and to find their settings.
_NEEDED = ("PATH", "HOME", "XDG_CONFIG_HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")
# Windows has no O_NONBLOCK, and only Windows has O_BINARY.
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
# The time of the last change, the size, and the number of a file.
Stamp = tuple[int, int, int]


def display(path: Path) -> str:
    """Format a path for a message: relative to the working folder if it is inside it."""
    here, text = os.getcwd(), str(path)  # noqa: PTH109 (Path takes ten times as long)
    return "." if text == here else text.removeprefix(os.path.join(here, ""))  # noqa: PTH118 (as above)


def leads_out(path: Path, folder: Path) -> bool:
    """Return whether a path leads out of a folder when its symbolic links are followed."""
    try:
        return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
    except ValueError:
        # A name with a NUL character leads nowhere. Opening it reports the error.
        return False


def require_inside(path: Path, folder: Path) -> None:
    """Refuse a file or folder of a publication that symbolic links lead out of it.

    Args:
        path: The file or folder.
        folder: The folder of the publication. It may be a link itself.

    Raises:
        AccessError: Links lead out of the folder.
    """
    if leads_out(path, folder):
        message = f"{display(path)} cannot be read: a symbolic link leads out of the publication"
        raise AccessError(message, "Copy what it leads to into the publication, or remove the link.")


def require_writable_inside(path: Path, folder: Path, advice: str = "Remove the link.") -> None:
    """Refuse to write a file that symbolic links lead out of a folder.

    Args:
        path: The file.
        folder: The folder. It may be a link itself.
        advice: What to do about the link.

    Raises:
        AccessError: Links lead out of the folder.
    """
    if leads_out(path, folder):
        message = f"{display(path)} cannot be written: a symbolic link leads out of {display(folder)}"
        raise AccessError(message, advice)


def working_path(root: Path, *names: str) -> Path:
    """Return a path in `.newsletter/`, the folder for caches and locks of a publication.

    Raises:
        AccessError: Symbolic links lead it out of the publication.
    """
    path = root.joinpath(".newsletter", *names)
    require_inside(path, root)
    return path


def minimal_environment(environment: Mapping[str, str], **more: str) -> dict[str, str]:
    """Return the environment for a program that needs no settings of ours, with some variables added."""
    return {name: environment[name] for name in _NEEDED if name in environment} | more


def environment_without(environment: Mapping[str, str], secrets: Iterable[str]) -> dict[str, str]:
    """Return an environment without secrets, and without the paths of files that contain them (`…_FILE`)."""
    hidden = {*secrets}
    return {name: value for name, value in environment.items() if name.removesuffix("_FILE") not in hidden}


def read_bytes(path: Path) -> bytes:
    """Read a file of at most `MAX_BYTES`.

    Raises:
        NotFoundError: The file does not exist, or is not a regular file.
        AccessError: The system refuses to read it.
        DocumentError: It is too large.
    """
    try:
        # Two thirds of the time of `Path.read_bytes`, for ten thousand issues. A named pipe is opened without waiting.
        handle = os.open(path, _READ)
        try:
            _require_readable(path, os.fstat(handle))
            return _read_all(handle)
        finally:
            os.close(handle)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        message = f"{display(path)} does not exist"
        raise NotFoundError(message, "Check the spelling, or run `newsletter list`.") from error
    except OSError as error:
        if os.path.isdir(path):  # noqa: PTH112 (Path raises an error if the folder around it cannot be read)
            raise _folder_error(path) from error
        reason = error.strerror or str(error)
        message = f"{display(path)} cannot be read: {reason}"
        raise AccessError(message, "Check the name and the permissions of the file.") from error


def _require_readable(path: Path, status: os.stat_result) -> None:
    if S_ISDIR(status.st_mode):
        raise _folder_error(path)
    if not S_ISREG(status.st_mode):
        raise NotFoundError(f"{display(path)} is not a regular file", "Choose a YAML file.")
    if status.st_size > MAX_BYTES:
        message = f"the file has {status.st_size:,} bytes; the limit is {MAX_BYTES:,}"
        raise DocumentError([Problem(display(path), 1, 1, message, "Check that this is the right file.")])


def _folder_error(path: Path) -> NotFoundError:
    return NotFoundError(f"{display(path)} is a folder, not a file", "Choose a YAML file in it.")


def _read_all(handle: int) -> bytes:
    content = os.read(handle, MAX_BYTES)
    while part := os.read(handle, MAX_BYTES):
        content += part
    return content


def stamp(path: Path) -> Stamp | None:
    """Return what changes with a file or a folder, or None if it does not exist."""
    try:
        status = os.stat(path)  # noqa: PTH116 (half the time of `Path.stat`, and done for each request)
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def write_whole(path: Path, content: bytes, *, durable: bool = False) -> None:
    """Write a temporary file and rename it, so that no reader sees incomplete content.

    Args:
        path: The file.
        content: Its new content.
        durable: Whether to wait until the file and its name are on the disk.

    Raises:
        AccessError: The system refuses to write it.
    """
    try:
        if not _may_be_replaced(path):
            # A rename would replace a device or a pipe.
            path.write_bytes(content)
            return
        path = path.resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
        beside = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            beside.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_UMASK)
            beside.replace(path)
        except BaseException:
            beside.unlink()
            raise
        if durable:
            sync_folder(path.parent)
    except (OSError, ValueError) as error:
        raise _refused(path, error) from error


def write_inside(
    folder: Path,
    path: Path,
    content: bytes,
    *,
    durable: bool = False,
    advice: str = "Remove the link, or choose another folder with -o.",
) -> None:
    """Write a whole file, unless symbolic links lead it out of a folder.

    Args:
        folder: The folder.
        path: The file.
        content: Its new content.
        durable: Whether to wait until the file and its name are on the disk.
        advice: What to do about a link that leads out.

    Raises:
        AccessError: Links lead out of the folder, or the system refuses to write the file.
    """
    require_writable_inside(path, folder, advice)
    write_whole(path, content, durable=durable)


def write_new(path: Path, content: bytes) -> None:
    """Write a file that must not exist yet.

    Raises:
        ExistsError: The file exists.
        AccessError: The system refuses to write it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _refused(path, error) from error
    try:
        # Only one of two commands at the same time can create the file.
        with path.open("xb"):
            pass
    except FileExistsError as error:
        message = f"{display(path)} already exists"
        raise ExistsError(message, "Nothing was changed. Choose another name, or move the file.") from error
    except (OSError, ValueError) as error:
        raise _refused(path, error) from error
    write_whole(path, content)


def read_secret(variable: str, environment: Mapping[str, str], what: str) -> str:
    """Read a secret from an environment variable, or from the file in the variable with the suffix `_FILE`.

    Args:
        variable: The name of the variable.
        environment: The environment.
        what: What the secret is called in errors, which never contain the secret.

    Returns:
        The secret, without line breaks at its end.

    Raises:
        NotFoundError: Neither variable is set, or the value or the file is empty.
        AccessError: The file cannot be read, or has more than `MAX_SECRET` characters.
    """
    if secret := environment.get(variable):
        return secret
    file = environment.get(f"{variable}_FILE")
    if not file:
        raise NotFoundError(
            f"{what} is missing: neither {variable} nor {variable}_FILE is set",
            f"Set {variable}, or set {variable}_FILE to the path of a file that contains it.",
        )
    try:
        # A device such as /dev/zero has no size, and no end.
        with Path(file).open(encoding="utf-8") as opened:
            secret = opened.read(MAX_SECRET + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "it is not a text file"
        message = f"{what} cannot be read from {file} ({variable}_FILE): {reason}"
        raise AccessError(message, "Check the path and the permissions of the file.") from error
    if len(secret) > MAX_SECRET:
        message = f"{what} cannot be read from {file} ({variable}_FILE): it has more than {MAX_SECRET:,} characters"
        raise AccessError(message, "Check that this is the right file.")
    secret = secret.rstrip("\r\n")
    if not secret:
        raise NotFoundError(f"{what} is missing: {file} ({variable}_FILE) is empty", "Write it to this file.")
    return secret


def _may_be_replaced(path: Path) -> bool:
    """Return whether a path is a regular file or does not exist. Raises OSError if its links lead in a circle."""
    try:
        return S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return True


def _refused(path: Path, error: OSError | ValueError) -> AccessError:
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return AccessError(f"{display(path)} cannot be written: a symbolic link leads to itself", "Remove the link.")
    if isinstance(error, (NotADirectoryError, FileExistsError)):
        file = next((folder for folder in path.parents if folder.is_file()), path)
        return AccessError(f"{display(path)} cannot be written: {display(file)} is a file", "Choose another folder.")
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return AccessError(f"{display(path)} cannot be written: {reason}", "Check the folder and its permissions.")


def sync_folder(folder: Path) -> None:
    """Wait until the names of the files in a folder are on the disk. Raises OSError if the system refuses."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


_UMASK = _umask()
