"""`newsletter campaign report`: the delivery of each recipient, as text, JSON or CSV."""

import click

from newsletter.cli.campaign.named_campaign import campaign_argument, open_named_campaign

# Uncertain addresses listed in the text report; the CSV has all of them.
_LISTED = 100


@click.command(epilog="Example: newsletter campaign report 029 --json | jq .counts.accepted")
@campaign_argument
@click.option("--json", "as_json", is_flag=True, help="Print the counts by state, and of bounces, as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print a line for each recipient as CSV.")
def report(name: str, as_json: bool, as_csv: bool) -> None:
    """Say what became of each recipient.

    Without an option: the counts, what servers said of those who failed or wait, and whoever is uncertain.
    Bounces are what servers refused at once and what `newsletter bounces` has read since, counted by person.
    """
    if as_json and as_csv:
        raise click.UsageError("--json or --csv: choose one.")
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
        click.echo(f"bounced, at once or later: {campaign_format.counted_bounces(bounces)}")
    for state, reason, number in reports.reasons(found):
        click.echo(f"{state} {'once' if number == 1 else f'{number:,} times'}: {visible(reason)}")
    for address in reports.uncertain(found, _LISTED):
        click.echo(f"uncertain: {visible(address)}")
