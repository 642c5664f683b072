"""Work that blocks, in a thread that an event loop can wait for."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")
# How often a task that waits checks whether the campaign stops, in seconds.
STOP_CHECK = 0.1


async def in_thread(work: Callable[[], T], stopping: threading.Event, discard: Callable[[T], None]) -> T | None:
    """Run a function in a thread of its own, and wait for it until the campaign stops.

    `asyncio.to_thread` would keep the process from ending until the function has returned.

    Args:
        work: The function.
        stopping: Set when the campaign stops.
        discard: Called in a thread with a result that comes after that. An error that comes then is of no interest.

    Returns:
        The result, or None if the campaign stopped first.
    """
    done = Future[T]()
    # As an executor does: what runs cannot be cancelled.
    done.set_running_or_notify_cancel()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 (the task that waits raises it)
            done.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    result = asyncio.wrap_future(done)
    while not stopping.is_set():
        finished, _ = await asyncio.wait([result], timeout=STOP_CHECK)
        if finished:
            return result.result()
    # The event loop may be closed when the result comes.
    result.cancel()
    done.add_done_callback(lambda late: None if late.exception() else _start(discard, late.result()))
    return None


def _start(discard: Callable[[T], None], result: T) -> None:
    # A future that is done already calls back at once, in the thread of the event loop.
    threading.Thread(target=discard, args=(result,), daemon=True).start()
