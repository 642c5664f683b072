"""Whether a SQLite file has a second path, and a lock that does not depend on the path.

SQLite's log and its locks follow the path: two processes that use one file by two paths write over each other. The file
itself is never opened here, because closing it would drop SQLite's own locks (POSIX locks belong to the process).
"""

import errno
import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from newsletter.errors import DatabaseError
from newsletter.files import display

_MOUNTS = Path("/proc/self/mountinfo")
# The list of mounts has white space and backslashes as octal numbers.
_ESCAPE = re.compile(rb"\\([0-7]{3})")


def refuse_hard_link(file: Path) -> None:
    """Reject a file with a second hard link.

    Raises:
        DatabaseError: It has one.
    """
    if file.stat().st_nlink > 1:
        raise DatabaseError(
            f"{display(file)} has a second hard link, through which another process could send and write",
            "Remove the other link, or replace it with a copy from `newsletter db backup`.",
        )


def refuse_mounted_file(file: Path) -> None:
    """Reject a file that is a mount point of its own, as `docker run -v ./newsletter.db:/app/newsletter.db` makes it.

    Only Linux lists its mounts in /proc; elsewhere nothing is rejected.

    Raises:
        DatabaseError: It is one.
    """
    try:
        mounts = _MOUNTS.read_bytes()
    except OSError:
        return
    path = os.fsencode(os.path.realpath(file))
    points = (_ESCAPE.sub(lambda code: bytes([int(code[1], 8)]), line.split(b" ")[4]) for line in mounts.splitlines())
    if path in points:
        raise DatabaseError(
            f"{display(file)} is mounted as a single file; SQLite would keep its log in another folder than "
            "programs that use the file by its other path, which damages the database",
            "Mount the folder of the database instead, as in `docker run -v ./data:/app/data`.",
        )


@contextmanager
def process_lock(file: Path, purpose: str, timeout: float = 0) -> Iterator[bool]:
    """Hold a lock of a SQLite file for one purpose. Yields whether it is held. The system releases it with the process.

    Args:
        file: The SQLite file.
        purpose: The purpose, which is the suffix of the lock file.
        timeout: Seconds to wait for another process.

    Raises:
        DatabaseError: The lock cannot be taken, or the file has a second path.
    """
    from filelock import FileLock, Timeout

    # Resolve symbolic links, so that a database has one lock.
    path = Path(f"{os.path.realpath(file)}.{purpose}")
    refuse_hard_link(file)
    refuse_mounted_file(file)
    lock = FileLock(path, timeout=timeout)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    except OSError as error:
        advice = "Check the folder's permissions."
        raise DatabaseError(f"{display(path)} cannot be locked: {error.strerror}", advice) from error
    try:
        # The lock beside the file depends on its path, which changes if the file is moved, linked or mounted.
        with host_lock(file, purpose) as held:
            yield held
    finally:
        lock.release()


@contextmanager
def host_lock(file: Path, purpose: str = "sending") -> Iterator[bool]:
    """Hold a lock that is named by the device and inode of a file. Yields whether it is held.

    It is an abstract Unix socket, which Linux releases when the process ends, and which processes share that share a
    network namespace. Other systems have none, so there it is always held.

    Raises:
        OSError: The file cannot be read, or the socket cannot be created.
    """
    if sys.platform != "linux":
        yield True
        return
    status = file.stat()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as lock:
        try:
            lock.bind(f"\0newsletter-{purpose}-{status.st_dev}-{status.st_ino}")
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            yield False
        else:
            yield True
