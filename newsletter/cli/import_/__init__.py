"""`newsletter import NAME`: a command for each source of `newsletter/importing/registry.py`."""

import click

from newsletter.cli.import_.source import source_command
from newsletter.cli.lazy import LazyGroup
from newsletter.importing.registry import SOURCES


class SourceGroup(LazyGroup):
    """The commands of the sources; a source is imported when its command is called."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Make the command of a source."""
        return source_command(cmd_name) if cmd_name in SOURCES else None


@click.group(
    "import",
    cls=SourceGroup,
    commands_in={name: ("", summary) for name, summary in SOURCES.items()},
    epilog="Example: newsletter import medium story.md",
)
def import_group() -> None:
    """Turn issues published elsewhere into YAML.

    Each becomes issues/SLUG.yaml, which must not be there yet. What a page says and no field can
    hold is kept as a comment that names its line. Nothing is fetched from the network.
    """
