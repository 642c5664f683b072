"""`newsletter campaign report`: show what happened to each recipient, as text, JSON or CSV."""

import click

from newsletter.cli.campaign.named_campaign import campaign_argument, open_named_campaign

# The text report lists at most this many uncertain addresses. The CSV lists all of them.
_LISTED = 100


@click.command(epilog="Example: newsletter campaign report 029 --json | jq .counts.accepted")
@campaign_argument
@click.option("--json", "as_json", is_flag=True, help="Print the counts of states and bounces as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print one CSV row per recipient.")
def report(name: str, as_json: bool, as_csv: bool) -> None:
    """Show what happened to each recipient.

    Without an option, prints the counts, the servers' replies for failed and deferred messages, and the uncertain
    recipients. Bounces are rejections during sending and bounces that `newsletter bounces` has processed since. Each
    recipient is counted once.
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv cannot be used together.")
    from newsletter.campaign.campaign_reports import CampaignReports

    database, found = open_named_campaign(name)
    reports = CampaignReports(database)
    if as_csv:
        from newsletter.cli.campaign.recipients_csv import print_recipients

        print_recipients(reports, found)
        return
    from newsletter.cli.campaign import campaign_format
    from newsletter.cli.terminal import visible

    counts, bounces = reports.counts(found), reports.bounce_counts(found).get(found.id, {})
    if as_json:
        import json

        listing = campaign_format.as_json(found, counts, bounces, running=reports.sending)
        click.echo(json.dumps(listing, ensure_ascii=False, indent=2))
        return
    why = f" ({found.reason})" if found.reason else ""
    recipients = sum(counts.values())
    many = "1 recipient" if recipients == 1 else f"{recipients:,} recipients"
    state = campaign_format.displayed_state(found, running=reports.sending)
    click.echo(f"Campaign #{found.id} of {found.slug}, {state}{visible(why)}: {many}")
    for state, number in counts.items():
        if number:
            click.echo(f"{number:>10,} {state}")
    if bounces:
        click.echo(f"bounces: {campaign_format.counted_bounces(bounces)}")
    for state, reason, number in reports.reasons(found):
        click.echo(f"{number:,} {state}: {visible(reason)}")
    for address in reports.uncertain(found, _LISTED):
        click.echo(f"uncertain: {visible(address)}")
