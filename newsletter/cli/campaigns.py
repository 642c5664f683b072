"""`newsletter campaigns`: list all campaigns, newest first."""

from pathlib import Path

import click


@click.command(epilog="Example: newsletter campaigns --json | jq '.[0].counts'")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def campaigns(as_json: bool) -> None:
    """List all campaigns, newest first.

    A campaign is `stopped` if its process ended before everything was sent. Continue with `newsletter send --resume`.
    """
    from newsletter.campaign.campaign_listing import campaign_object
    from newsletter.campaign.campaign_reports import CampaignReports
    from newsletter.cli.campaign.campaign_format import format_counts
    from newsletter.cli.terminal import escape_controls, print_status
    from newsletter.text.timestamps import timestamp
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    database = open_database(Workspace(Path()), writes=False)
    click.get_current_context().call_on_close(database.close)
    reports = CampaignReports(database)
    found = [(campaign, reports.counts(campaign)) for campaign in reports.campaigns()]
    if as_json:
        import json

        bounces = reports.bounce_counts()
        listing = [
            campaign_object(campaign, counts, bounces.get(campaign.id, {}), running=reports.is_sending(campaign))
            for campaign, counts in found
        ]
        click.echo(json.dumps(listing, ensure_ascii=False, indent=2))
    elif not found:
        print_status("0 campaigns. Send a test first: `newsletter send ISSUE --test ADDRESS`.")
    else:
        rows = [
            (
                f"#{campaign.id}",
                timestamp(campaign.created_at),
                campaign.slug,
                campaign.displayed_state(running=reports.is_sending(campaign)),
                format_counts(counts),
            )
            for campaign, counts in found
        ]
        table = [("Number", "Started", "Issue", "State", "Recipients"), *rows]
        widths = [max(len(row[column]) for row in table) for column in range(4)]
        for index, (*cells, last) in enumerate(table):
            line = "  ".join([*(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)), last])
            click.echo(click.style(escape_controls(line), bold=index == 0 or None))
