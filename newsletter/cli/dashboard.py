"""`newsletter dashboard`: write and send issues in the browser."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from newsletter.dashboard.dashboard_server import DashboardServer

PORT_OPTION = click.option(
    "--port", type=click.IntRange(1, 65535), show_default="the first free one", help="Listen on this port."
)
OPEN_OPTION = click.option("--open", "open_page", is_flag=True, help="Open the page in the browser.")


@click.command(epilog="Example: newsletter dashboard --open")
@PORT_OPTION
@OPEN_OPTION
def dashboard(port: int | None, open_page: bool) -> None:
    """Write and send issues in the browser.

    Shows an issue as readers get it: the email, its text part, the Medium story, the web page and the inbox, with the
    findings of the checks. You can edit all of it there. Each edit changes the issue's file, and the page updates each
    time the file changes, so that you can use an editor too.

    It also sends and schedules issues, with the checks of `newsletter send`, and shows campaigns, subscribers and
    deliverability. A campaign goes on when the dashboard stops.

    It begins with the newest issue; `newsletter preview ISSUE` begins with another. In a folder without a publication,
    the page first asks what `newsletter init` asks, and creates one there. Only this machine can open the page. Ctrl-C
    stops the dashboard.
    """
    from newsletter.cli.terminal import print_status
    from newsletter.errors import NotFoundError
    from newsletter.publication.find_publication import find_publication

    try:
        root = find_publication(Path.cwd())
    except NotFoundError:
        root = Path.cwd()
        print_status(f"There is no newsletter in {root} yet. Open the page to create one there.")
    run_dashboard(root, "/", port, open_page=open_page)


def run_dashboard(root: Path, page: str, port: int | None, *, open_page: bool) -> None:
    """Serve the dashboard of a publication until Ctrl-C, and print the URL of a page of it."""
    from newsletter.cli.terminal import print_interruption, print_status
    from newsletter.dashboard.dashboard_server import listen, serve_dashboard

    servers: list[DashboardServer] = []

    def ready(server: "DashboardServer") -> None:
        servers.append(server)
        address = f"{server.url}{page}"
        click.echo(address)
        print_status("The page updates each time you save. Press Ctrl-C to stop.")
        if open_page:
            click.launch(address)

    try:
        serve_dashboard(root, listen(port), ready)
    except KeyboardInterrupt:
        print_interruption("Stopped.")
        for campaign in (campaign for server in servers for campaign in server.processes.sending()):
            print_status(
                f"Campaign #{campaign.id} of {campaign.slug} is still being sent. To pause it: `newsletter campaign"
                f" pause {campaign.slug}`."
            )
