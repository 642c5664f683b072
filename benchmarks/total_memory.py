"""Runs a command and measures its time and the memory of all its processes together."""

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]

# In seconds. Shorter peaks can be missed.
_INTERVAL = 0.1


@dataclass(frozen=True, slots=True)
class MeasuredRun:
    """The wall-clock seconds of a command, the CPU seconds of all its processes, and their peak memory in MB.

    The memory is the sum of the proportional set sizes, in which a page that processes share counts once.
    """

    clock: float
    processor: float
    memory: float


def measure_run(command: Sequence[str], folder: Path | None = None) -> MeasuredRun:
    """Run a command in a folder. The output is discarded.

    Raises:
        subprocess.CalledProcessError: The command fails.
    """
    peak, ended = 0.0, threading.Event()

    def watch(process: psutil.Process) -> None:
        nonlocal peak
        while not ended.wait(_INTERVAL):
            peak = max(peak, _total(process))

    start = time.perf_counter()
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        watcher = threading.Thread(target=watch, args=(psutil.Process(process.pid),))
        watcher.start()
        _, status, usage = os.wait4(process.pid, 0)
        clock = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        ended.set()
        watcher.join()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command))
    return MeasuredRun(clock, usage.ru_utime + usage.ru_stime, peak)


def _total(process: psutil.Process) -> float:
    """Return the memory of a process and its descendants in MB, without those that end in between."""
    total = 0.0
    with suppress(psutil.Error):
        for member in [process, *process.children(recursive=True)]:
            with suppress(psutil.Error):
                total += member.memory_full_info().pss / 1_000_000
    return total
