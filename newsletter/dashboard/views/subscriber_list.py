"""The list of subscribers as the dashboard shows it: its counts, its pages, one subscriber, and the CSV file."""

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection

from newsletter.database.states import SubscriberState
from newsletter.errors import AddressError, DocumentError, NewsletterError, NotFoundError
from newsletter.fields.zone import find_zone
from newsletter.files import display
from newsletter.ledger.history import read_history_by_address
from newsletter.ledger.history_object import history_object
from newsletter.ledger.receipt_positions import database_id
from newsletter.reports.growth import read_growth
from newsletter.reports.plots import plot_growth
from newsletter.subscribers.csv.write_list import ListWriter
from newsletter.subscribers.list_overview import read_overview
from newsletter.subscribers.queries import (
    count_subscribers,
    find_subscriber_by_id,
    list_newest_subscribers,
    list_subscribers,
)
from newsletter.subscribers.search import build_search_condition
from newsletter.subscribers.segments import Segment, build_segment_condition, parse_segment
from newsletter.subscribers.subscriber import Subscriber
from newsletter.subscribers.subscriber_object import subscriber_object
from newsletter.subscribers.suppressions import find_suppression
from newsletter.subscribers.unfinished_imports import unfinished_imports
from newsletter.text.email_address import check_address
from newsletter.text.timestamps import day, timestamp
from newsletter.workspace.open_database import open_database
from newsletter.workspace.workspace import Workspace

_PAGE = 50
# The weeks of the plot: a quarter of a year.
_WEEKS = 13
# Rows of the CSV file that are written at a time.
_ROWS = 500


def overview(workspace: Workspace) -> dict[str, Any]:
    """Return the counts of the list, and the imports that were not finished.

    Raises:
        DatabaseError: The database cannot be opened or read.
    """
    with open_database(workspace, writes=False) as database, database.read() as connection:
        found = read_overview(connection)
        unfinished = [] if database.is_placeholder else unfinished_imports(workspace.root, database_id(connection))
    return {
        "exists": not database.is_placeholder,
        "states": found.states,
        "tags": [{"tag": tag, "count": count} for tag, count in found.tags.items()],
        "languages": [{"language": tag, "count": count} for tag, count in found.languages.items()],
        "language": workspace.publication.language,
        "suppressions": found.suppressions,
        # When an import began whose file cannot be read is not known.
        "unfinished": [
            {"file": display(path), "began_at": timestamp(one.began_at) if one else ""} for path, one in unfinished
        ],
    }


def growth(workspace: Workspace, now: float) -> dict[str, Any]:
    """Return the plot of the list's growth, or nothing if nobody joined or left in its weeks.

    Raises:
        NewsletterError: The time zone is unknown, or the database cannot be opened or read.
    """
    zone = find_zone(workspace.publication.timezone)
    with open_database(workspace, writes=False) as database, database.read() as connection:
        found = read_growth(connection, now, _WEEKS, zone)
    return asdict(plot_growth(found)) if found.sources else {}


def list_page(workspace: Workspace, search: str, filter: str, before: int | None) -> dict[str, Any]:
    """Return a page of the subscribers that match a search and a filter, newest first.

    Args:
        workspace: The publication.
        search: Parts of addresses and names; "" for all subscribers.
        filter: A filter as of `newsletter subscribers list`.
        before: The id of the last subscriber on the page before; None for the first page, which has counts by state.

    Raises:
        NewsletterError: The filter is not valid, or the database cannot be opened or read.
    """
    condition = build_segment_condition(_segment(filter), workspace.publication.language)
    condition &= build_search_condition(search)
    with open_database(workspace, writes=False) as database, database.read() as connection:
        found = list_newest_subscribers(connection, condition, before, _PAGE + 1)
        page: dict[str, Any] = {"subscribers": [_listed(one) for one in found[:_PAGE]], "more": len(found) > _PAGE}
        if before is None:
            # A second search of the whole list is needed only if the page is not all that match.
            page["counts"] = count_subscribers(connection, condition) if page["more"] else _count(found)
            page["note"] = "" if found else _suppression_note(connection, search)
    return page


def subscriber_page(workspace: Workspace, id: int) -> dict[str, Any]:
    """Return everything that is stored about a subscriber, as `newsletter subscribers show --json` does.

    Raises:
        NotFoundError: The subscriber was erased.
        DatabaseError: The database cannot be opened or read.
    """
    with open_database(workspace, writes=False) as database, database.read() as connection:
        found = find_subscriber_by_id(connection, id)
        if found is None:
            raise erased_subscriber()
        return {"id": id, **history_object(read_history_by_address(connection, found.compared))}


def csv_parts(workspace: Workspace, search: str, filter: str) -> Iterator[str]:
    """Yield the CSV file of the subscribers that match, as `newsletter subscribers export` prints it.

    Raises:
        NewsletterError: The filter is not valid, or the database cannot be opened or read.
    """
    condition = build_segment_condition(_segment(filter), workspace.publication.language)
    condition &= build_search_condition(search)
    text = io.StringIO()
    writer = ListWriter(text)
    with open_database(workspace, writes=False) as database, database.read() as connection:
        for number, one in enumerate(list_subscribers(connection, condition), 1):
            writer.write([one])
            if number % _ROWS == 0:
                yield text.getvalue()
                text.seek(0)
                text.truncate()
    yield text.getvalue()


def erased_subscriber() -> NotFoundError:
    """Return the error for an id that is not on the list."""
    return NotFoundError("this subscriber is not on the list any more", "Search for the address in the list.")


def _count(subscribers: Sequence[Subscriber]) -> dict[SubscriberState, int]:
    counts = Counter(one.state for one in subscribers)
    return {state: counts[state] for state in SubscriberState if counts[state]}


def _listed(one: Subscriber) -> dict[str, Any]:
    return {"id": one.id, **subscriber_object(one)}


def _segment(filter: str) -> Segment:
    try:
        return parse_segment(filter, "filter")
    except DocumentError as error:
        messages = "; ".join(problem.message for problem in error.problems)
        raise NewsletterError(messages, " ".join(problem.advice for problem in error.problems)) from error


def _suppression_note(connection: Connection, search: str) -> str:
    """Say that an address is suppressed, if the search is an address. Returns "" otherwise."""
    try:
        address = check_address(search)
    except AddressError:
        return ""
    suppression = find_suppression(connection, address.compared)
    if suppression is None:
        return ""
    return f"{address.typed} is suppressed ({suppression.reason}, {day(suppression.since)}). It is never mailed."
