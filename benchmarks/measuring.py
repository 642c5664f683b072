"""Measures one subject. An error of a subject is a figure too, so that the others are measured anyway."""

import importlib
import subprocess
import sys
import time

from benchmarks.figures import Figure
from benchmarks.results import Measured


def measure_subject(subject: str) -> Measured:
    """Return the figures of a subject. If it fails, the last figure is "not measured" with the error as its note."""
    _show_progress(f"measuring {subject} …")
    figures: list[Figure] = []
    start = time.perf_counter()
    try:
        figures.extend(importlib.import_module(f"benchmarks.{subject}").measure())
    except Exception as error:  # noqa: BLE001 (the other subjects are measured anyway)
        figures.append(Figure(subject, note=_describe(error)))
    _show_progress("")
    return Measured(round(time.perf_counter() - start, 1), figures)


def _show_progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text:<40}\r{text}", end="", file=sys.stderr, flush=True)


def _describe(error: Exception) -> str:
    """Describe an error in one line. For a command that failed, this is the last line of its stderr."""
    stderr = getattr(error, "stderr", None) if isinstance(error, subprocess.CalledProcessError) else None
    return f"a command failed: {stderr.strip().splitlines()[-1]}" if stderr else f"{type(error).__name__}: {error}"
