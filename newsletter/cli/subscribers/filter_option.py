"""The option that narrows the list down."""

import click

filter_option = click.option(
    "--filter",
    metavar="FILTER",
    default="",
    help="Only these: tag:, language:, domain:, state:, since: and before:, such as 'tag:beta language:ja'.",
)
