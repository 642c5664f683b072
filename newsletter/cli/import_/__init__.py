"""`newsletter import`: one command for each source in `newsletter/importing/registry.py`."""

import click

from newsletter.cli.import_.source import create_source_command
from newsletter.cli.lazy import LazyGroup
from newsletter.importing.registry import SOURCES


class SourceGroup(LazyGroup):
    """The group of the import commands. The module of a source is imported when its command is called."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Create the command of a source. Returns None if there is no such source."""
        return create_source_command(cmd_name) if cmd_name in SOURCES else None


@click.group(
    "import",
    cls=SourceGroup,
    commands_in={name: ("", summary) for name, summary in SOURCES.items()},
    epilog="Example: newsletter import medium story.md",
)
def import_group() -> None:
    """Import issues that were published elsewhere.

    Writes a file issues/SLUG.yaml for each issue. Existing files are never overwritten. Content that fits no field is
    kept as a comment. Nothing is fetched from the network.
    """
