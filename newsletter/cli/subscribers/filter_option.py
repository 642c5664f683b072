"""The option `--filter`, which selects a segment of the subscribers."""

import click

filter_option = click.option(
    "--filter",
    metavar="FILTER",
    default="",
    help="Select subscribers by tag:, language:, domain:, state:, since: and before:, such as 'tag:beta language:ja'.",
)
