"""The identity of a process that sends, by which other processes of its host see that it was killed."""

import os
import platform
import secrets
import socket
from pathlib import Path

from newsletter.ledger.lease_state import LeaseHolder

# The tokens of this process that are in use.
_used: set[str] = set()
# The states of a process that has ended, in Linux's /proc.
_ENDED = ("Z", "X")


def this_worker() -> LeaseHolder:
    """Return a new identity of this process, which is valid until `forget`."""
    pid = os.getpid()
    worker = LeaseHolder(f"{socket.gethostname()}:{pid}", f"{_host()} {pid} {_started_at(pid)} {secrets.token_hex(8)}")
    _used.add(worker.token)
    return worker


def forget(worker: LeaseHolder) -> None:
    """Let an identity of this process be taken for that of one that has ended."""
    _used.discard(worker.token)


def is_gone(worker: LeaseHolder) -> bool:
    """Return whether a worker was a process of this host that has ended. False if this is not known."""
    host, _, rest = worker.token.partition(" ")
    pid, _, rest = rest.partition(" ")
    if host != _host() or not pid.isdecimal():
        return False
    if int(pid) == os.getpid() and worker.token not in _used:
        return True
    return _started_at(int(pid)) != rest.partition(" ")[0]


def _host() -> str:
    """Identify the host with its start, and in Linux also the namespace of process ids, such as a container."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return platform.node().replace(" ", "_")


def _started_at(pid: int) -> str:
    """Return when a process started, in ticks since that of the host. "-" if it is unknown, "" if it has ended."""
    try:
        # The name of the program is in parentheses and may contain spaces.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return "" if Path("/proc/self/stat").exists() or not _exists(pid) else "-"
    return "" if fields[0] in _ENDED else fields[19]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
