"""Work in a thread that a campaign does not wait for once it stops."""

import asyncio
import subprocess
import sys
import threading

from newsletter.campaign.threads import in_thread


def test_a_process_ends_while_a_thread_still_works() -> None:
    """A server that lets no connection in does not keep the author waiting."""
    program = """
import asyncio, threading
from newsletter.campaign.threads import in_thread
async def leaves():
    stopping = threading.Event()
    opening = asyncio.create_task(in_thread(threading.Event().wait, stopping, print))
    await asyncio.sleep(0)
    stopping.set()
    assert await opening is None
asyncio.run(leaves())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_a_result_that_comes_after_the_stop_is_discarded() -> None:
    """So that a connection is closed which opens too late, also when the event loop has ended."""
    stopping, opened, discarded = threading.Event(), threading.Event(), threading.Event()
    results: list[str] = []

    def work() -> str:
        opened.wait(60)
        return "connection"

    def discard(result: str) -> None:
        results.append(result)
        discarded.set()

    async def waits() -> None:
        early = await in_thread(work, stopping, discard)
        assert early is None

    stopping.set()
    asyncio.run(waits())
    opened.set()
    assert discarded.wait(60)
    assert results == ["connection"]
