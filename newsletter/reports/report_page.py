"""Writes reports on campaigns as one HTML file, with plots and tables and without scripts."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from markupsafe import Markup

from newsletter.errors import ExistsError
from newsletter.files import display, write_whole
from newsletter.render.merge_fields import restore_html
from newsletter.render.template_cache import cache_folder
from newsletter.render.templates import Templates
from newsletter.reports.campaign_report import CampaignReport
from newsletter.reports.plots import Plot, plot_clicks, plot_domains
from newsletter.reports.report_warnings import format_share
from newsletter.text.timestamps import day
from newsletter.workspace.workspace import Workspace

# How a report begins. Only a file with it is replaced.
_MARK = b'<meta name="generator" content="newsletter campaign report">'
_HEAD_BYTES = 2_000


@dataclass(frozen=True, slots=True)
class ShownWarning:
    """A warning as the template shows it. Every second part of the advice is a command."""

    severity: str
    message: str
    advice: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportSection:
    """A report as the template shows it.

    Attributes:
        id: The id of its heading; a prefix of all other ids.
        columns: The head of the table of figures.
        rows: Its rows: a label, then numbers.
        notes: Sentences below the table.
    """

    id: str
    report: CampaignReport
    state: str
    summary: str
    warnings: tuple[ShownWarning, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    plots: tuple[Plot, ...]


def render_report_page(workspace: Workspace, reports: Sequence[CampaignReport]) -> str:
    """Return reports as an HTML page, the newest first. They are given newest last.

    Raises:
        TemplateError: The template fails.
    """
    publication, colours = workspace.publication, workspace.publication.colours
    newest = reports[-1].campaign
    values = {
        "title": f"{newest.slug}: report on campaign #{newest.id}",
        "publication": publication,
        "site": {"accent": colours.light, "accent_dark": colours.dark},
        "pages": [report_section(report) for report in reversed(reports)],
    }
    templates = Templates(workspace.template_folders, cache_folder(os.environ))
    return restore_html(templates.fill("reports/campaign.html", values))


def write_report_page(workspace: Workspace, path: Path, reports: Sequence[CampaignReport]) -> None:
    """Write reports to an HTML file, whole or not at all. Replaces an earlier report, but no other file.

    Raises:
        ExistsError: The file exists, and is not a report, or is a folder.
        TemplateError: The template fails.
        AccessError: The system refuses to write the file.
    """
    content = render_report_page(workspace, reports).encode()
    if path.is_dir():
        raise ExistsError(f"{display(path)} is a folder", "Nothing was changed. Give the name of a file.")
    if path.is_file() and not _is_report(path):
        raise ExistsError(
            f"{display(path)} already exists, and is not a report", "Nothing was changed. Choose another name."
        )
    write_whole(path, content)


def _is_report(path: Path) -> bool:
    """Return whether a file is an earlier report."""
    with path.open("rb") as file:
        return _MARK in file.read(_HEAD_BYTES)


def report_section(report: CampaignReport) -> ReportSection:
    """Return a report in the words and numbers that a page shows."""
    campaign, recipients = report.campaign, report.numbers.recipients
    id = f"campaign-{campaign.id}"
    finished = f", finished on {day(campaign.finished_at)}" if campaign.finished_at is not None else ""
    many = "1 recipient" if recipients == 1 else f"{recipients:,} recipients"
    plots = [plot_clicks(report.clicks, f"{id}-clicks"), plot_domains(report.domains, f"{id}-domains")]
    return ReportSection(
        id,
        report,
        campaign.state.value,
        f"{many}, started on {day(campaign.created_at)}{finished}.",
        tuple(ShownWarning(one.severity.value, one.message, tuple(one.advice.split("`"))) for one in report.warnings),
        ("Figure", "Number", "Share", *(["Median", "Share"] if report.compared else [])),
        tuple(_rows(report)),
        tuple(_notes(report)),
        # The template does not escape the SVG again.
        tuple(replace(plot, svg=Markup(plot.svg)) for plot in plots if plot),
    )


def _rows(report: CampaignReport) -> list[tuple[str, ...]]:
    return [
        (
            one.label,
            f"{one.number:,}",
            _share(one.share),
            *([one.formatted_median, _share(one.median_share)] if report.compared else []),
        )
        for one in report.shown_figures
    ]


def _notes(report: CampaignReport) -> list[str]:
    accepted = "complaints, unsubscribes and clicks" if report.shows_clicks else "complaints and unsubscribes"
    notes = [f"Shares of {accepted} are of accepted messages, the others of recipients."]
    if report.compared == 1:
        notes.append("The median is that of the campaign before.")
    elif report.compared:
        notes.append(f"The median is that of the {report.compared} campaigns before.")
    if report.unattributed:
        others = "1 other" if report.unattributed == 1 else f"{report.unattributed:,} others"
        notes.append(f"{others} unsubscribed before the next campaign without a link of any campaign.")
    return notes


def _share(share: float | None) -> str:
    return "" if share is None else format_share(share)
