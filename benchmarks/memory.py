"""The peak memory of a cold `render all` of one issue, and of importing its libraries."""

import sys
from collections.abc import Iterator, Sequence
from tempfile import TemporaryDirectory

from benchmarks.clock import NEWSLETTER, PYTHON, run_command
from benchmarks.cold import ISSUE
from benchmarks.figures import Figure
from benchmarks.libraries import IMPORTS

_PARENT = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def measure() -> Iterator[Figure]:
    """Yield the largest memory of three runs, each the child of a new process. The assets already exist."""
    with TemporaryDirectory() as folder:
        render = [NEWSLETTER, "render", "all", ISSUE, "-o", f"{folder}/"]
        run_command(render)
        yield Figure("render all 029, cold", _peak(render), "MB", most=70)
    yield Figure("importing its libraries", _peak([PYTHON, "-c", IMPORTS]), "MB")


def _peak(command: Sequence[str]) -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return max(int(run_command([PYTHON, "-c", _PARENT, *command])) for _ in range(3)) * unit / 1_000_000
