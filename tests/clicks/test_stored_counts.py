"""Clicks in the database, on SQLite and PostgreSQL."""

from newsletter.clicks.read_counts import EntryClicks, count_clicks
from newsletter.clicks.store_counts import HOUR, Count, CountKey, store_counts
from newsletter.database.database import Database


def test_counts_add_up_over_hours_aliases_and_processes(database: Database) -> None:
    """Changes of one hour are added to its row; a report sums the hours of all names of an issue."""
    first, second = CountKey("029", "mlops", 0), CountKey("029", "mlops", HOUR)
    renamed = CountKey("mlops-week", "mlops", 2 * HOUR)
    for changes in (
        {first: Count(3, 2), second: Count(1, 0)},
        {first: Count(1, -1), renamed: Count(2, 0), CountKey("029", "seen", 0): Count(4, 9)},
        {CountKey("030", "mlops", 0): Count(50, 50)},
        {},
    ):
        with database.write() as connection:
            store_counts(connection, changes)
    with database.read() as connection:
        found = count_clicks(connection, ("029", "mlops-week"))
    assert found == [EntryClicks("mlops", 7, 1), EntryClicks("seen", 4, 9)]


def test_an_entry_whose_clicks_were_taken_back_is_left_out(database: Database) -> None:
    """A count of zero is not listed."""
    with database.write() as connection:
        store_counts(connection, {CountKey("029", "mlops", 0): Count(0, 0)})
    with database.read() as connection:
        assert count_clicks(connection, ["029"]) == []
        assert count_clicks(connection, []) == []
