"""`python -m benchmarks [--json] [--record] [SUBJECT]...`: prints ratios, times and sizes.

All subjects are measured if none is given. Then, and with `--record`, the results are stored: in `docs/performance.md`,
`benchmarks/results.json` and `benchmarks/history.jsonl`. Ratios are compared with the last stored run on the same
machine. A missed aim is not an error; the exit status is 1 if something could not be measured.

`python -m benchmarks torture` prints the table of attacks instead. It exits with 1 if one of them did harm. Three
subjects are measured only if they are named: `large`, a ledger of ten million recipients, which takes an hour, `many`,
an archive of 10,000 issues, which takes half an hour, and `kill`, a campaign that is killed 100 times.
"""

import argparse
import json
import os
import platform
import shutil
import sys
from collections.abc import Sequence

from benchmarks.figures import Figure, table
from benchmarks.history import append_run, describe_changes, last_ratios
from benchmarks.measuring import measure_subject
from benchmarks.page import DOCUMENTS, fill_page, has_figures
from benchmarks.results import Measured, Run, start_run, store_results
from benchmarks.subjects import LARGE, SUBJECTS


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the given subjects, or all of them, one after another. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "subjects",
        metavar="SUBJECT",
        nargs="*",
        help=f"one of {', '.join(SUBJECTS)}; all if none is given; or {', '.join(LARGE)}; or torture, alone",
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--record", action="store_true", help="store the results of some subjects too")
    chosen = parser.parse_args(arguments)
    if chosen.subjects == ["torture"]:
        from benchmarks.torture import torture

        return int(torture(as_json=chosen.json) > 0)
    if unknown := set(chosen.subjects) - set(SUBJECTS | LARGE):
        parser.error(f"unknown subject: {', '.join(sorted(unknown))}")
    run = start_run()
    if not chosen.json:
        print(f"{run.machine}, Python {platform.python_version()}. Best of alternating runs.")
        print(f"CPU time, unless a figure says wall-clock time. Load before the run: {run.load}.")
    for subject in chosen.subjects or SUBJECTS:
        run.subjects[subject] = measure_subject(subject)
        if not chosen.json:
            _print_subject(subject, run.subjects[subject])
    before = last_ratios(run.machine)
    if chosen.record or not chosen.subjects:
        _record(run)
    if chosen.json:
        print(json.dumps(_as_json(run), indent=2))
    else:
        _print_summary(run)
        print(describe_changes(before, run.ratios))
    return int(any(figure.value is None for figure in _figures(run)))


def _record(run: Run) -> None:
    """Store the results and the ratios, and write the documents that show them."""
    store_results(run)
    append_run(run)
    for path in filter(has_figures, DOCUMENTS):
        path.write_text(fill_page(path), encoding="utf-8")


def _figures(run: Run) -> list[Figure]:
    return [figure for measured in run.subjects.values() for figure in measured.figures]


def _print_subject(subject: str, measured: Measured) -> None:
    width = shutil.get_terminal_size().columns
    title = f"{(SUBJECTS | LARGE)[subject]} ({subject}, {measured.seconds:.0f} s)"
    print("\n" + table(title, measured.figures, width), flush=True)


def _print_summary(run: Run) -> None:
    aimed = [figure for figure in _figures(run) if figure.most is not None]
    seconds = sum(measured.seconds for measured in run.subjects.values())
    print(f"\n{sum(bool(figure.met) for figure in aimed)} of {len(aimed)} aims met, in {seconds / 60:.1f} minutes.")
    for figure in (figure for figure in _figures(run) if figure.met is False):
        print(f"  missed: {figure.name.strip()}: {figure.measured}, aim {figure.aim}")


def _as_json(run: Run) -> dict[str, object]:
    machine = f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores"
    return {
        "machine": machine,
        "processor": run.machine,
        "versions": run.versions,
        "seconds": {subject: measured.seconds for subject, measured in run.subjects.items()},
        "figures": [
            {"subject": subject} | figure.as_json()
            for subject, measured in run.subjects.items()
            for figure in measured.figures
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
