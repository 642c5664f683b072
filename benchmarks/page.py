"""`docs/performance.md` and other documents, with the stored results between their markers.

`<!-- figures SUBJECT... -->` begins the tables of subjects, `<!-- runs -->` the table of runs, `<!-- aims -->` that of
all aims, and `<!-- figure KEY -->` one value in a sentence. `<!-- end -->` ends each. The rest is prose.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.clock import ROOT
from benchmarks.figures import Figure
from benchmarks.results import Run, make_key, read_results
from benchmarks.subjects import LARGE, SUBJECTS

PAGE = ROOT / "docs/performance.md"
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
_MARKED = re.compile(r"(<!-- (runs|aims|figures|figure)(?: ([^>]*?))? -->)(.*?)(<!-- end -->)", re.DOTALL)
# The load of a machine from which wall-clock times depend on other programs.
LOADED = 1
_WORDS = {True: "met", False: "**missed**", None: ""}


class UnknownFigureError(Exception):
    """A document shows a figure that is not stored."""


def fill_page(path: Path, runs: Sequence[Run] | None = None) -> str:
    """Return the text of a document with the tables and values of the stored results.

    Args:
        path: The document.
        runs: The results, or None for the stored ones.

    Raises:
        UnknownFigureError: A marker names a figure that is not stored.
    """
    used = read_results() if runs is None else runs

    def fill(match: re.Match[str]) -> str:
        begin, kind, names, present, end = match.groups()
        if kind == "figure":
            return f"{begin}{_find_value(used, names, present)}{end}"
        lines = (
            {"runs": _table_of_runs, "aims": _table_of_aims}[kind](used) if kind != "figures" else _tables(used, names)
        )
        return "\n".join([begin, *lines, end])

    return _MARKED.sub(fill, path.read_text(encoding="utf-8"))


def has_figures(path: Path) -> bool:
    """Return whether a document has markers for figures."""
    return bool(_MARKED.search(path.read_text(encoding="utf-8")))


def marked_subjects(path: Path = PAGE) -> list[str]:
    """Return the subjects whose tables a document has."""
    return [
        name
        for _, kind, names, _, _ in _MARKED.findall(path.read_text(encoding="utf-8"))
        if kind == "figures"
        for name in names.split()
    ]


def _table_of_runs(runs: Sequence[Run]) -> Iterator[str]:
    yield "| date | commit | machine | load before | measured | minutes |"
    yield "|---|---|---|---|---|---|"
    for run in runs:
        minutes = sum(measured.seconds for measured in run.subjects.values()) / 60
        names = (
            "all subjects" if set(SUBJECTS) <= set(run.subjects) else ", ".join(f"`{name}`" for name in run.subjects)
        )
        yield f"| {run.date} | `{run.commit}` | {run.machine}; {run.system} | {run.load} | {names} | {minutes:.1f} |"
    if not runs:
        return
    if any(run.load >= LOADED for run in runs):
        yield ""
        yield "*Other programs ran during a run whose load before is 1 or more. Its wall-clock times, and ratios"
        yield "of them, are worse than on an idle machine.*"
    yield ""
    yield "Versions: " + ", ".join(f"{name} {version}" for name, version in runs[-1].versions.items()) + "."


def _table_of_aims(runs: Sequence[Run]) -> Iterator[str]:
    found = {subject: measured.figures for run in runs for subject, measured in run.subjects.items()}
    figures = [(subject, figure) for subject in SUBJECTS | LARGE for figure in found.get(subject, ())]
    aimed = [figure for _, figure in figures if figure.most is not None]
    yield f"{sum(bool(figure.met) for figure in aimed)} of {len(aimed)} aims are met."
    yield ""
    yield "| what | measured | aim | | `.venv/bin/python -m benchmarks` |"
    yield "|---|---|---|---|---|"
    for subject, figure in figures:
        if figure.most is not None or figure.value is None:
            yield _row(figure, f"`{subject}`")


def _tables(runs: Sequence[Run], names: str) -> Iterator[str]:
    for subject in names.split():
        run = next((run for run in runs if subject in run.subjects), None)
        heading = f"**{(SUBJECTS | LARGE)[subject]}.** `.venv/bin/python -m benchmarks {subject}`"
        yield ""
        if run is None:
            yield f"{heading}: not measured yet"
            continue
        measured = run.subjects[subject]
        yield f"{heading}, {measured.seconds:.0f} s"
        yield ""
        yield "| what | measured | aim | | remark |"
        yield "|---|---|---|---|---|"
        for figure in measured.figures:
            yield _row(figure, _escape(figure.note))
    yield ""


def _find_value(runs: Sequence[Run], key: str, present: str) -> str:
    """Return a stored value, or the present one if its subject was not measured yet.

    Raises:
        UnknownFigureError: The subject has no such figure.
    """
    subject = key.partition(":")[0]
    if subject in SUBJECTS | LARGE and not any(subject in run.subjects for run in runs):
        return present
    for run in runs:
        for figure in run.subjects[subject].figures if subject in run.subjects else ():
            if make_key(subject, figure) == key:
                return _escape(figure.measured)
    raise UnknownFigureError(f"no stored figure has the key {key!r}")


def _row(figure: Figure, last: str) -> str:
    """Return the row of a figure in a table, whose last cell is Markdown."""
    # Spaces in values do not break.
    values = (_escape(text).replace(" ", "\N{NO-BREAK SPACE}") for text in (figure.measured, figure.aim))
    return "| " + " | ".join([_escape(figure.name.strip()), *values, _WORDS[figure.met], last]) + " |"


def _escape(text: str) -> str:
    """Return a text as Markdown in a cell of a table, with the signs for printing."""
    signs = re.sub(r"(?<=\d) x\b", " ×", text).replace("<=", "≤")
    return re.sub(r"([|_*`<])", r"\\\1", signs)
