"""Group commits: tasks add entries to the ledger, share commits, and continue when their entries are durable."""

import asyncio

import pytest

from newsletter.campaign.ledger_commits import GroupCommit, LedgerEntry
from newsletter.errors import DatabaseError


def test_entries_that_are_added_at_the_same_time_share_a_commit() -> None:
    """Each task continues when its entry is written, and has one entry at a time."""
    written: list[int] = []
    durable: set[LedgerEntry] = set()

    def write(entries: list[LedgerEntry]) -> None:
        written.append(len(entries))
        durable.update(entries)

    commit = GroupCommit(write)

    async def add_entries(number: int) -> None:
        for _ in range(number):
            entry = LedgerEntry(None, None)
            await commit.settle(entry)
            assert entry in durable

    async def run_tasks() -> None:
        await asyncio.gather(*[add_entries(3) for _ in range(4)])

    asyncio.run(run_tasks())
    assert written == [4, 4, 4]


def committed(seconds_between: float) -> list[int]:
    """Add one entry, then three in different iterations of the event loop. Returns the number of entries by commit.

    A commit takes a second.

    Args:
        seconds_between: The seconds that pass between two readings of the clock.
    """
    now = 0.0
    written: list[int] = []

    def clock() -> float:
        nonlocal now
        now += seconds_between
        return now

    def write(entries: list[LedgerEntry]) -> None:
        nonlocal now
        now += 1
        written.append(len(entries))

    commit = GroupCommit(write, clock)

    async def add_entry(iterations: int) -> None:
        for _ in range(iterations):
            await asyncio.sleep(0)
        await commit.settle(LedgerEntry(None, None))

    async def run_tasks() -> None:
        await commit.settle(LedgerEntry(None, None))
        await asyncio.gather(add_entry(0), add_entry(1), add_entry(3))

    asyncio.run(run_tasks())
    return written


def test_a_commit_waits_while_tasks_add_entries() -> None:
    """It waits as long as an entry is added every few iterations of the event loop."""
    assert committed(0) == [1, 3]


def test_a_commit_waits_no_longer_than_the_last_commits_took() -> None:
    """Later entries go into the next commit."""
    assert committed(2) == [1, 1, 1, 1]


@pytest.mark.parametrize("tasks", [1, 2])
def test_a_commit_does_not_wait_if_every_task_has_added_an_entry(tasks: int) -> None:
    """Otherwise a single connection would wait for others that do not exist."""
    now = 0.0
    passed = 0

    def write(_: object) -> None:
        nonlocal now
        now += 1

    async def run_tasks() -> None:
        nonlocal passed
        commit = GroupCommit(write, lambda: now, lambda: tasks)
        await commit.settle(LedgerEntry(None, None))
        second = asyncio.create_task(commit.settle(LedgerEntry(None, None)))
        while not second.done():
            await asyncio.sleep(0)
            passed += 1

    asyncio.run(run_tasks())
    assert passed == (3 if tasks == 1 else 5)


def test_the_error_of_a_commit_is_raised_in_each_task() -> None:
    """No task continues as if its entry were durable."""

    def write(entries: list[LedgerEntry]) -> None:
        for entry in entries:
            entry.error = DatabaseError("the disk is full")

    commit = GroupCommit(write)

    async def add_entry() -> None:
        with pytest.raises(DatabaseError, match="the disk is full"):
            await commit.settle(LedgerEntry(None, None))

    async def run_tasks() -> None:
        await asyncio.gather(add_entry(), add_entry())

    asyncio.run(run_tasks())
