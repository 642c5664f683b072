"""`newsletter keys list`: list the signing keys."""

from pathlib import Path

import click


@click.command("list", epilog="Example: newsletter keys list --json | jq '.[-1].made'")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def list_keys(as_json: bool) -> None:
    """List the keys, the newest last: that one signs, and all of them verify.

    An old one says until when it may have signed: until its successor was made, or a campaign that ran then ended.
    """
    from newsletter.cli.terminal import print_status
    from newsletter.cli.timestamps import timestamp
    from newsletter.mail.signing_keys import signing_keys
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
        print_status("No key yet: the first is made with the first message or page.")
    else:
        for key in found:
            how = "signs" if key.until is None else f"signed until {timestamp(key.until)}"
            click.echo(f"#{key.id:<3} made {timestamp(key.made_at)}  {how}")
