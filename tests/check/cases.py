"""The bad and the good case of every rule: tests, and the examples in docs/checks.md.

`cases/SUBJECT.yaml` contains the cases for the rules on a subject, by rule id:

- `bad`: a part of a file in which the rule finds something on `line`, and nowhere else.
- `good`: the same part, corrected, in which the rule finds nothing.
- `earlier`: a part of last week's issue, for rules that compare issues.
- `in`: the file that contains the part, if it is not the issue. A template has the part above the issue's title, a
  style sheet at its end, or either instead of what the case `replaces`. `email.html`, `subject` and `message` (rendered
  as a template) are outputs that no template can break. `spam` is the result of SpamAssassin. `newsletter.yaml`
  contains a part of that file.
- `answers`: the responses of URLs. URLs that are not listed respond with an empty page.

A part is completed with the keys of `REST`, which follow its own, so that its lines keep their numbers. `CHECKED`
has the function that checks the cases of each subject.
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
from newsletter.mail.issue_mail import EXAMPLE, issue_head
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
    """A case of a rule."""

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
    """Return all cases by rule id."""
    found = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        for rule, parts in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            template = parts.pop("in", "")
            found[rule] = Case(rule, path.stem, template=template, **parts)
    return found


def lines_found(case: Case, part: str, run: Run, folder: Path) -> list[int]:
    """Return the lines on which the case's rule finds something in a part."""
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
    own = folder / "templates" / case.template
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(_filled(case, part, text), encoding="utf-8")
    return _checked_issue(case, "", run, folder)


def _checked_story(case: Case, part: str, run: Run, folder: Path) -> list[dict[str, Any]]:
    """Return what the rules find in a story, whose issue has an intro if the part is one of a template."""
    if not case.template:
        return _checked_issue(case, part, run, folder)
    text = (REPOSITORY / "templates" / case.template).read_text(encoding="utf-8")
    (folder / "templates").mkdir(exist_ok=True)
    (folder / "templates" / case.template).write_text(_filled(case, part, text), encoding="utf-8")
    return _checked_issue(case, "intro: Welcome back.\n", run, folder)


def _checked_page(case: Case, part: str, folder: Path) -> list[dict[str, Any]]:
    """Return what the rules find in HTML or a subject that no template can produce."""
    _write(folder, "publication", "")
    _write(folder, "issue", "")
    workspace = Workspace(folder)
    email = render_for_rules(Renderer(workspace), workspace.issue("issue"))
    if case.template == "subject":
        email = replace(email, view=email.view._replace(subject=part))
    else:
        email = replace(email, html=_filled(case, part, email.html))
    found = [problem for rules in SETS for problem in apply_rules(rules, email, email.document, ())]
    return [asdict(problem) for problem in found]


def _checked_message(case: Case, part: str, run: Run, folder: Path) -> list[dict[str, Any]]:
    """Return what the rules find in a message that is changed after it was composed."""
    if case.template not in ("message", "spam", "newsletter.yaml"):
        return _checked_email(case, part, run, folder)
    _write(folder, "publication", part if case.template == "newsletter.yaml" else "")
    _write(folder, "issue", "")
    workspace = Workspace(folder)
    document = workspace.issue("issue")
    email = render_for_rules(Renderer(workspace), document)
    content = (
        compose(email.html, email.text, issue_head(workspace.publication, document, NOON), [b"key"]).to(EXAMPLE).content
    )
    if case.template == "message":
        text = _filled(case, Template(part).render(), content.decode().replace("\r\n", "\n"))
        content = text.replace("\n", "\r\n").encode()
    finished = FinishedMessage(content, parse_spam_score(part.strip()) if case.template == "spam" else None)
    found = [problem for rules in message.SETS for problem in apply_rules(rules, finished, document, ())]
    return [asdict(problem) for problem in found]


def _checked_answers(case: Case, part: str, run: Run, folder: Path) -> list[dict[str, Any]]:
    """Return what the rules find if URLs respond as in the case."""
    _write(folder, "publication", "")
    _write(folder, "issue", part)

    def request(urls: list[str]) -> dict[str, HttpResponse | FetchError]:
        return {url: _response(url, case.answers.get(url, {})) for url in urls}

    return [asdict(problem) for problem in Checker(Renderer(Workspace(folder)), (), request).issue("issue").problems]


def _response(url: str, answer: Mapping[str, Any]) -> HttpResponse:
    hops = tuple(Redirect(status, to) for status, to in answer.get("redirects", ()))
    final, status, kind = hops[-1].url if hops else url, answer.get("status", 200), answer.get("type", "")
    return HttpResponse(url, final, status, kind, b"", answer.get("size"), answer.get("seconds", 0.1), hops)


def _filled(case: Case, part: str, text: str) -> str:
    """Return a template with a part of a case in it."""
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
    "medium": _checked_story,
    "network": _checked_answers,
}


def _write(folder: Path, kind: str, part: str) -> None:
    given = yaml.safe_load(part) or {}
    rest = {key: value for key, value in REST[kind].items() if key not in given}
    path = folder / ("newsletter.yaml" if kind == "publication" else f"issues/{kind}.yaml")
    path.parent.mkdir(exist_ok=True)
    path.write_text(part + yaml.safe_dump(rest, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _draw(folder: Path, part: str) -> None:
    """Draw the images in a part, such as `noise-400.png`: its name is the content and the width."""
    for name, kind, width in re.findall(r"images/((noise|plain)-(\d+)\.png)", part):
        size = (int(width), int(width))
        image = Image.effect_noise(size, 200).convert("RGB") if kind == "noise" else Image.new("RGB", size, "#b4430f")
        (folder / "issues/images").mkdir(exist_ok=True)
        image.save(folder / "issues/images" / name)


def missing() -> set[str]:
    """Return the rules without a case and the cases without a rule."""
    return cases().keys() ^ rules_by_id().keys()
