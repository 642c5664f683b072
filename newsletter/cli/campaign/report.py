"""`newsletter campaign report`: show what became of a campaign, as text, JSON, CSV or HTML."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.campaign.named_campaign import campaign_argument, open_named_campaigns
from newsletter.cli.raw_option import raw_option

if TYPE_CHECKING:
    from newsletter.campaign.campaign_reports import CampaignReports
    from newsletter.database.database import Database
    from newsletter.ledger.campaign import Campaign
    from newsletter.reports.campaign_report import CampaignReport
    from newsletter.workspace.workspace import Workspace

# The text report lists at most this many uncertain addresses. The CSV lists all of them.
_LISTED = 100


@click.command(epilog="Example: newsletter campaign report 029 --json | jq .counts.accepted")
@campaign_argument
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print one CSV row per recipient.")
@click.option(
    "--html", metavar="FILE", type=click.Path(path_type=Path), help="Write the report to an HTML file; - prints it."
)
@raw_option
def report(name: str, as_json: bool, as_csv: bool, html: Path | None, raw: bool) -> None:
    """Show what became of a campaign.

    Without an option, prints the counts, the number of sponsored entries in the issue, the servers' replies for failed
    and deferred messages, and the uncertain recipients. The bounce count includes rejections during sending and bounces
    processed later by `newsletter bounces`. Each recipient is counted once. Then come the figures beside the median of
    the last eight campaigns, the recipient domains, and what needs your attention.

    If an issue has several campaigns, all are reported, the newest last. The CSV then has an extra last column with the
    number of the campaign. The JSON describes the newest campaign, and lists all of them in `campaigns`.

    In the CSV, text that begins like a formula has an apostrophe before it. The HTML is one file with plots and without
    scripts. It replaces an earlier report, but no other file.
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv cannot be used together.")
    if html and (as_json or as_csv):
        raise click.UsageError("--html cannot be used with --json or --csv.")
    if raw and not as_csv:
        raise click.UsageError("--raw can only be used with --csv.")
    from newsletter.campaign.campaign_reports import CampaignReports
    from newsletter.campaign.servers import retry_windows

    workspace, database, found = open_named_campaigns(name)
    reports = CampaignReports(database, retry_windows(workspace.publication.delivery))
    if as_csv:
        from newsletter.cli.campaign.recipients_csv import print_recipients

        print_recipients(reports, found, raw=raw)
    elif as_json:
        import json

        listing = [_as_json(reports, _read(workspace, database, campaign), workspace) for campaign in found]
        newest = listing[-1] | ({"campaigns": listing} if len(listing) > 1 else {})
        click.echo(json.dumps(newest, ensure_ascii=False, indent=2))
    elif html:
        from newsletter.cli.terminal import print_status
        from newsletter.reports.report_page import render_report_page, write_report_page

        read = [_read(workspace, database, campaign) for campaign in found]
        if html == Path("-"):
            click.echo(render_report_page(workspace, read).encode(), nl=False)
        else:
            write_report_page(workspace, html, read)
            print_status(f"Wrote {html}.")
    else:
        for index, campaign in enumerate(found):
            if index:
                click.echo()
            _print_report(reports, _read(workspace, database, campaign), workspace)


def _read(workspace: "Workspace", database: "Database", campaign: "Campaign") -> "CampaignReport":
    from newsletter.reports.campaign_report import find_sent_entries, read_campaign_report

    with database.read() as connection:
        return read_campaign_report(connection, campaign, find_sent_entries(workspace, campaign))


def _as_json(reports: "CampaignReports", found: "CampaignReport", workspace: "Workspace") -> dict[str, object]:
    from newsletter.campaign.campaign_listing import campaign_object
    from newsletter.campaign.find_campaign import count_sponsored
    from newsletter.reports.report_json import campaign_report_object
    from newsletter.text.timestamps import timestamp

    campaign, numbers = found.campaign, found.numbers
    running = reports.is_sending(campaign)
    retried, sponsored = reports.retryable(campaign), count_sponsored(workspace, campaign.slug)
    return (
        campaign_object(campaign, numbers.counts, numbers.bounces, running=running)
        | {"uncertain_retried": {"recipients": retried.number, "until": timestamp(retried.until)} if retried else None}
        | ({"sponsored": sponsored} if sponsored else {})
        | campaign_report_object(found)
    )


def _print_report(reports: "CampaignReports", found: "CampaignReport", workspace: "Workspace") -> None:
    from newsletter.campaign.find_campaign import count_sponsored
    from newsletter.cli.campaign import campaign_format
    from newsletter.cli.campaign.report_tables import print_report_tables
    from newsletter.cli.terminal import escape_controls, print_wrapped
    from newsletter.database.states import DeliveryState
    from newsletter.text.timestamps import timestamp

    campaign, counts, bounces = found.campaign, found.numbers.counts, found.numbers.bounces
    why = f" ({campaign.reason})" if campaign.reason else ""
    recipients = sum(counts.values())
    many = "1 recipient" if recipients == 1 else f"{recipients:,} recipients"
    state = campaign.displayed_state(running=reports.is_sending(campaign))
    click.echo(f"Campaign #{campaign.id} of {campaign.slug}, {state}{escape_controls(why)}: {many}")
    for delivery_state, number in counts.items():
        if number:
            click.echo(f"{number:>10,} {delivery_state}")
    if sponsored := count_sponsored(workspace, campaign.slug):
        click.echo(f"sponsored: {'1 entry' if sponsored == 1 else f'{sponsored} entries'}")
    if bounces:
        click.echo(f"bounces: {campaign_format.format_bounces(bounces)}")
    if counts[DeliveryState.DEFERRED] + counts[DeliveryState.FAILED]:
        for delivery_state, reason, number in reports.reasons(campaign):
            click.echo(f"{number:,} {delivery_state}: {escape_controls(reason or 'no reply')}")
    if counts[DeliveryState.UNCERTAIN]:
        for address in reports.uncertain(campaign, _LISTED):
            click.echo(f"uncertain: {escape_controls(address)}")
    if retried := reports.retryable(campaign):
        many = "1 uncertain recipient is" if retried.number == 1 else f"{retried.number:,} uncertain recipients are"
        print_wrapped(
            f"{many} retried by `newsletter send {campaign.slug} --resume` until {timestamp(retried.until)}: the server"
            " drops a second copy"
        )
    print_report_tables(found)
