"""The report on a campaign: its numbers, the median of earlier campaigns, and recipient domains."""

import pytest
from sqlalchemy import event as sqlalchemy_event

from newsletter.clicks.entry_links import NamedEntry
from newsletter.database.states import BounceKind, CampaignState
from newsletter.ledger.campaign import WELCOME
from newsletter.ledger.final_counts import delete_final_counts, store_final_counts
from newsletter.reports.campaign_report import SentEntries, read_campaign_report
from newsletter.reports.clicks import EntryRange
from newsletter.reports.domains import DomainDeliveries
from newsletter.reports.figures import ComparedFigure, FigureName
from tests.reports.ledger import ACCEPTED, DAY, FAILED, PENDING, ReportedLedger
from tests.subscribers.people import NOW


def test_each_outcome_is_counted_once(ledger: ReportedLedger) -> None:
    """A recipient with two bounces of a kind counts once, and a complaint is no bounce."""
    sent = ledger.send({"a.example": {ACCEPTED: 8, FAILED: 2}, "b.example": {ACCEPTED: 5, PENDING: 5}})
    for _ in range(2):
        ledger.bounce(sent, BounceKind.HARD, 2)
    ledger.bounce(sent, BounceKind.SOFT, 1)
    ledger.bounce(sent, BounceKind.POLICY, 1, domain="b.example")
    ledger.bounce(sent, BounceKind.COMPLAINT, 1)
    ledger.unsubscribe(sent, 3)
    report = ledger.report(sent)
    assert {one.name.value: (one.number, one.share) for one in report.figures} == {
        "accepted": (13, 13 / 20),
        "hard_bounces": (2, 2 / 20),
        "soft_bounces": (1, 1 / 20),
        "policy_bounces": (1, 1 / 20),
        "complaints": (1, 1 / 13),
        "unsubscribed": (3, 3 / 13),
        "clicks": (0, 0),
    }
    assert (report.numbers.recipients, report.numbers.counts[PENDING]) == (20, 5)
    assert report.domains.listed == (
        DomainDeliveries("a.example", 10, 8, 2, 2),
        DomainDeliveries("b.example", 10, 5, 0, 1),
    )


def test_a_rejected_message_is_not_returned_as_well(ledger: ReportedLedger) -> None:
    """A rejection during sending is recorded as a bounce, too. It is one failure of its domain."""
    sent = ledger.send({"a.example": {ACCEPTED: 1, FAILED: 2}})
    ledger.bounce(sent, BounceKind.HARD, 2, state=FAILED)
    ledger.bounce(sent, BounceKind.SOFT)
    report = ledger.report(sent)
    assert report.domains.listed == (DomainDeliveries("a.example", 3, 1, 2, 1),)
    assert report.domains.listed[0].failures == 3


def test_unsubscribes_without_a_campaign_are_counted_apart(ledger: ReportedLedger) -> None:
    """They count from the beginning of a campaign until that of the next one; welcome mail is no next one."""
    first = ledger.send({"a.example": {ACCEPTED: 9}}, "001", at=NOW)
    ledger.send({"a.example": {ACCEPTED: 1}}, "001", at=NOW + DAY, audience=WELCOME)
    second = ledger.send({"a.example": {ACCEPTED: 9}}, "002", at=NOW + 7 * DAY)
    ledger.unsubscribe(first, 2)
    ledger.unsubscribe(second, 1, attributed=False, at=NOW + 2 * DAY)
    assert (ledger.report(first).numbers.unsubscribed, ledger.report(first).unattributed) == (2, 1)
    assert (ledger.report(second).numbers.unsubscribed, ledger.report(second).unattributed) == (0, 0)


def test_a_campaign_is_compared_with_the_eight_complete_campaigns_before_it(ledger: ReportedLedger) -> None:
    """Older ones, later ones, cancelled ones, corrections and welcome mail do not count."""
    for number, accepted in enumerate((100, 1, 2, 3, 4, 5, 6, 7, 8)):
        ledger.send({"a.example": {ACCEPTED: accepted, FAILED: 8 - accepted if accepted < 8 else 0}}, f"{number:03}")
    ledger.send({"a.example": {ACCEPTED: 50}}, "other", state=CampaignState.CANCELLED)
    ledger.send({"a.example": {ACCEPTED: 50}}, "other", audience="correction")
    ledger.send({"a.example": {ACCEPTED: 50}}, "other", audience=WELCOME)
    sent = ledger.send({"a.example": {ACCEPTED: 6, FAILED: 2}}, "009")
    ledger.send({"a.example": {ACCEPTED: 50}}, "010")
    report = ledger.report(sent)
    accepted_figure = report.figures[0]
    assert report.compared == 8
    assert (accepted_figure.number, accepted_figure.share) == (6, 0.75)
    assert (accepted_figure.median, accepted_figure.median_share) == (4.5, 4.5 / 8)


def test_the_first_campaign_has_no_median(ledger: ReportedLedger) -> None:
    """There is nothing to compare it with."""
    report = ledger.report(ledger.send({"a.example": {PENDING: 1}}))
    assert report.compared == 0
    assert {(one.median, one.median_share) for one in report.figures} == {(None, None)}
    assert {one.share for one in report.figures if one.base == "accepted"} == {None}


def test_clicks_are_a_range_for_each_entry(ledger: ReportedLedger) -> None:
    """The names of an entry before and after it got an id are added up; an unknown one has its name as its title.

    Entries with the same title stay apart.
    """
    earlier = ledger.send({"a.example": {ACCEPTED: 10}}, "001")
    sent = ledger.send({"a.example": {ACCEPTED: 10}}, "002")
    ledger.click("001", "first", certain=4)
    for name, certain, doubtful in (("first", 30, 12), ("_0123456789", 11, 5), ("gone", 1, 0), ("other", 0, 3)):
        ledger.click("002", name, certain=certain, doubtful=doubtful)
    ledger.click("old-slug", "first", certain=1)
    ledger.click("002", "namesake", certain=2)
    first, other = NamedEntry(0, "First"), (NamedEntry(1, "Other"), NamedEntry(2, "Other again"))
    entries = {"first": (first,), "_0123456789": (first,), "other": other, "namesake": (NamedEntry(3, "First"),)}
    with ledger.database.read() as connection:
        report = read_campaign_report(connection, sent, SentEntries(("002", "old-slug"), entries))
    assert report.clicks == (
        EntryRange("first", "First", 42, 59),
        EntryRange("namesake", "First", 2, 2),
        EntryRange("gone", "gone", 1, 1),
        EntryRange("other", "Other / Other again", 0, 3),
    )
    assert [one.words for one in report.clicks] == ["42 to 59", "2", "1", "0 to 3"]
    (figure,) = [one for one in report.shown_figures if one.name is FigureName.CLICKS]
    assert (figure.number, figure.median, figure.median_share) == (45, 4, 0.4)
    assert FigureName.CLICKS in [one.name for one in ledger.report(earlier).shown_figures]


def test_without_clicks_no_figure_of_clicks_is_shown(ledger: ReportedLedger) -> None:
    """JSON has it, with 0."""
    report = ledger.report(ledger.send({"a.example": {ACCEPTED: 1}}))
    assert FigureName.CLICKS not in [one.name for one in report.shown_figures]
    assert FigureName.CLICKS in [one.name for one in report.figures]


def test_small_domains_are_summed_up_but_those_that_fail_most_are_listed(ledger: ReportedLedger) -> None:
    """The fifteen largest domains are listed, then those with most failures."""
    domains = {f"d{number:02}.example": {ACCEPTED: 4} for number in range(15)}
    small = {f"s{number:02}.example": {ACCEPTED: 2} for number in range(15)}
    failing = {f"f{number:02}.example": {FAILED: 1 if number else 2} for number in range(12)}
    report = ledger.report(ledger.send({**domains, **small, **failing}))
    listed = [one.domain for one in report.domains.listed]
    assert listed == [*domains, *sorted(failing)[:5]]
    assert report.domains.others == DomainDeliveries("", 37, 30, 7, 0, 22)
    assert sum(report.domains.counts.values()) == 15 * 4 + 15 * 2 + 13


def test_the_stored_counts_of_earlier_campaigns_are_used(ledger: ReportedLedger) -> None:
    """Their deliveries are not counted again, unless they were completed before counts were stored."""
    first = ledger.send({"a.example": {ACCEPTED: 1}}, "001")
    ledger.send({"a.example": {ACCEPTED: 2}}, "002")
    sent = ledger.send({"a.example": {ACCEPTED: 1}}, "003")
    with ledger.database.write() as connection:
        store_final_counts(connection, first.id, {ACCEPTED: 7, FAILED: 1, PENDING: 0})
    assert ledger.report(sent).figures[0].median == (7 + 2) / 2
    with ledger.database.write() as connection:
        delete_final_counts(connection, first.id)
    assert ledger.report(sent).figures[0].median == (1 + 2) / 2


def test_a_report_reads_the_ledger_once(ledger: ReportedLedger) -> None:
    """One query of the deliveries covers counts, domains and states; the other begins at the bounces."""
    sent = ledger.send({"a.example": {ACCEPTED: 3}})
    statements: list[str] = []

    def keep(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    sqlalchemy_event.listen(ledger.database.engine, "before_cursor_execute", keep)
    ledger.report(sent)
    assert [one for one in statements if "FROM delivery" in one and "WHERE delivery.campaign_id" in one][1:] == []
    assert len(statements) <= 12


@pytest.mark.parametrize(
    ("median", "shown"),
    [(None, ""), (0, "0"), (2.5, "2.5"), (124.0, "124"), (123_456.5, "123,456.5"), (1e6, "1,000,000")],
)
def test_medians_as_text(median: float | None, shown: str) -> None:
    """No digit of a large one is left out."""
    figure = ComparedFigure(FigureName.ACCEPTED, "accepted", 1, "recipients", None, median, None)
    assert figure.formatted_median == shown
