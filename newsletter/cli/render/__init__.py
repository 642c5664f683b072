"""`newsletter render`: one command for each kind of output in `newsletter/render/format.py`, and `all`."""

import click

from newsletter.cli.render.outputs import create_output_command
from newsletter.render.format import Format, formats_by_command


@click.group(epilog="Example: newsletter render all 029 2021-week-10")
def render() -> None:
    """Render issues to email, text and Medium.

    Writes the files to build/SLUG/ and the images to build/assets/.
    """


for command, formats in formats_by_command().items():
    render.add_command(create_output_command(command, formats))
render.add_command(create_output_command("all", tuple(Format), "Render every output."))
