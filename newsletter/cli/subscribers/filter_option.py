"""The option `--filter`, which selects a segment."""

import click

filter_option = click.option(
    "--filter",
    metavar="FILTER",
    default="",
    help="Only these: tag:, language:, domain:, state:, since: and before:, such as 'tag:beta language:ja'.",
)
