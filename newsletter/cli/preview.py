"""`newsletter preview`: an issue live in the browser."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.arguments import issue_argument

if TYPE_CHECKING:
    from newsletter.dashboard.dashboard_server import DashboardServer


@click.command(epilog="Example: newsletter preview 029 --open")
@issue_argument
@click.option("--port", type=click.IntRange(1, 65535), help="Listen on this port; else on the first that is free.")
@click.option("--open", "open_page", is_flag=True, help="Open the page in the browser.")
def preview(issue: str | None, port: int | None, open_page: bool) -> None:
    """Show an issue in the browser, live as it is saved.

    As an email, its text part, a Medium story and in an inbox, with what the checks find, and a desk to arrange it.
    ISSUE is a slug, a number or a path; without one, the newest. Only this machine can see the page. Ctrl-C ends it.
    """
    from newsletter.cli.terminal import print_status
    from newsletter.dashboard.dashboard_server import listen, serve
    from newsletter.errors import NotFoundError
    from newsletter.files import display
    from newsletter.issue.slugs import slug_of
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    slug = ""
    if issue:
        path = workspace.issues.find(issue)
        if path.absolute().parent != workspace.issues_folder or not path.is_file():
            where = display(workspace.issues_folder)
            raise NotFoundError(
                f"{display(path)} is no issue of {where}/", "The preview shows the publication's issues."
            )
        slug = slug_of(path)

    def ready(server: "DashboardServer") -> None:
        address = f"{server.url}/issues/{slug}" if slug else f"{server.url}/"
        click.echo(address)
        print_status("Every saving is shown at once. Ctrl-C ends the preview.")
        if open_page:
            click.launch(address)

    try:
        serve(workspace.root, listen(port), ready)
    except KeyboardInterrupt:
        print_status("Ended.")
