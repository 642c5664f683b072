"""A worker in a thread of the test with a clock of the test, or in another process."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from newsletter.worker.parts import Part
from newsletter.worker.worker import Worker
from tests.campaign.publication import REPOSITORY
from tests.schedule.scheduled import DUE, Scheduled
from tests.waiting import TIMEOUT


@contextmanager
def working(scheduled: Scheduled, *parts: Part, now: float = DUE, code: int = 0) -> Iterator[Worker]:
    """Run a worker in a thread until the block ends. Its exit code is 1 if it stops during a campaign."""
    scheduled.clock.now = now
    worker = Worker(scheduled.folder, scheduled.database, parts or tuple(Part), clock=scheduled.clock)
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(worker.run()))
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(TIMEOUT)
    assert codes == [code]


@contextmanager
def worker_process(folder: Path, *options: str) -> Iterator["subprocess.Popen[str]"]:
    """Run `newsletter worker` in another process. Its log is in the file `worker.log` in the folder."""
    command = [sys.executable, "-m", "newsletter", "-C", str(folder), "worker", *options]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    with (
        (folder / "worker.log").open("a") as log,
        subprocess.Popen(command, cwd=REPOSITORY, stderr=log, text=True, env=environment) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def logged(folder: Path, event: str) -> list[dict[str, Any]]:
    """Return the log lines of an event."""
    lines = [json.loads(line) for line in (folder / "worker.log").read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]
