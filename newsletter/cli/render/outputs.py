"""Create the render commands: each renders issues to some formats and writes their files."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.arguments import issues_argument
from newsletter.render.format import Format

if TYPE_CHECKING:
    from newsletter.workspace.workspace import Workspace

# Folders with the author's files. Nothing is rendered into them.
_AUTHOR_FOLDERS = ("issues", "templates", "schemas")


def create_output_command(name: str, formats: tuple[Format, ...], summary: str = "") -> click.Command:
    """Create the command that renders issues to some formats. The default summary lists the contents of the formats."""
    one, every = len(formats) == 1, name == "all"
    contents = [format.entry.contents for format in formats]
    summary = summary or f"Render {' and '.join(filter(None, (', '.join(contents[:-1]), contents[-1])))}."
    text = f"""{summary}

    ISSUE is a slug, a number or a path. The default is the newest issue.
    """
    if one:
        where = "Write to this folder or file, or to standard output (-)."
    elif every:
        where = "Write to this folder."
    else:
        where = f"Write to this folder. If PATH is a file, write only the format of its suffix; - prints {formats[0]}."

    @click.command(
        name, help=text, short_help=summary, epilog=f"Example: newsletter render {name} 029{' -o -' if one else ''}"
    )
    @issues_argument
    @click.option("-o", "--output", metavar="PATH" if every else "PATH|-", show_default="build", help=where)
    @click.pass_context
    def command(ctx: click.Context, issues: tuple[str, ...], output: str | None) -> None:
        ctx.exit(_render_issues(issues, formats, output))

    return command


def _render_issues(issues: tuple[str, ...], formats: tuple[Format, ...], output: str | None) -> int:
    from newsletter.cli.progress import with_progress
    from newsletter.cli.terminal import count_by_severity, escape_controls, format_problem, print_error, print_status
    from newsletter.errors import NewsletterError
    from newsletter.files import display
    from newsletter.render.renderer import Renderer
    from newsletter.workspace.workspace import Workspace

    single = _find_single_format(output, formats)
    if single and len(issues) > 1:
        raise click.UsageError(f"-o {output} is one file, but there are {len(issues)} issues. Name a folder.")
    workspace = Workspace(Path())
    renderer = Renderer(workspace, build=Path(output) if output and not single else None)
    if (
        single
        and output
        and any(Path(os.path.realpath(output)).is_relative_to(workspace.root / name) for name in _AUTHOR_FOLDERS)
    ):
        raise click.UsageError(f"-o {output} is in a folder for your own files. Choose another folder.")
    failed = False
    rendered = None
    for name in with_progress(issues or (None,), "Rendering"):
        try:
            rendered = renderer.render(workspace.issue(name), (single,) if single else formats)
            if output == "-":
                renderer.images.write()
                click.echo(rendered.texts[formats[0]].encode(), nl=False)
            else:
                for path in renderer.write(rendered, Path(output) if single and output else None):
                    click.echo(escape_controls(display(path)))
        except NewsletterError as error:
            print_error(error)
            _print_not_rendered(workspace, name)
            failed = True
            continue
        for problem in rendered.warnings:
            click.echo(format_problem(problem), err=True)
        if rendered.warnings:
            print_status(f"{count_by_severity(rendered.warnings)}.")
    for unreadable in workspace.issues.errors if rendered else ():
        print_status(f"This issue is not listed as a past issue: {unreadable.message}")
    return int(failed)


def _print_not_rendered(workspace: "Workspace", name: str | None) -> None:
    from newsletter.cli.terminal import print_status

    if unrendered := name or _find_newest_name(workspace):
        print_status(f"Not rendered: {unrendered}.")


def _find_newest_name(workspace: "Workspace") -> str | None:
    """Return the name of the newest issue, or of the unreadable one that may be the newest. None if there is none."""
    from newsletter.errors import DocumentError, NewsletterError

    try:
        return workspace.issues.newest().slug
    except DocumentError as error:
        return Path(error.problems[0].file).stem
    except NewsletterError:
        return None


def _find_single_format(output: str | None, formats: tuple[Format, ...]) -> Format | None:
    """Return the format to write if the output is one file. Returns None if it is a folder."""
    if output is None or output.endswith("/") or Path(output).is_dir():
        return None
    if Path(output).suffix in (".yaml", ".yml"):
        raise click.UsageError(f"-o {output} could overwrite one of your files. Choose a name without .yaml or .yml.")
    if output == "-" or len(formats) == 1:
        if len(commands := dict.fromkeys(format.entry.command for format in formats)) > 1:
            raise click.UsageError(f"-o - can print only one output. Render {' or '.join(commands)}.")
        return formats[0]
    fitting = [format for format in formats if Path(format.value).suffix == Path(output).suffix]
    if Path(output).suffix and len(fitting) != 1:
        fits = " and ".join(fitting) or "no output"
        raise click.UsageError(
            f"-o {output} matches {fits}. Name a folder with a slash at the end, or render one output."
        )
    return fitting[0] if fitting else None
