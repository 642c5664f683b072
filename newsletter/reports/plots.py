"""The plots of reports: SVG with a title, a description, and a table with the same numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.reports.bar_chart import draw_bars
from newsletter.reports.clicks import CLICKS_NOTE, EntryRange, has_ranges
from newsletter.reports.domains import DeliveriesByDomain
from newsletter.reports.growth import SubscriberGrowth

# More weeks than these have a label for every second, third... week.
_LABELLED_WEEKS = 13
# The table has all entries, the plot those that were clicked most.
_PLOTTED_ENTRIES = 20


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot.

    Attributes:
        title: What it shows.
        description: One sentence with the most important numbers.
        svg: An `svg` element, which contains title and description. Its page needs the styles of
            `templates/reports/plots.css`.
        columns: The head of the table.
        rows: The rows of the table: a label, then numbers.
    """

    title: str
    description: str
    svg: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def plot_domains(domains: DeliveriesByDomain, id: str = "domains") -> Plot | None:
    """Plot the deliveries by recipient domain. Returns None if there are none. `id` is unique in the page."""
    if not domains.listed:
        return None
    every = (*domains.listed, *([domains.others] if domains.others else []))
    labels = [one.domain or f"{one.domains:,} others" for one in every]
    largest = domains.listed[0]
    failures, recipients = sum(one.failures for one in every), sum(one.recipients for one in every)
    description = (
        f"{largest.domain} has the most recipients, {largest.recipients:,} of {recipients:,};"
        f" {failures:,} {'message was' if failures == 1 else 'messages were'} not delivered."
    )
    # A message that was returned later was accepted first, even if its delivery is uncertain.
    delivered = [max(one.accepted - one.returned, 0) for one in every]
    failed = [one.failures for one in every]
    title = "Deliveries by recipient domain"
    return Plot(
        title,
        description,
        draw_bars(id, title, description, labels, [("delivered", delivered), ("not delivered", failed)]),
        ("Domain", "Recipients", "Rejected", "Returned"),
        tuple(
            (label, *_numbers((one.recipients, one.rejected, one.returned)))
            for label, one in zip(labels, every, strict=True)
        ),
    )


def plot_clicks(clicks: Sequence[EntryRange], id: str = "clicks") -> Plot | None:
    """Plot the clicks on entries. Returns None if there are none. `id` is unique in the page."""
    if not clicks:
        return None
    shown = clicks[:_PLOTTED_ENTRIES]
    description = (
        f"The most clicked entry is {shown[0].title}: {shown[0].words}.{f' {CLICKS_NOTE}' if has_ranges(shown) else ''}"
    )
    title = "Clicks by entry"
    series = [
        ("certain", [one.least for one in shown]),
        ("doubtful", [one.most - one.least for one in shown]),
    ]
    return Plot(
        title,
        description,
        draw_bars(id, title, description, [one.title for one in shown], series),
        ("Entry", "Clicks"),
        tuple((one.title, one.words) for one in clicks),
    )


def plot_growth(growth: SubscriberGrowth, id: str = "growth") -> Plot:
    """Plot how many subscribers joined and left in each week. `id` is unique in the page."""
    step = -(-len(growth.weeks) // _LABELLED_WEEKS)
    labels = [
        f"{week.monday.day} {week.monday:%b}" if (len(growth.weeks) - 1 - index) % step == 0 else ""
        for index, week in enumerate(growth.weeks)
    ]
    totals = [week.total for week in growth.weeks]
    total = growth.total
    weeks = "1 week" if len(totals) == 1 else f"{len(totals):,} weeks"
    active = "1 is active" if growth.active == 1 else f"{growth.active:,} are active"
    description = f"In {weeks}, {total.joined:,} joined and {total.left:,} left; {active} now."
    title = "Subscribers who joined and left, by week"
    series = [
        ("joined", [one.joined for one in totals]),
        ("unsubscribed", [one.unsubscribed for one in totals]),
        ("bounced", [one.bounced for one in totals]),
        ("complained", [one.complained for one in totals]),
    ]
    return Plot(
        title,
        description,
        draw_bars(id, title, description, labels, series, horizontal=False),
        ("Week of", "Joined", "Confirmed", "Unsubscribed", "Bounced", "Complained"),
        tuple(
            (
                week.monday.isoformat(),
                *_numbers((one.joined, one.confirmed, one.unsubscribed, one.bounced, one.complained)),
            )
            for week, one in zip(growth.weeks, totals, strict=True)
        ),
    )


def _numbers(numbers: Sequence[int]) -> tuple[str, ...]:
    return tuple(f"{number:,}" for number in numbers)
