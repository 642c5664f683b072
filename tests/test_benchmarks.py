"""Stored results of benchmarks: the documents that show them, and the history with which a run is compared."""

import json
import platform
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.figures import Figure, table
from benchmarks.history import HISTORY, append_run, describe_changes, last_ratios
from benchmarks.machine import list_versions
from benchmarks.measuring import measure_subject
from benchmarks.page import PAGE, UnknownFigureError, fill_page, marked_subjects
from benchmarks.results import RESULTS, Measured, Run, make_key, read_results, store_results
from benchmarks.subjects import LARGE, SUBJECTS


def make_run(machine: str = "One processor", commit: str = "1234567", **subjects: list[Figure]) -> Run:
    """Return a run with figures by subject."""
    measured = {name: Measured(60, figures) for name, figures in subjects.items()}
    return Run("2026-01-02", commit, machine, "Linux", 0.5, {"Python": "3.11"}, measured)


def ratio(value: float, most: float | None = None) -> list[Figure]:
    """Return one ratio as the figures of a subject."""
    return [Figure("ours / theirs", value, "x", most)]


def fill(path: Path, text: str, *runs: Run) -> str:
    """Return a document with the figures of runs. Its spaces may break."""
    path.write_text(text)
    return fill_page(path, runs).replace("\N{NO-BREAK SPACE}", " ")


def test_the_page_has_the_figures_of_each_subject_once() -> None:
    """The tables of all subjects are on the page, those of `make bench-large` too."""
    assert sorted(marked_subjects(PAGE)) == sorted(SUBJECTS | LARGE)


def test_stored_figures_have_keys_of_their_own() -> None:
    """Two figures of a subject have different names, without the spaces before them."""
    keys = Counter(
        make_key(subject, figure)
        for run in read_results()
        for subject, measured in run.subjects.items()
        for figure in measured.figures
    )
    assert [key for key, count in keys.items() if count > 1] == []


def test_a_table_says_whether_aims_are_met(tmp_path: Path) -> None:
    """With the command that measures it, and the reason if something was not measured."""
    figures = [
        Figure("ours / theirs", 1.5, "x", 2),
        Figure("  memory", 80, "MB", 70),
        Figure("other / theirs", note="`a|b` is missing: set $A_B"),
    ]
    text = fill(tmp_path / "a.md", "<!-- figures startup --><!-- end -->\nProse.\n", make_run(startup=figures))
    assert "`.venv/bin/python -m benchmarks startup`, 60 s" in text
    assert "\n| ours / theirs | 1.50 × | ≤ 2 × | met |  |\n| memory | 80.0 MB | ≤ 70 MB | **missed** |  |\n" in text
    assert "\n| other / theirs | not measured |  |  | \\`a\\|b\\` is missing: set $A\\_B |\n" in text
    assert text.endswith("<!-- end -->\nProse.\n")


def test_a_table_of_all_aims_and_of_runs(tmp_path: Path) -> None:
    """Both list what was measured, when and where."""
    run = make_run(startup=ratio(1.5, 2), cold=ratio(3, 2))
    text = fill(tmp_path / "a.md", "<!-- runs --><!-- end -->\n<!-- aims --><!-- end -->\n", run)
    assert "| 2026-01-02 | `1234567` | One processor; Linux | 0.5 | `startup`, `cold` | 2.0 |" in text
    assert "Versions: Python 3.11." in text
    assert "Other programs ran" not in text
    assert "1 of 2 aims are met." in text
    assert "| ours / theirs | 3.00 × | ≤ 2 × | **missed** | `cold` |" in text


def test_a_loaded_machine_is_mentioned(tmp_path: Path) -> None:
    """Wall-clock times depend on what else runs."""
    text = fill(tmp_path / "a.md", "<!-- runs --><!-- end -->", replace(make_run(startup=ratio(1)), load=3))
    assert "Other programs ran" in text


def test_a_value_in_a_sentence(tmp_path: Path) -> None:
    """It is found by its key, and stays if its subject is not stored. Another key is an error that names it."""
    run = make_run(startup=ratio(1.5))
    filled = fill(tmp_path / "a.md", "It takes <!-- figure startup: ours / theirs -->2<!-- end -->.", run)
    assert filled == "It takes <!-- figure startup: ours / theirs -->1.50 ×<!-- end -->."
    for key in ("startup: theirs", "starting: ours / theirs"):
        with pytest.raises(UnknownFigureError, match=key):
            fill(tmp_path / "a.md", f"<!-- figure {key} --><!-- end -->", run)
    kept = "<!-- figure cold: ours / theirs -->2 ×<!-- end -->"
    assert fill(tmp_path / "a.md", kept, run) == kept


def test_a_subject_without_results_is_named(tmp_path: Path) -> None:
    """The page of a new benchmark can be written before it is measured."""
    assert "not measured yet" in fill(tmp_path / "a.md", "<!-- figures startup --><!-- end -->")


def test_results_of_a_subject_replace_its_earlier_ones(tmp_path: Path) -> None:
    """Other subjects keep theirs, with their run."""
    path = tmp_path / "results.json"
    store_results(make_run(commit="1", startup=ratio(1), cold=ratio(1)), path)
    store_results(make_run(commit="2", cold=ratio(2)), path)
    assert [(run.commit, run.ratios) for run in read_results(path)] == [
        ("1", {"startup: ours / theirs": 1}),
        ("2", {"cold: ours / theirs": 2}),
    ]
    store_results(make_run(commit="3", startup=ratio(3)), path)
    assert [run.commit for run in read_results(path)] == ["2", "3"]


def test_a_run_is_compared_with_the_last_one_on_its_machine(tmp_path: Path) -> None:
    """Each ratio with its last value, even if the last run had other subjects."""
    path = tmp_path / "history.jsonl"
    append_run(make_run(startup=ratio(1), cold=ratio(1), memory=ratio(1)), path)
    append_run(make_run(cold=ratio(2)), path)
    append_run(make_run(machine="Another processor", cold=ratio(9)), path)
    before = last_ratios("One processor", path)
    now = make_run(startup=ratio(1.3), cold=ratio(1.5), memory=ratio(1.14), size=ratio(7)).ratios
    assert describe_changes(before, now).splitlines() == [
        "Worse than the last run on this machine by more than 15%:",
        "  +30 %  startup: ours / theirs: 1.00 x, now 1.30 x",
        "Better than the last run on this machine by more than 15%:",
        "  -25 %  cold: ours / theirs: 2.00 x, now 1.50 x",
    ]
    assert "No ratio changed" in describe_changes(before, before)
    assert "No stored run" in describe_changes(last_ratios("A third processor", path), now)


def test_only_ratios_are_compared(tmp_path: Path) -> None:
    """Times, sizes, and what was not measured are not in the history."""
    path = tmp_path / "history.jsonl"
    append_run(make_run(cold=[Figure("time", 3, "ms"), Figure("a / b"), *ratio(1)]), path)
    assert last_ratios("One processor", path) == {"cold: ours / theirs": 1}


def test_a_subject_that_fails_is_not_measured() -> None:
    """The figure has the error as its note."""
    (figure,) = measure_subject("missing").figures
    assert (figure.value, figure.met) == (None, None)
    assert "benchmarks.missing" in figure.note


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_fits_the_terminal(width: int) -> None:
    """No line of the stored results is wider."""
    for run in read_results():
        for subject, measured in run.subjects.items():
            text = table((SUBJECTS | LARGE)[subject], measured.figures, width)
            assert [line for line in text.splitlines() if len(line) > width] == []


def test_an_unknown_subject_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    """The message names it."""
    with pytest.raises(SystemExit, match="2"):
        main(["nothing"])
    assert "unknown subject: nothing" in capsys.readouterr().err


def test_some_subjects_are_compared_and_not_stored(capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON has the figures with their aims, the seconds, and the versions."""
    stored = RESULTS.read_bytes(), HISTORY.read_bytes(), PAGE.read_bytes()
    assert main(["--json", "size"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["figures"][0]["subject"] == "size"
    assert found["figures"][0]["met"] is True
    assert found["seconds"].keys() == {"size"}
    assert found["versions"]["Python"] == platform.python_version()
    assert (RESULTS.read_bytes(), HISTORY.read_bytes(), PAGE.read_bytes()) == stored


def test_the_exit_status_is_1_if_something_is_not_measured(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table says so, with the reason, and the other subjects are measured."""
    monkeypatch.setitem(SUBJECTS, "missing", "A subject without a module")
    assert main(["missing", "size"]) == 1
    output = capsys.readouterr().out
    assert "not measured" in output
    assert "No module named 'benchmarks.missing'" in output
    assert "1 of 1 aims met" in output


def test_a_missing_program_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are listed."""
    monkeypatch.setenv("HUGO", "/missing/hugo")
    versions = list_versions()
    assert versions["Hugo"] == "missing"
    assert versions["Python"] == platform.python_version()
