"""Tasks bring entries to the ledger, share commits, and go on when their entries are durable."""

import asyncio

import pytest

from newsletter.campaign.ledger_commits import GroupCommit, LedgerEntry
from newsletter.errors import DatabaseError


def test_entries_that_are_brought_at_once_share_a_commit() -> None:
    """Each task goes on when its own entry is written, and has one entry under way at a time."""
    written: list[int] = []
    durable: set[LedgerEntry] = set()

    def write(entries: list[LedgerEntry]) -> None:
        written.append(len(entries))
        durable.update(entries)

    commit = GroupCommit(write)

    async def brings(times: int) -> None:
        for _ in range(times):
            entry = LedgerEntry(None, None)
            await commit.settle(entry)
            assert entry in durable

    async def side_by_side() -> None:
        await asyncio.gather(*[brings(3) for _ in range(4)])

    asyncio.run(side_by_side())
    assert written == [4, 4, 4]


def committed(seconds_between: float) -> list[int]:
    """Return how many entries each commit has: one entry, then three in different rounds of the event loop.

    A commit takes a second, and so many seconds pass from one reading of the clock to the next.
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

    async def brings(rounds: int) -> None:
        for _ in range(rounds):
            await asyncio.sleep(0)
        await commit.settle(LedgerEntry(None, None))

    async def one_after_another() -> None:
        await commit.settle(LedgerEntry(None, None))
        await asyncio.gather(brings(0), brings(1), brings(3))

    asyncio.run(one_after_another())
    return written


def test_a_commit_waits_for_tasks_that_are_about_to_bring_more() -> None:
    """As long as each few rounds of the event loop bring an entry."""
    assert committed(0) == [1, 3]


def test_a_commit_waits_no_longer_than_the_last_ones_took() -> None:
    """However many more would come."""
    assert committed(2) == [1, 1, 1, 1]


def test_a_commit_that_fails_fails_for_each_of_its_entries() -> None:
    """No task takes its entry for durable."""

    def write(entries: list[LedgerEntry]) -> None:
        for entry in entries:
            entry.error = DatabaseError("the disk is full")

    commit = GroupCommit(write)

    async def brings() -> None:
        with pytest.raises(DatabaseError, match="the disk is full"):
            await commit.settle(LedgerEntry(None, None))

    async def side_by_side() -> None:
        await asyncio.gather(brings(), brings())

    asyncio.run(side_by_side())
