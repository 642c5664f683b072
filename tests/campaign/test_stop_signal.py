"""Tasks that wait for a time, a finished message or the stop of a campaign."""

import asyncio
import threading
import time
from math import inf

from newsletter.campaign.stop_signal import StopSignal


def test_the_task_that_began_to_wait_last_continues_first() -> None:
    """Its connection was used last, so it is the most likely to be open."""
    order: list[int] = []

    async def wait(signal: StopSignal, number: int, at: float) -> None:
        await signal.wait_until(at)
        order.append(number)

    async def wait_all() -> None:
        signal, at = StopSignal(), time.monotonic() + 0.05
        async with asyncio.TaskGroup() as tasks:
            for number in range(4):
                tasks.create_task(wait(signal, number, at))

    asyncio.run(wait_all())
    assert order == [3, 2, 1, 0]


def test_another_thread_stops_tasks_that_wait() -> None:
    """Also those that wait for no time."""

    async def wait() -> list[bool]:
        signal = StopSignal()
        waiting = [asyncio.create_task(signal.wait_until(at, wakes)) for at in (inf, 1e12) for wakes in (None, 0)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        threading.Thread(target=signal.set).start()
        return await asyncio.gather(*waiting, signal.wait_until(inf))

    assert asyncio.run(wait()) == [True] * 5


def test_a_finished_message_wakes_only_tasks_that_wait_for_one() -> None:
    """Also if it finished before the task waits: it is not missed."""

    async def wait() -> tuple[bool, bool, bool]:
        signal = StopSignal()
        at = time.monotonic() + 0.2
        fixed = asyncio.create_task(signal.wait_until(at))
        early = asyncio.create_task(signal.wait_until(inf, signal.wakes))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        before = signal.wakes
        signal.wake()
        return await early, await signal.wait_until(inf, before), await fixed

    assert asyncio.run(wait()) == (True, True, False)


def test_a_stop_after_the_event_loop_has_ended_is_no_error() -> None:
    """The author may press Ctrl-C as the last message finishes."""
    signal = StopSignal()
    asyncio.run(signal.wait_until(time.monotonic() + 0.001))
    signal.set()
    assert signal.is_set()
