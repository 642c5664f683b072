"""Print a report on a campaign: warnings, figures beside their medians, and recipient domains."""

import click

from newsletter.cli.bars import format_bar, print_table
from newsletter.cli.terminal import print_wrapped, terminal_width
from newsletter.errors import Severity
from newsletter.reports.campaign_report import CampaignReport
from newsletter.reports.clicks import CLICKS_NOTE, has_ranges
from newsletter.reports.domains import DomainDeliveries
from newsletter.reports.figures import ComparedFigure
from newsletter.reports.report_warnings import ReportWarning, format_share

# The most domains on the terminal.
_DOMAINS = 10
# A title has at most so many characters.
_TITLE = 60
# On a narrow terminal, it leaves so many to the numbers beside it, but has at least so many.
_NUMBERS, _LEAST_TITLE = 18, 10
# The narrowest terminal that has room for all columns of figures with their full heads.
_WIDE = 70
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


def print_report_tables(report: CampaignReport) -> None:
    """Print the figures and domains of a campaign, and its warnings."""
    _print_figures(report)
    _print_clicks(report)
    _print_domains(report)
    for warning in report.warnings:
        click.echo()
        _print_warning(warning)


def _print_figures(report: CampaignReport) -> None:
    click.echo()
    compared = report.compared
    median = "Median of 1 campaign" if compared == 1 else f"Median of {compared} campaigns"
    median = "Median" if terminal_width() < _WIDE else median
    head = ("Figure", "Number", "Share", *([median, "Share"] if compared else []))
    print_table(head, [_figure_row(one, compared=bool(compared)) for one in report.shown_figures])
    if report.unattributed:
        others = "1 other" if report.unattributed == 1 else f"{report.unattributed:,} others"
        print_wrapped(f"{others} unsubscribed before the next campaign without a link of any campaign.")


def _figure_row(one: ComparedFigure, *, compared: bool) -> tuple[str, ...]:
    row = (one.label, f"{one.number:,}", _share(one.share))
    if not compared:
        return row
    return (*row, one.formatted_median, _share(one.median_share))


def _print_clicks(report: CampaignReport) -> None:
    if not report.clicks:
        return
    click.echo()
    most = max(one.most for one in report.clicks)
    rows = [(_shorten(one.title), one.words, format_bar(one.most, most)) for one in report.clicks]
    print_table(("Entry", "Clicks", ""), rows, left=(0, 2))
    if has_ranges(report.clicks):
        print_wrapped(CLICKS_NOTE)


def _shorten(title: str) -> str:
    most = max(_LEAST_TITLE, min(_TITLE, terminal_width() - _NUMBERS))
    return title if len(title) <= most else f"{title[: most - 1]}…"


def _print_domains(report: CampaignReport) -> None:
    listed = list(report.domains.listed)
    if not listed:
        return
    click.echo()
    shown, rest = listed[:_DOMAINS], listed[_DOMAINS:]
    # Those with most failures come after the largest ones, and must not be hidden among the others.
    shown += [one for one in rest if one.failures > max(small.failures for small in shown)]
    most = shown[0].recipients
    rows = [_domain_row(one.domain, one, most) for one in shown]
    others = [one for one in rest if one not in shown] + ([report.domains.others] if report.domains.others else [])
    if others:
        sums = (sum(one.recipients for one in others), sum(one.failures for one in others))
        number = sum(one.domains for one in others)
        rows.append(("1 other" if number == 1 else f"{number:,} others", *_failures(*sums), ""))
    print_table(("Domain", "Recipients", "Not delivered", "Share", ""), rows, left=(0, 4))


def _domain_row(name: str, one: DomainDeliveries, most: int) -> tuple[str, ...]:
    return (name, *_failures(one.recipients, one.failures), format_bar(one.recipients, most))


def _failures(recipients: int, failures: int) -> tuple[str, str, str]:
    return f"{recipients:,}", f"{failures:,}" if failures else "", _share(failures / recipients) if failures else ""


def _print_warning(warning: ReportWarning) -> None:
    colour = _COLOURS.get(warning.severity)
    print_wrapped(warning.message, click.style(f"{warning.severity}: ", fg=colour, bold=True))
    print_wrapped(warning.advice, click.style("  = ", dim=True))


def _share(share: float | None) -> str:
    return "" if share is None else format_share(share)
