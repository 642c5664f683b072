"""The start of the dashboard in a publication with many issues, until its first page and its list are sent."""

import subprocess
import time
from collections.abc import Sequence
from urllib.parse import urljoin
from urllib.request import urlopen

import psutil  # type: ignore[import-untyped]

from benchmarks.total_memory import MeasuredRun

# Seconds, on a loaded machine.
_TIMEOUT = 300


def measure_start(command: Sequence[str]) -> MeasuredRun:
    """Start `newsletter dashboard` or `newsletter preview`, and request what its first page requests.

    These are the page, the rendered issue, and the list of all issues. The checks, which the page requests later, are
    not measured.

    Raises:
        OSError: The command fails.
    """
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout
            with urlopen(process.stdout.readline().strip(), timeout=_TIMEOUT) as page:
                issue = page.url
            for path in (issue.replace("/issues/", "/api/issues/"), urljoin(issue, "/api/issues")):
                with urlopen(path, timeout=_TIMEOUT) as response:
                    response.read()
            clock, running = time.perf_counter() - start, psutil.Process(process.pid)
            times, memory = running.cpu_times(), running.memory_full_info().pss / 1_000_000
        finally:
            process.terminate()
    return MeasuredRun(clock, times.user + times.system, memory)
