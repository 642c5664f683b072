"""`newsletter campaign show|pause|cancel|report`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from newsletter.campaign.campaigns import Campaigns

_campaign = click.argument("name", metavar="ISSUE|#N")


@click.group(epilog="Example: newsletter campaign report 029 --csv > 029.csv")
def campaign() -> None:
    """Show, pause, cancel and report campaigns.

    A campaign is named by its issue, of which the newest is meant, or by its number, with # before it where an issue
    has that number, too.
    """


@campaign.command(epilog="Example: newsletter campaign show 029")
@_campaign
def show(name: str) -> None:
    """Show how far a campaign is."""
    from newsletter.cli.campaign.campaign_format import counted_bounces, counted_states, moment, told_state
    from newsletter.cli.terminal import visible

    campaigns = _campaigns()
    found = campaigns.named(name)
    counts = campaigns.counts(found)
    tree = "" if found.git_clean else ", with changes"
    rows = {
        "Campaign": f"#{found.id} of {found.slug}",
        "Subject": found.subject,
        "Audience": found.audience or "all active subscribers",
        "State": f"{told_state(found, running=campaigns.running)}{f': {found.reason}' if found.reason else ''}",
        "Begun": moment(found.created_at),
        "Finished": moment(found.finished_at),
        "Content": found.content,
        "Commit": f"{found.git_commit}{tree}" if found.git_commit else "",
        "Recipients": f"{sum(counts.values()):,}: {counted_states(counts)}",
        "Bounces": counted_bounces(campaigns.bounce_counts(found).get(found.id, {})),
    }
    for title, value in rows.items():
        if value:
            click.echo(f"{title:<11} {visible(value)}")


@campaign.command(epilog="Example: newsletter campaign pause 029")
@_campaign
def pause(name: str) -> None:
    """Pause a campaign, wherever it runs.

    What is under way is finished, within a second or so; `newsletter send --resume` goes on.
    """
    from newsletter.cli.terminal import tell
    from newsletter.database.states import CampaignState

    campaigns = _campaigns()
    found = campaigns.change_state(campaigns.named(name), CampaignState.PAUSED)
    tell(f"Campaign #{found.id} of {found.slug} is paused.")


@campaign.command(epilog="Example: newsletter campaign cancel 029")
@_campaign
def cancel(name: str) -> None:
    """End a campaign for good.

    Whoever is still pending is not written to by it.
    """
    from newsletter.cli.terminal import tell
    from newsletter.database.states import CampaignState

    campaigns = _campaigns()
    found = campaigns.change_state(campaigns.named(name), CampaignState.CANCELLED)
    tell(f"Campaign #{found.id} of {found.slug} is cancelled.")


@campaign.command(epilog="Example: newsletter campaign report 029 --json | jq .counts.accepted")
@_campaign
@click.option("--json", "as_json", is_flag=True, help="Print the counts by state, and of bounces, as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print a line for each recipient as CSV.")
def report(name: str, as_json: bool, as_csv: bool) -> None:
    """Say what became of each recipient.

    Without an option: the counts, what servers said of those who failed or wait, and whoever is uncertain.
    Bounces are what servers refused at once and what `newsletter bounces` has read since, counted by person.
    """
    if as_json and as_csv:
        raise click.UsageError("--json or --csv: choose one.")
    campaigns = _campaigns()
    found = campaigns.named(name)
    if as_csv:
        from newsletter.cli.campaign.recipients_csv import print_recipients

        print_recipients(campaigns, found)
        return
    from newsletter.cli.campaign import campaign_format
    from newsletter.cli.terminal import visible

    counts, bounces = campaigns.counts(found), campaigns.bounce_counts(found).get(found.id, {})
    if as_json:
        import json

        click.echo(
            json.dumps(
                campaign_format.as_json(found, counts, bounces, running=campaigns.running), ensure_ascii=False, indent=2
            )
        )
        return
    why = f" ({found.reason})" if found.reason else ""
    recipients = sum(counts.values())
    many = "1 recipient" if recipients == 1 else f"{recipients:,} recipients"
    state = campaign_format.told_state(found, running=campaigns.running)
    click.echo(f"Campaign #{found.id} of {found.slug}, {state}{visible(why)}: {many}")
    for state, number in counts.items():
        if number:
            click.echo(f"{number:>10,} {state}")
    if bounces:
        click.echo(f"bounced, at once or later: {campaign_format.counted_bounces(bounces)}")
    for state, said, number in campaigns.reasons(found):
        click.echo(f"{state} {'once' if number == 1 else f'{number:,} times'}: {visible(said)}")
    for address in campaigns.uncertain(found, 100):
        click.echo(f"uncertain: {visible(address)}")


def _campaigns() -> "Campaigns":
    from newsletter.campaign.campaigns import Campaigns
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    return Campaigns(workspace, open_database(workspace, writes=False))
