"""`python -m benchmarks [--json] [SUBJECT]...`: prints ratios, times and sizes. A missed target is not an error.

`python -m benchmarks torture` prints the table of attacks instead. It exits with 1 if one of them did harm. Two
subjects are measured only if they are named: `large`, a ledger of ten million recipients, which takes an hour, and
`many`, an archive of 10,000 issues, which takes half an hour.
"""

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys

from benchmarks.figures import Figure, table

SUBJECTS = {
    "startup": "Cold start: newsletter --help",
    "short": "Cold start: short commands",
    "cold": "Cold start: rendering one issue to all five files",
    "lightness": "Imports of commands that render no email",
    "memory": "Peak memory",
    "warm": "Warm process: rendering an issue of 20 entries, half of them with an image",
    "breakdown": "Warm process: time by stage",
    "volume": "Rendering 1,000 issues",
    "checker": "Checks",
    "size": "Size of the email",
    "capture": "Capture of web pages, wall-clock time",
    "preview": "Preview in Chromium, wall-clock time",
    "smtp": "SMTP: 85 KB over loopback, to Postfix's smtp-sink and to a server with delayed replies, wall-clock time",
    "message": "Composing messages",
    "sending": "Sending: a campaign compared with smtp-source, wall-clock time",
    "shared": "Sending: a campaign that two and four processes send together, wall-clock time",
    "kill": "Sending: a campaign that is killed 100 times",
    "archive": "Web archive, compared with Hugo and Pelican",
    "images": "Images of the archive, compared with Hugo",
    "subscribers": "Import of 1,000,000 subscribers",
    "pages": "Public pages: one-click unsubscribe, wall-clock time",
    "links": "Public pages: links that count clicks beside a campaign, wall-clock time",
    "clicks": "Public pages: one-click unsubscribe during an import of 200,000 subscribers, wall-clock time",
}

# Measured only when it is named.
LARGE = {
    "large": "A ledger of ten million recipients in PostgreSQL, wall-clock time",
    "many": "An archive of 10,000 issues with search and feeds",
}


def main() -> None:
    """Measure the given subjects, or all of them, one after another."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "subjects",
        metavar="SUBJECT",
        nargs="*",
        help=f"one of {', '.join(SUBJECTS)}; all if none is given; or large or many; or torture, alone",
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    arguments = parser.parse_args()
    if arguments.subjects == ["torture"]:
        from benchmarks.torture import torture

        sys.exit(torture(as_json=arguments.json) > 0)
    if unknown := set(arguments.subjects) - set(SUBJECTS | LARGE):
        parser.error(f"unknown subject: {', '.join(sorted(unknown))}")
    machine = f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores"
    found: dict[str, list[Figure]] = {}
    if not arguments.json:
        print(f"{machine}. Best of alternating runs. CPU time, unless a figure says wall-clock time.")
    for subject in arguments.subjects or SUBJECTS:
        found[subject] = _measure(subject)
        if not arguments.json:
            print("\n" + table((SUBJECTS | LARGE)[subject], found[subject]), flush=True)
    figures = [figure for some in found.values() for figure in some]
    if arguments.json:
        listing = [{"subject": subject} | figure.as_json() for subject, some in found.items() for figure in some]
        print(json.dumps({"machine": machine, "figures": listing}, indent=2))
        return
    targets = [figure for figure in figures if figure.met is not None]
    print(f"\n{sum(bool(figure.met) for figure in targets)} of {len(targets)} targets met.")


def _measure(subject: str) -> list[Figure]:
    """Return the figures of a subject. If it fails, the last figure is "not measured" with the error as its note."""
    print(f"measuring {subject} …", end="\r", file=sys.stderr, flush=True)
    figures: list[Figure] = []
    try:
        figures.extend(importlib.import_module(f"benchmarks.{subject}").measure())
    except Exception as error:  # noqa: BLE001 (the other subjects are measured anyway)
        figures.append(Figure(subject, note=_describe(error)))
    print(" " * 40, end="\r", file=sys.stderr, flush=True)
    return figures


def _describe(error: Exception) -> str:
    """Describe an error in one line. For a command that failed, this is the last line of its stderr."""
    stderr = getattr(error, "stderr", None) if isinstance(error, subprocess.CalledProcessError) else None
    return f"a command failed: {stderr.strip().splitlines()[-1]}" if stderr else f"{type(error).__name__}: {error}"


main()
