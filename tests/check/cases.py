"""The bad and the good case of every rule: tests, and the examples of docs/checks.md.

They stand in `cases/SUBJECT.yaml`, a file for each thing that rules look at, by the rule's id:

- `bad`: a part of a file in which the rule finds something on `line`, and nowhere else.
- `good`: the same, corrected; the rule finds nothing there.
- `earlier`: where the rule compares, a part of the issue of the week before.
- `in`: where the fault is of an email's template, its name; the part stands there above the issue's
  title or at the end of a style sheet, or in place of what it `replaces`. In `email.html` and in
  `subject` stands what no template can break, and only the rule can see; so it does in the finished
  `message` (filled as a template is) and in what SpamAssassin says of it (`spam`). In
  `newsletter.yaml` stands a part of that file.

A part is completed from `REST`, whose keys are set after its own, so that its lines keep their
numbers. How a part of a kind is checked is said in `CHECKED`: a kind of case that is no part of a
file adds its own there.
- `answers`: what URLs answer; those that are not named answer with an empty page.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Template
from PIL import Image

from newsletter.check.apply_rules import apply_rules
from newsletter.check.registry import rules_by_id
from newsletter.check.rules import message
from newsletter.check.rules.email import SETS
from newsletter.check.rules.email.rendered_email import render_for_rules
from newsletter.check.rules.message.finished_message import FinishedMessage
from newsletter.check.runner import Checker
from newsletter.check.spamassassin import parse_spam_score
from newsletter.errors import FetchError
from newsletter.http.http_response import HttpResponse, Redirect
from newsletter.mail.issue_mail import EXAMPLE, head_of
from newsletter.mail.message import compose
from newsletter.render.renderer import Renderer
from newsletter.workspace.workspace import Workspace
from tests.conftest import REPOSITORY, Run

NOON = datetime(2024, 5, 12, 12, tzinfo=UTC)
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
    template: str = ""
    replaces: str = ""
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def cases() -> dict[str, Case]:
    """Every case by its rule's id."""
    found = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        for rule, parts in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            template = parts.pop("in", "")
            found[rule] = Case(rule, path.stem, template=template, **parts)
    return found


def lines_found(case: Case, part: str, run: Run, folder: Path) -> list[int]:
    """The lines on which the case's rule finds something in a part."""
    problems = CHECKED[case.subject](case, part, run, folder)
    return [problem["line"] for problem in problems if problem["rule"] == case.rule]


def _checked_issue(case: Case, part: str, run: Run, folder: Path) -> list[dict[str, Any]]:
    _write(folder, "publication", "")
    _write(folder, "issue", part)
    _draw(folder, part)
    if case.earlier:
        _write(folder, "earlier", case.earlier)
    found = json.loads(run("check", "issue", "--json").stdout)
    return [problem for problem in found if problem["file"] == "issues/issue.yaml"]


def _checked_publication(case: Case, part: str, run: Run, folder: Path) -> list[dict[str, Any]]:
    _write(folder, "publication", part)
    _write(folder, "issue", "")
    found = json.loads(run("check", "--json").stdout)
    return [problem for problem in found if problem["file"] == "newsletter.yaml"]


def _checked_email(case: Case, part: str, run: Run, folder: Path) -> list[dict[str, Any]]:
    if not case.template:
        return _checked_issue(case, part, run, folder)
    if case.template in ("email.html", "subject"):
        return _checked_page(case, part, folder)
    text = (REPOSITORY / "templates" / case.template).read_text(encoding="utf-8")
    (folder / "templates").mkdir(exist_ok=True)
    (folder / "templates" / case.template).write_text(_filled(case, part, text), encoding="utf-8")
    return _checked_issue(case, "", run, folder)


def _checked_page(case: Case, part: str, folder: Path) -> list[dict[str, Any]]:
    """What the rule finds in a page that no template makes."""
    _write(folder, "publication", "")
    _write(folder, "issue", "")
    workspace = Workspace(folder)
    email = render_for_rules(Renderer(workspace), workspace.issue("issue"))
    if case.template == "subject":
        email = replace(email, view=replace(email.view, subject=part))
    else:
        email = replace(email, html=_filled(case, part, email.html))
    found = [problem for rules in SETS for problem in apply_rules(rules, email, email.document, ())]
    return [asdict(problem) for problem in found]


def _checked_message(case: Case, part: str, run: Run, folder: Path) -> list[dict[str, Any]]:
    """What the rules find in a message that is changed after it was composed."""
    if case.template not in ("message", "spam", "newsletter.yaml"):
        return _checked_email(case, part, run, folder)
    _write(folder, "publication", part if case.template == "newsletter.yaml" else "")
    _write(folder, "issue", "")
    workspace = Workspace(folder)
    document = workspace.issue("issue")
    email = render_for_rules(Renderer(workspace), document)
    content = (
        compose(email.html, email.text, head_of(workspace.publication, document, NOON), [b"key"]).to(EXAMPLE).content
    )
    if case.template == "message":
        text = _filled(case, Template(part).render(), content.decode().replace("\r\n", "\n"))
        content = text.replace("\n", "\r\n").encode()
    finished = FinishedMessage(content, parse_spam_score(part.strip()) if case.template == "spam" else None)
    found = [problem for rules in message.SETS for problem in apply_rules(rules, finished, document, ())]
    return [asdict(problem) for problem in found]


def _checked_answers(case: Case, part: str, run: Run, folder: Path) -> list[dict[str, Any]]:
    """What the rules find where URLs answer as the case says."""
    _write(folder, "publication", "")
    _write(folder, "issue", part)

    def ask(urls: list[str]) -> dict[str, HttpResponse | FetchError]:
        return {url: _answer(url, case.answers.get(url, {})) for url in urls}

    return [asdict(problem) for problem in Checker(Renderer(Workspace(folder)), (), ask).issue("issue").problems]


def _answer(url: str, said: Mapping[str, Any]) -> HttpResponse:
    hops = tuple(Redirect(status, to) for status, to in said.get("redirects", ()))
    final, status, kind = hops[-1].url if hops else url, said.get("status", 200), said.get("type", "")
    return HttpResponse(url, final, status, kind, b"", said.get("size"), said.get("seconds", 0.1), hops)


def _filled(case: Case, part: str, text: str) -> str:
    """A template with a part of a case in it."""
    if case.template.endswith(".css"):
        return text + part
    if case.template.endswith(".txt") and not case.replaces:
        return part
    if not case.replaces:
        return text.replace("<h1", f"{part}<h1", 1)
    assert case.replaces.strip() in text
    return text.replace(case.replaces.strip(), part.rstrip())


CHECKED: dict[str, Callable[[Case, str, Run, Path], list[dict[str, Any]]]] = {
    "issue": _checked_issue,
    "publication": _checked_publication,
    "email": _checked_email,
    "message": _checked_message,
    "medium": _checked_issue,
    "network": _checked_answers,
}


def _write(folder: Path, kind: str, part: str) -> None:
    said = yaml.safe_load(part) or {}
    rest = {key: value for key, value in REST[kind].items() if key not in said}
    path = folder / ("newsletter.yaml" if kind == "publication" else f"issues/{kind}.yaml")
    path.parent.mkdir(exist_ok=True)
    path.write_text(part + yaml.safe_dump(rest, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _draw(folder: Path, part: str) -> None:
    """The figures that a part names after what they show and how wide they are."""
    for name, kind, width in re.findall(r"images/((noise|plain)-(\d+)\.png)", part):
        size = (int(width), int(width))
        image = Image.effect_noise(size, 200).convert("RGB") if kind == "noise" else Image.new("RGB", size, "#b4430f")
        (folder / "issues/images").mkdir(exist_ok=True)
        image.save(folder / "issues/images" / name)


def missing() -> set[str]:
    """The rules that have no case, and the cases that have no rule."""
    return cases().keys() ^ rules_by_id().keys()
