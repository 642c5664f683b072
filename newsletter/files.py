"""Reads and writes whole files, shows paths in messages, and reads secrets from the environment."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from newsletter.errors import AccessError, DocumentError, ExistsError, NotFoundError, Problem

MAX_BYTES = 2_000_000


def display(path: Path) -> str:
    """Return a path for a message: relative to the working folder if it is below it."""
    here, text = os.getcwd(), str(path)  # noqa: PTH109 (Path takes ten times as long)
    return "." if text == here else text.removeprefix(os.path.join(here, ""))  # noqa: PTH118 (as above)


def read_bytes(path: Path) -> bytes:
    """Read a file, after a check of its size.

    Raises:
        NotFoundError: no such file, or not a file.
        AccessError: the system refuses to read it.
        DocumentError: too large.
    """
    try:
        status = path.stat()
        if S_ISDIR(status.st_mode):
            raise NotFoundError(f"{display(path)} is a folder, and a file is needed", "Name the YAML file in it.")
        if not S_ISREG(status.st_mode):
            raise NotFoundError(f"{display(path)} is not a regular file", "Name a YAML file.")
        if status.st_size > MAX_BYTES:
            message = f"the file has {status.st_size:,} bytes, and at most {MAX_BYTES:,} are read"
            raise DocumentError([Problem(display(path), 1, 1, message, "Is this the right file?")])
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        message = f"{display(path)}: there is no such file"
        raise NotFoundError(message, "Check the spelling, or see `newsletter list`.") from error
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"{display(path)} cannot be read: {reason}"
        raise AccessError(message, "Check the file's name and its permissions.") from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a temporary file and rename it, so that no reader sees half of the content.

    Raises:
        AccessError: the system refuses.
    """
    try:
        if path.exists() and not path.is_file():
            # A device or a pipe is written to, and not replaced.
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
    """Write a file that must not exist yet.

    Raises:
        ExistsError: it exists.
        AccessError: the system refuses.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _refused(path, error) from error
    try:
        # The file is created before it is written, so that only one of two commands creates it.
        with path.open("xb"):
            pass
    except FileExistsError as error:
        message = f"{display(path)} is there already"
        raise ExistsError(message, "Nothing was changed. Choose another name, or move the file away.") from error
    except (OSError, ValueError) as error:
        raise _refused(path, error) from error
    write_whole(path, content)


def read_secret(variable: str, environment: Mapping[str, str], what: str) -> str:
    """Return the secret in an environment variable, or in the file that the variable with `_FILE` names.

    Args:
        variable: the name of the variable.
        environment: the environment.
        what: what the secret is for; errors name it, and never the secret.

    Returns:
        The secret, without the line breaks at its end.

    Raises:
        NotFoundError: neither variable is set, or what is set is empty.
        AccessError: the file cannot be read.
    """
    if secret := environment.get(variable):
        return secret
    file = environment.get(f"{variable}_FILE")
    if not file:
        raise NotFoundError(
            f"{what} is in neither {variable} nor {variable}_FILE",
            f"Set the environment variable {variable}, or {variable}_FILE to the path of a file that holds it.",
        )
    try:
        secret = Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "it is no text"
        message = f"{what} cannot be read from {file}, which {variable}_FILE names: {reason}"
        raise AccessError(message, "Check the path, and who may read it.") from error
    if not secret:
        raise NotFoundError(f"{what} is missing: {file}, which {variable}_FILE names, is empty", "Write it there.")
    return secret


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
