"""The bad and the good case of every rule: tests, and the examples of docs/checks.md.

They stand in `cases/SUBJECT.yaml`, a file for each thing that rules look at, by the rule's id:

- `bad`: a part of a file in which the rule finds something on `line`, and nowhere else.
- `good`: the same, corrected; the rule finds nothing there.
- `earlier`: where the rule compares, a part of the issue of the week before.

A part is completed from `REST`, whose keys are set after its own, so that its lines keep their
numbers. How a part of a kind is checked is said in `CHECKED`: a kind of case that is no part of a
file adds its own there.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from newsletter.checks.catalogue import catalogue
from tests.conftest import Run

FOLDER = Path(__file__).parent / "cases"
REST = {
    "issue": {
        "title": "The Weekly Lens — Issue 9",
        "date": "2024-05-12",
        "status": "published",
        "sections": {"other": [{"title": "Polish", "url": "https://example.org/polish", "comment": "A short text."}]},
    },
    "earlier": {
        "title": "The Weekly Lens — Issue 8",
        "date": "2024-05-05",
        "status": "published",
        "sections": {"other": [{"title": "Sand", "url": "https://example.org/sand", "comment": "A short text."}]},
    },
    "publication": {
        "name": "The Weekly Lens",
        "site_url": "https://lens.example.org/",
        "from": {"email": "lens@example.org"},
        "postal_address": "1 Example Street",
    },
}


@dataclass(frozen=True)
class Case:
    """A rule's case."""

    rule: str
    subject: str
    line: int
    bad: str
    good: str
    earlier: str = ""


def cases() -> dict[str, Case]:
    """Every case by its rule's id."""
    found = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        for rule, parts in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            found[rule] = Case(rule, path.stem, **parts)
    return found


def lines_found(case: Case, part: str, run: Run, folder: Path) -> list[int]:
    """The lines on which the case's rule finds something in a part."""
    problems = CHECKED[case.subject](case, part, run, folder)
    return [problem["line"] for problem in problems if problem["rule"] == case.rule]


def _checked_issue(case: Case, part: str, run: Run, folder: Path) -> list[dict[str, Any]]:
    _write(folder, "publication", "")
    _write(folder, "issue", part)
    if case.earlier:
        _write(folder, "earlier", case.earlier)
    found = json.loads(run("check", "issue", "--json").stdout)
    return [problem for problem in found if problem["file"] == "issues/issue.yaml"]


def _checked_publication(case: Case, part: str, run: Run, folder: Path) -> list[dict[str, Any]]:
    _write(folder, "publication", part)
    _write(folder, "issue", "")
    found = json.loads(run("check", "--json").stdout)
    return [problem for problem in found if problem["file"] == "newsletter.yaml"]


CHECKED: dict[str, Callable[[Case, str, Run, Path], list[dict[str, Any]]]] = {
    "issue": _checked_issue,
    "publication": _checked_publication,
}


def _write(folder: Path, kind: str, part: str) -> None:
    said = yaml.safe_load(part) or {}
    rest = {key: value for key, value in REST[kind].items() if key not in said}
    path = folder / ("newsletter.yaml" if kind == "publication" else f"issues/{kind}.yaml")
    path.parent.mkdir(exist_ok=True)
    path.write_text(part + yaml.safe_dump(rest, allow_unicode=True, sort_keys=False), encoding="utf-8")


def missing() -> set[str]:
    """The rules that have no case, and the cases that have no rule."""
    return cases().keys() ^ catalogue().keys()
