"""`newsletter preview`: show a live preview of an issue in the browser."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.arguments import issue_argument

if TYPE_CHECKING:
    from newsletter.dashboard.dashboard_server import DashboardServer


@click.command(epilog="Example: newsletter preview 029 --open")
@issue_argument
@click.option("--port", type=click.IntRange(1, 65535), show_default="the first free one", help="Listen on this port.")
@click.option("--open", "open_page", is_flag=True, help="Open the page in the browser.")
def preview(issue: str | None, port: int | None, open_page: bool) -> None:
    """Show a live preview of an issue in the browser.

    Opens a dashboard with the email, its text part, the Medium story, the inbox, and the findings of the checks. You
    can also edit and arrange the issue there. The page updates each time you save.

    ISSUE is a slug, a number or a path. The default is the newest issue. Only this machine can open the page. Ctrl-C
    stops the preview.
    """
    from newsletter.cli.terminal import print_interruption, print_status
    from newsletter.dashboard.dashboard_server import listen, serve_dashboard
    from newsletter.errors import NotFoundError
    from newsletter.files import display
    from newsletter.issue.slugs import slug_from_path
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    slug = ""
    if issue:
        path = workspace.issues.find(issue)
        if path.absolute().parent != workspace.issues_folder or not path.is_file():
            where = display(workspace.issues_folder)
            raise NotFoundError(f"{display(path)} is not an issue in {where}/", "Name an issue of this publication.")
        slug = slug_from_path(path)

    def ready(server: "DashboardServer") -> None:
        address = f"{server.url}/issues/{slug}" if slug else f"{server.url}/"
        click.echo(address)
        print_status("The page updates each time you save. Press Ctrl-C to stop.")
        if open_page:
            click.launch(address)

    try:
        serve_dashboard(workspace.root, listen(port), ready)
    except KeyboardInterrupt:
        print_interruption("Stopped.")
