"""Times: taken in turns, so that whatever else the machine does falls on all alike, and then the best of each.

Processor time, which other processes disturb least, stands for all that runs on one core.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
NEWSLETTER = str(Path(sys.executable).with_name("newsletter"))


@dataclass(frozen=True, slots=True)
class Run:
    """What one process took: seconds on the clock, and seconds of processor time."""

    clock: float
    processor: float


def in_turns(jobs: Mapping[str, Callable[[int], object]], rounds: int) -> dict[str, list[float]]:
    """The processor seconds that each job takes in each round; a job is given the round's number.

    A round before the first, which is number 0, only warms up.
    """
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for number in range(rounds + 1):
        for name, job in jobs.items():
            start = time.process_time()
            job(number)
            if number:
                times[name].append(time.process_time() - start)
    return times


def cold_in_turns(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, Run]:
    """The best times of each command, from a cold start in every round; their output is thrown away.

    Raises:
        subprocess.CalledProcessError: a command fails.
    """
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for number in range(-2, rounds):
        for name, command in commands.items():
            run = _run(command)
            if number >= 0:
                runs[name].append(run)
    return {
        name: Run(min(run.clock for run in found), min(run.processor for run in found)) for name, found in runs.items()
    }


def said(command: Sequence[str]) -> str:
    """What a command prints.

    Raises:
        subprocess.CalledProcessError: the command fails.
    """
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def _run(command: Sequence[str]) -> Run:
    start = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command))
    return Run(time.perf_counter() - start, usage.ru_utime + usage.ru_stime)
