"""`newsletter doctor`: check the sending setup and print the DNS records it needs."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from newsletter.doctor.dns_lookup import NameServer
    from newsletter.doctor.examination import Examination

_COLOURS = {"good": "green", "note": "cyan", "warning": "yellow", "error": "red"}


def _parse_name_server(_context: click.Context, _parameter: click.Parameter, value: str | None) -> "NameServer | None":
    if value is None:
        return None
    from newsletter.doctor.dns_lookup import parse_name_server

    try:
        return parse_name_server(value)
    except ValueError as error:
        raise click.BadParameter(
            f"{value!r} is not a valid IP address. Write one such as 9.9.9.9 or 9.9.9.9:53."
        ) from error


@click.command(epilog="Examples: newsletter doctor; newsletter doctor --dns --connect --json")
@click.option("--dns", "asks_dns", is_flag=True, help="Look up the records in DNS and compare them.")
@click.option(
    "--nameserver",
    metavar="ADDRESS",
    callback=_parse_name_server,
    show_default="that of the system",
    help="With --dns, use this DNS server.",
)
@click.option("--connect", "connects", is_flag=True, help="Connect to each mail server, without sending anything.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@click.pass_context
def doctor(ctx: click.Context, asks_dns: bool, nameserver: "NameServer | None", connects: bool, as_json: bool) -> None:
    """Check the sending setup and print the DNS records it needs.

    Checks newsletter.yaml, the secrets in the environment, the database and the DKIM key, and prints the records for
    SPF, DKIM and DMARC. Exits with 1 if there is an error. docs/dns.md explains
    the records, and docs/sending.md#the-preflight the checks before sending.
    """
    from newsletter.doctor.examination import examine
    from newsletter.doctor.examined_publication import ExaminedPublication
    from newsletter.workspace.workspace import Workspace

    if nameserver and not asks_dns:
        raise click.UsageError("--nameserver needs --dns.")
    workspace = Workspace(Path())
    found = examine(ExaminedPublication(workspace, os.environ, connects, asks_dns, nameserver))
    if as_json:
        import json
        from dataclasses import asdict

        records = [asdict(record) | {"zone_line": record.zone_line} for record in found.records]
        diagnoses = [
            {"about": each.about, "state": each.state, "message": each.message, "advice": each.advice}
            for each in found.diagnoses
        ]
        listing = {"diagnoses": diagnoses, "records": records}
        click.echo(json.dumps(listing, ensure_ascii=False, indent=2))
    else:
        _print(found)
    ctx.exit(int(found.failed))


def _print(found: "Examination") -> None:
    from newsletter.cli.terminal import escape_controls

    for diagnosis in found.diagnoses:
        state = click.style(f"{diagnosis.state.value:<8}", fg=_COLOURS[diagnosis.state.value])
        click.echo(f"{state} {diagnosis.about}: {escape_controls(diagnosis.message)}")
        if diagnosis.advice:
            click.echo(f"         {escape_controls(diagnosis.advice)}")
    for record in found.records:
        click.echo(f"\n{escape_controls(record.why)}\n\n    {escape_controls(record.zone_line)}")
