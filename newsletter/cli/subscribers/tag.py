"""`newsletter subscribers tag`: add a tag to subscribers, or remove it."""

import time
from pathlib import Path

import click

from newsletter.cli.subscribers.filter_option import filter_option


@click.command(
    epilog="Examples: newsletter subscribers tag beta ann@example.org; newsletter subscribers tag beta --off"
)
@click.argument("tag", metavar="TAG")
@click.argument("addresses", metavar="[ADDRESS]...", nargs=-1)
@filter_option
@click.option(
    "--off", is_flag=True, help="Remove the tag. Without ADDRESS and --filter, remove it from all subscribers."
)
def tag(tag: str, addresses: tuple[str, ...], filter: str, off: bool) -> None:
    """Add a tag to subscribers, or remove it.

    Name the subscribers by address, or select them with --filter.
    """
    from newsletter.cli.terminal import print_status
    from newsletter.subscribers import admin
    from newsletter.subscribers.attributes import check_tag
    from newsletter.subscribers.segments import parse_segment
    from newsletter.text.email_address import check_address
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    if bool(addresses) == bool(filter) and not (off and not addresses):
        raise click.UsageError("Use either ADDRESS or --filter.")
    checked, segment = check_tag(tag), parse_segment(filter, "--filter")
    people = [check_address(address) for address in addresses]
    workspace, now = Workspace(Path()), int(time.time())
    with open_database(workspace) as database:
        if people:
            count = admin.tag(database, people, checked, off=off, now=now)
            unchanged = len({address.compared for address in people}) - count
        else:
            unchanged = 0
            count = admin.tag_segment(database, segment, workspace.publication.language, checked, off=off, now=now)
    one = unchanged == 1
    if not unchanged:
        rest = ""
    elif off:
        rest = f"{'does' if one else 'do'} not have"
    else:
        rest = f"already {'has' if one else 'have'}"
    if rest and len(people) == 1:
        print_status(f"{people[0].typed} {rest} the tag {checked}.")
        return
    done = f"Removed tag {checked} from" if off else f"Added tag {checked} to"
    also = f" {unchanged:,} {rest} it." if rest else ""
    print_status(f"{done} {count:,} subscriber{'' if count == 1 else 's'}.{also}")
