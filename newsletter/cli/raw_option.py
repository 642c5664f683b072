"""The option `--raw` of commands that print CSV."""

import click

raw_option = click.option(
    "--raw",
    is_flag=True,
    help="Add no apostrophe to text that begins like a formula. Spreadsheets would run it.",
)
