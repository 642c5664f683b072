"""Imports: commands that render no email do not import the slowest libraries."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cold import ISSUE
from benchmarks.figures import Figure
from benchmarks.libraries import list_packages, loaded_by_command

HEAVY = ("premailer", "lxml")


def measure() -> Iterator[Figure]:
    """Yield whether each command imports a slow library, from `sys.modules` after it has run in a new process."""
    with TemporaryDirectory() as name:
        output = ("-o", f"{Path(name)}/")
        for command in (
            ("list",),
            ("check", "--only", "issue", ISSUE),
            ("render", "medium", ISSUE, *output),
            ("render", "text", ISSUE, *output),
        ):
            loaded = list_packages(loaded_by_command(*command)) & set(HEAVY)
            words = " ".join(part for part in command if part not in (ISSUE, *output))
            yield Figure(f"{words} imports {' or '.join(HEAVY)}", bool(loaded), "yes/no", 0, ", ".join(loaded))
