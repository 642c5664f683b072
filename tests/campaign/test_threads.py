"""Blocking work in threads, for which a stopping campaign does not wait."""

import asyncio
import subprocess
import sys
import threading

from newsletter.campaign.stop_signal import StopSignal
from newsletter.campaign.threads import in_thread


def test_a_process_ends_while_a_thread_is_still_working() -> None:
    """A server that does not complete a connection does not delay the end of the process."""
    program = """
import asyncio, threading
from newsletter.campaign.stop_signal import StopSignal
from newsletter.campaign.threads import in_thread
async def stop():
    stopping = StopSignal()
    opening = asyncio.create_task(in_thread(threading.Event().wait, stopping, print))
    await asyncio.sleep(0)
    stopping.set()
    assert await opening is None
asyncio.run(stop())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_a_result_that_arrives_after_the_stop_is_discarded() -> None:
    """A connection that opens too late is closed, even if the event loop has ended."""
    stopping, opened, discarded = StopSignal(), threading.Event(), threading.Event()
    results: list[str] = []

    def work() -> str:
        opened.wait(60)
        return "connection"

    def discard(result: str) -> None:
        results.append(result)
        discarded.set()

    async def wait() -> None:
        result = await in_thread(work, stopping, discard)
        assert result is None

    stopping.set()
    asyncio.run(wait())
    opened.set()
    assert discarded.wait(60)
    assert results == ["connection"]
