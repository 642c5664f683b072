"""What the render commands share: which issues, which files, and where they go."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.arguments import issues_argument

if TYPE_CHECKING:
    from newsletter.render.format import Format


# The folders of a publication that nothing is rendered into.
AUTHORS = ("issues", "templates", "schemas")


def output_command(name: str, files: tuple[str, ...], summary: str) -> click.Command:
    """A command that renders issues to some of the files."""
    one = len(files) == 1
    text = f"""{summary}

    ISSUE is a slug, a number or a path; without one, the newest.
    """
    where = "A folder in place of build/" + {
        1: ", a file, or - for standard output.",
        3: ", one file by its suffix, or - for the Markdown on standard output.",
    }.get(len(files), ".")

    @click.command(
        name, help=text, short_help=summary, epilog=f"Example: newsletter render {name} 029{' -o -' if one else ''}"
    )
    @issues_argument
    @click.option("-o", "--output", metavar="PATH|-" if name != "all" else "PATH", help=where)
    @click.pass_context
    def command(ctx: click.Context, issues: tuple[str, ...], output: str | None) -> None:
        ctx.exit(_run(issues, files, output))

    return command


def _run(issues: tuple[str, ...], files: tuple[str, ...], output: str | None) -> int:
    from newsletter.cli.progress import with_progress
    from newsletter.cli.terminal import counted, problem_text, tell, tell_error, visible
    from newsletter.errors import NewsletterError
    from newsletter.files import display
    from newsletter.render.format import Format
    from newsletter.render.renderer import Renderer
    from newsletter.workspace.workspace import Workspace

    formats = tuple(Format(file) for file in files)
    single = _single(output, formats)
    if single and len(issues) > 1:
        raise click.UsageError(f"-o {output} is one file, and {len(issues)} issues are to be rendered. Name a folder.")
    workspace = Workspace(Path())
    renderer = Renderer(workspace, build=Path(output) if output and not single else None)
    if single and output and any(Path(output).resolve().is_relative_to(workspace.root / name) for name in AUTHORS):
        raise click.UsageError(f"-o {output} lies among the author's own files. Name another place.")
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
                    click.echo(visible(display(path)))
        except NewsletterError as error:
            tell_error(error)
            tell(f"Not rendered: {name or 'the newest issue'}.")
            failed = True
            continue
        for problem in rendered.warnings:
            click.echo(problem_text(problem), err=True)
        if rendered.warnings:
            tell(f"{counted(rendered.warnings)}.")
    for fault in workspace.issues.faults if rendered else ():
        tell(f"Left out of the past issues: {fault.message}")
    return int(failed)


def _single(output: str | None, formats: "tuple[Format, ...]") -> "Format | None":
    """The one format that is written, where the output is one file and not a folder."""
    if output is None or output.endswith("/") or Path(output).is_dir():
        return None
    if Path(output).suffix in (".yaml", ".yml"):
        raise click.UsageError(f"-o {output} would overwrite a file of the author's. Name another.")
    if output == "-" or len(formats) == 1:
        if len(formats) > 3:
            raise click.UsageError("-o - takes one output: render email, text or medium.")
        return formats[0]
    fitting = [format for format in formats if Path(format.value).suffix == Path(output).suffix]
    if Path(output).suffix and len(fitting) != 1:
        fits = " and ".join(fitting) or "none of the files"
        raise click.UsageError(f"-o {output} fits {fits}. Name a folder with a slash at its end, or render one output.")
    return fitting[0] if fitting else None
