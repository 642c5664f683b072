"""Runs blocking functions in threads, for tasks of an event loop."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from math import inf
from typing import Any, TypeVar

from newsletter.campaign.stop_signal import StopSignal

T = TypeVar("T")


async def in_thread(work: Callable[[], T], stopping: StopSignal, discard: Callable[[T], None]) -> T | None:
    """Run a function in a new thread, and wait for it until the campaign stops.

    With `asyncio.to_thread`, the process could not end before the function returns.

    Args:
        work: The function.
        stopping: Set when the campaign stops.
        discard: Called in a thread with a result that arrives after the campaign stopped. A later error is ignored.

    Returns:
        The result, or None if the campaign stopped first.
    """
    done = Future[T]()
    # A running future cannot be cancelled, as in an executor.
    done.set_running_or_notify_cancel()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 (raised by the waiting task)
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    result = asyncio.wrap_future(done)
    stopped = asyncio.create_task(stopping.wait_until(inf))
    both: set[asyncio.Future[Any]] = {result, stopped}
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
    if not stopping.is_set():
        return result.result()
    # The event loop may be closed when the result arrives.
    if not result.cancel():
        # An error that nobody reads would be logged.
        result.exception()
    done.add_done_callback(lambda late: None if late.exception() else _start(discard, late.result()))
    return None


def _start(discard: Callable[[T], None], result: T) -> None:
    # If the future is already done, the callback runs in the thread of the event loop, which must not block.
    threading.Thread(target=discard, args=(result,), daemon=True).start()
