"""Runs blocking functions in threads, for tasks of an event loop."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")
# Seconds between the checks of a waiting task for a stop of the campaign.
STOP_CHECK = 0.1


async def in_thread(work: Callable[[], T], stopping: threading.Event, discard: Callable[[T], None]) -> T | None:
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
    while not stopping.is_set():
        finished, _ = await asyncio.wait([result], timeout=STOP_CHECK)
        if finished:
            return result.result()
    # The event loop may be closed when the result arrives.
    result.cancel()
    done.add_done_callback(lambda late: None if late.exception() else _start(discard, late.result()))
    return None


def _start(discard: Callable[[T], None], result: T) -> None:
    # If the future is already done, the callback runs in the thread of the event loop, which must not block.
    threading.Thread(target=discard, args=(result,), daemon=True).start()
