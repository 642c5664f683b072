"""`newsletter keys list`: list the signing keys."""

from pathlib import Path

import click


@click.command("list", epilog="Example: newsletter keys list --json | jq '.[-1].made'")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def list_keys(as_json: bool) -> None:
    """List the signing keys.

    The newest key is last. It signs new links; all keys verify links. For an older key the list shows the latest time
    at which it may have signed: when the next key was added, or when a campaign that ran at that time ended.
    """
    from newsletter.cli.terminal import print_status
    from newsletter.mail.signing_keys import signing_keys
    from newsletter.text.timestamps import timestamp
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    with open_database(Workspace(Path()), writes=False) as database:
        found = signing_keys(database)
    if as_json:
        import json

        listing = [
            {
                "key": key.id,
                "made": timestamp(key.made_at),
                "signed_until": None if key.until is None else timestamp(key.until),
            }
            for key in found
        ]
        click.echo(json.dumps(listing, indent=2))
    elif not found:
        print_status("0 keys. The first key is created when the first message or page needs it.")
    else:
        for key in found:
            use = "in use" if key.until is None else f"used until {timestamp(key.until)}"
            click.echo(f"#{key.id:<3} created {timestamp(key.made_at)}  {use}")
