"""`python -m benchmarks [--json] [SUBJECT]...`: prints the figures as ratios, times and bytes; it never fails."""

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys

from benchmarks.figures import Figure, table

SUBJECTS = {
    "startup": "Cold: the help",
    "cold": "Cold: one issue to all five files",
    "lightness": "What commands without an email import",
    "memory": "Memory",
    "warm": "Warm: an issue of 20 entries, half of them with an image",
    "breakdown": "Warm: where the time goes",
    "volume": "A thousand issues",
    "checker": "The checker",
    "size": "Size",
    "capture": "Capture",
    "preview": "The preview, in Chromium, on the clock",
    "smtp": "SMTP: 85 KB over loopback, into Postfix's smtp-sink and a sink that answers late, on the clock",
    "message": "The message",
    "sending": "Sending: a campaign beside smtp-source, on the clock",
    "kill": "Sending: killed a hundred times",
    "archive": "The web archive, beside Hugo and Pelican",
    "subscribers": "A million subscribers",
    "pages": "The live pages: one-click unsubscribe, on the clock",
}


def main() -> None:
    """Measure the subjects that are named, or all, one after another."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("subjects", metavar="SUBJECT", nargs="*", help=f"one of {', '.join(SUBJECTS)}; else all")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    arguments = parser.parse_args()
    if unknown := set(arguments.subjects) - set(SUBJECTS):
        parser.error(f"no such subject: {', '.join(sorted(unknown))}")
    machine = f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores"
    found: dict[str, list[Figure]] = {}
    if not arguments.json:
        print(f"{machine}. The best of runs taken in turns; processor time, unless it says: on the clock.")
    for subject in arguments.subjects or SUBJECTS:
        found[subject] = _measured(subject)
        if not arguments.json:
            print("\n" + table(SUBJECTS[subject], found[subject]), flush=True)
    figures = [figure for some in found.values() for figure in some]
    if arguments.json:
        listing = [{"subject": subject} | figure.as_json() for subject, some in found.items() for figure in some]
        print(json.dumps({"machine": machine, "figures": listing}, indent=2))
        return
    aims = [figure for figure in figures if figure.met is not None]
    print(f"\n{sum(bool(figure.met) for figure in aims)} of {len(aims)} aims met.")


def _measured(subject: str) -> list[Figure]:
    """A subject's figures; whatever it fails on is a figure that was not measured."""
    print(f"measuring {subject} …", end="\r", file=sys.stderr, flush=True)
    figures: list[Figure] = []
    try:
        figures.extend(importlib.import_module(f"benchmarks.{subject}").measure())
    except Exception as error:  # noqa: BLE001 (a benchmark reports, and never fails)
        figures.append(Figure(subject, note=_why(error)))
    print(" " * 40, end="\r", file=sys.stderr, flush=True)
    return figures


def _why(error: Exception) -> str:
    """What went wrong, in a line: of a command that failed, the last thing that it said."""
    said = getattr(error, "stderr", None) if isinstance(error, subprocess.CalledProcessError) else None
    return f"a command failed: {said.strip().splitlines()[-1]}" if said else f"{type(error).__name__}: {error}"


main()
