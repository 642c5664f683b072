"""`newsletter render`: one command for each kind of output in `newsletter/render/format.py`, and `all`."""

import shlex

import click

from newsletter.cli.render.outputs import create_output_command
from newsletter.render.format import Format, formats_by_command


class _OutputGroup(click.Group):
    """A group of outputs. If an issue is given instead of an output, the error suggests `all`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.commands and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], self.commands, n=1)
            issues = f"To render an issue: `newsletter render all {shlex.join(args)}`."
            ctx.fail(f"No such output '{args[0]}'. " + (f"Did you mean '{near[0]}'?" if near else issues))
        return super().resolve_command(ctx, args)


@click.group(cls=_OutputGroup, epilog="Example: newsletter render all 029 2021-week-10")
def render() -> None:
    """Render issues to email, text and Medium.

    Writes the files to build/SLUG/ and the images to build/assets/.
    """


for command, formats in formats_by_command().items():
    render.add_command(create_output_command(command, formats))
render.add_command(create_output_command("all", tuple(Format), "Render every output."))
