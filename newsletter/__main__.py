"""Runs the command line as `python -m newsletter`."""

from newsletter.cli.main import main

main(prog_name="python -m newsletter")
