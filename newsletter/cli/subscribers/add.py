"""`newsletter subscribers add`: add a subscriber."""

import time
from pathlib import Path

import click


@click.command(epilog='Example: newsletter subscribers add ann@example.org --consent "asked me at PyCon, 2023-04-21"')
@click.argument("address", metavar="ADDRESS")
@click.option("--consent", metavar="TEXT", required=True, help="Where the consent came from. Stored with the date.")
@click.option("--name", default="", help="The name of the subscriber.")
@click.option(
    "--language",
    metavar="TAG",
    default="",
    show_default="that of the publication",
    help="The language of the subscriber, such as ja.",
)
@click.option("--tag", "tags", metavar="TAG", multiple=True, help="A tag. Repeatable.")
@click.option("--again", is_flag=True, help="Add an unsubscribed or suppressed address again, at the person's request.")
def add(address: str, consent: str, name: str, language: str, tags: tuple[str, ...], again: bool) -> None:
    """Add a subscriber.

    The subscriber is active at once. An address that is unsubscribed or suppressed is only added with --again.
    """
    from newsletter.cli.terminal import print_status
    from newsletter.subscribers import admin
    from newsletter.subscribers.attributes import check_consent, check_language, check_name, check_tag
    from newsletter.text.email_address import check_address
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    checked = check_address(address)
    source = check_consent(consent)
    named, spoken = check_name(name), check_language(language) if language else ""
    labels = [check_tag(tag) for tag in tags]
    now = int(time.time())
    with open_database(Workspace(Path())) as database:
        admin.add(database, checked, consent=source, name=named, language=spoken, tags=labels, again=again, now=now)
    print_status(f"Added {checked.typed}.")
