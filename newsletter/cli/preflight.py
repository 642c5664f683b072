"""`newsletter preflight`: check everything that must be right before an issue is sent."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.arguments import issue_argument

if TYPE_CHECKING:
    from newsletter.preflight.diagnosis import Diagnosis
    from newsletter.preflight.run import PreflightReport

# The states as they are printed, with their colours.
_WORDS = {
    "good": ("pass", "green"),
    "note": ("note", "cyan"),
    "warning": ("warning", "yellow"),
    "error": ("error", "red"),
}


@click.command(epilog="Examples: newsletter preflight 029; newsletter preflight 029 --to tag:beta --json")
@issue_argument
@click.option("--to", "audience", metavar="FILTER", default="", help="Check the audience that matches this filter.")
@click.option("--offline", is_flag=True, help="Request nothing from the network.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@click.pass_context
def preflight(ctx: click.Context, issue: str | None, audience: str, offline: bool, as_json: bool) -> None:
    """Run the checks that must pass before an issue is sent.

    Checks settings, unsubscribing, the issue and its message, its images and web pages, the audience, and the test
    send, as `newsletter send` does. Exits with 1 if there is an error. ISSUE is a slug, a number or a path. The default
    is the newest issue.
    """
    from newsletter.campaign.preparation import Preparation
    from newsletter.preflight.run import run_preflight
    from newsletter.workspace.open_database import open_database
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    with open_database(workspace) as database:
        preparation = Preparation(workspace, database)
        document = workspace.issue(issue)
        candidate = preparation.candidate(document, preparation.compose(document), audience, offline=offline)
        report = run_preflight(candidate)
    if as_json:
        import json

        results = [_as_object(diagnosis) for diagnosis in report.diagnoses]
        click.echo(json.dumps({"issue": document.slug, "results": results}, ensure_ascii=False, indent=2))
    else:
        print_report(document.slug, report)
    ctx.exit(int(report.failed))


def print_report(slug: str, report: "PreflightReport") -> None:
    """Print a report to stderr: one line for each result, its advice and problems, and the counts."""
    from newsletter.cli.terminal import escape_controls, format_problem, print_status
    from newsletter.preflight.diagnosis import DiagnosisState

    print_status(f"Preflight of {slug}:")
    for diagnosis in report.diagnoses:
        word, colour = _WORDS[diagnosis.state.value]
        click.echo(
            f"  {click.style(f'{word:<8}', fg=colour)} {diagnosis.about}: {escape_controls(diagnosis.message)}",
            err=True,
        )
        if diagnosis.advice:
            print_status(f"           {diagnosis.advice}")
        for problem in diagnosis.problems:
            click.echo("", err=True)
            click.echo(format_problem(problem).rstrip("\n"), err=True)
        if diagnosis.problems:
            click.echo("", err=True)
    counts = [
        f"{number} {noun}{'' if number == 1 else 's'}"
        for state, noun in ((DiagnosisState.ERROR, "error"), (DiagnosisState.WARNING, "warning"))
        if (number := report.count(state))
    ]
    print_status(f"{', '.join(counts)}." if counts else "Everything passed.")


def _as_object(diagnosis: "Diagnosis") -> dict[str, object]:
    return {
        "about": diagnosis.about,
        "state": _WORDS[diagnosis.state.value][0],
        "message": diagnosis.message,
        "advice": diagnosis.advice,
        "problems": [
            {
                "file": problem.file,
                "line": problem.line,
                "column": problem.column,
                "severity": problem.severity.value,
                "rule": problem.rule,
                "message": problem.message,
                "advice": problem.advice,
            }
            for problem in diagnosis.problems
        ],
    }
