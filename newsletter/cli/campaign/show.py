"""`newsletter campaign show`: show the state and progress of a campaign."""

import click

from newsletter.cli.campaign.named_campaign import campaign_argument, open_named_campaign


@click.command(epilog="Example: newsletter campaign show 029")
@campaign_argument
def show(name: str) -> None:
    """Show the state and progress of a campaign."""
    from newsletter.campaign.campaign_reports import CampaignReports
    from newsletter.cli.campaign.campaign_format import format_bounces, format_counts
    from newsletter.cli.terminal import escape_controls
    from newsletter.text.timestamps import timestamp

    database, found = open_named_campaign(name)
    reports = CampaignReports(database)
    counts = reports.counts(found)
    state = found.displayed_state(running=reports.is_sending(found))
    tree = "" if found.git_clean else ", with uncommitted changes"
    rows = {
        "Campaign": f"#{found.id} of {found.slug}",
        "Subject": found.subject,
        "Audience": found.audience or "all active subscribers",
        "State": f"{state}{f': {found.reason}' if found.reason else ''}",
        "Started": timestamp(found.created_at),
        "Finished": "" if found.finished_at is None else timestamp(found.finished_at),
        "Content": found.content,
        "Commit": f"{found.git_commit}{tree}" if found.git_commit else "",
        "Recipients": f"{sum(counts.values()):,}: {format_counts(counts)}",
        "Bounces": format_bounces(reports.bounce_counts(found).get(found.id, {})),
    }
    for title, value in rows.items():
        if value:
            click.echo(f"{title:<11} {escape_controls(value)}")
