"""Commands that render no email do without the slowest imports."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cold import ISSUE
from benchmarks.figures import Figure
from benchmarks.libraries import loaded_by_command, packages

HEAVY = ("premailer", "lxml")


def measure() -> Iterator[Figure]:
    """`sys.modules` after each such command, from a process of its own."""
    with TemporaryDirectory() as name:
        output = ("-o", f"{Path(name)}/")
        for command in (
            ("list",),
            ("check", "--only", "issue", ISSUE),
            ("render", "medium", ISSUE, *output),
            ("render", "text", ISSUE, *output),
        ):
            loaded = packages(loaded_by_command(*command)) & set(HEAVY)
            words = " ".join(part for part in command if part not in (ISSUE, *output))
            yield Figure(f"{words} imports {' or '.join(HEAVY)}", bool(loaded), "yes/no", 0, ", ".join(loaded))
