"""Work that blocks, in a thread that an event loop can wait for."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


async def in_thread(work: Callable[[], T]) -> T:
    """Run a function in a thread of its own.

    `asyncio.to_thread` would keep the process from ending until the function has returned.
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
    return await asyncio.wrap_future(done)
