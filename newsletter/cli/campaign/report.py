"""`newsletter campaign report`: the delivery of each recipient, as text, JSON or CSV."""

import click

from newsletter.cli.campaign.named_campaign import campaign_argument, open_campaigns

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
    campaigns = open_campaigns()
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

        report = campaign_format.as_json(found, counts, bounces, running=campaigns.running)
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
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
    for state, reason, number in campaigns.reasons(found):
        click.echo(f"{state} {'once' if number == 1 else f'{number:,} times'}: {visible(reason)}")
    for address in campaigns.uncertain(found, _LISTED):
        click.echo(f"uncertain: {visible(address)}")
