"""Measures time. Jobs run alternately, so that other load on the machine affects all of them, and the best run counts.

CPU time is used for everything that runs on one core, because other processes affect it least.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from compileall import compile_dir
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
NEWSLETTER = str(Path(sys.executable).with_name("newsletter"))


@dataclass(frozen=True, slots=True)
class Run:
    """The wall-clock seconds and CPU seconds of one process."""

    clock: float
    processor: float


def time_in_turns(jobs: Mapping[str, Callable[[int], object]], rounds: int) -> dict[str, list[float]]:
    """Return the CPU seconds of each job in each round.

    Args:
        jobs: The jobs by their names. A job gets the number of the round. Round 0 is a warm-up and is not measured.
        rounds: The number of rounds.
    """
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for number in range(rounds + 1):
        for name, job in jobs.items():
            start = time.process_time()
            job(number)
            if number:
                times[name].append(time.process_time() - start)
    return times


def compile_program() -> None:
    """Compile newsletter's modules, as an installation does. The environment may keep Python from it."""
    compile_dir(ROOT / "newsletter", quiet=1)


def time_cold_starts(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, Run]:
    """Return the best times of each command. Each round starts a new process. The output is discarded.

    Raises:
        subprocess.CalledProcessError: A command fails.
    """
    compile_program()
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for number in range(-2, rounds):
        for name, command in commands.items():
            run = time_command(command)
            if number >= 0:
                runs[name].append(run)
    return {name: best_of(found) for name, found in runs.items()}


def best_of(runs: Sequence[Run]) -> Run:
    """Return the best times of several runs."""
    return Run(min(run.clock for run in runs), min(run.processor for run in runs))


def run_command(command: Sequence[str]) -> str:
    """Run a command. Returns its stdout.

    Raises:
        subprocess.CalledProcessError: The command fails.
    """
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def time_command(command: Sequence[str]) -> Run:
    """Run a command in a new process, and return its times. The output is discarded.

    Raises:
        subprocess.CalledProcessError: The command fails.
    """
    start = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command))
    return Run(time.perf_counter() - start, usage.ru_utime + usage.ru_stime)
