"""`newsletter preview`: open the dashboard at an issue."""

from pathlib import Path

import click

from newsletter.cli.arguments import issue_argument
from newsletter.cli.dashboard import OPEN_OPTION, PORT_OPTION, run_dashboard


@click.command(epilog="Example: newsletter preview 029 --open")
@issue_argument
@PORT_OPTION
@OPEN_OPTION
def preview(issue: str | None, port: int | None, open_page: bool) -> None:
    """Show a live preview of an issue in the browser.

    Opens the dashboard (`newsletter dashboard`) at an issue.

    ISSUE is a slug, a number or a path. The default is the newest issue. Only this machine can open the page. Ctrl-C
    stops the preview.
    """
    from newsletter.errors import NotFoundError
    from newsletter.files import display, require_inside
    from newsletter.issue.slugs import slug_error, slug_from_path
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    page = "/"
    if issue:
        path = workspace.issues_folder / f"{issue}.yaml"
        if slug_error(issue) or not path.is_file():
            # This reads all issues, which the dashboard will do again.
            path = workspace.issues.find(issue)
        if path.absolute().parent != workspace.issues_folder or not path.is_file():
            where = display(workspace.issues_folder)
            raise NotFoundError(f"{display(path)} is not an issue in {where}/", "Name an issue of this publication.")
        require_inside(path, workspace.root)
        page = f"/issues/{slug_from_path(path)}"
    run_dashboard(workspace.root, page, port, open_page=open_page)
