"""`newsletter check`: check an issue for problems."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.arguments import issues_argument

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from newsletter.check.fix_urls import FixedFile
    from newsletter.check.runner import RequestUrls
    from newsletter.check.spamassassin import ScoreSpam
    from newsletter.documents.source import Source
    from newsletter.errors import NewsletterError, Problem, Severity
    from newsletter.workspace.workspace import Workspace


SUBJECTS = ("issue", "email", "medium")


@click.command(
    epilog="Examples: newsletter check 029 issues/030.yaml; newsletter check --all --strict --format github; "
    "newsletter check 030 --fix; newsletter check --all --fix --online --yes; "
    "newsletter check --all --format junit > report.xml"
)
@issues_argument
@click.option("--all", "whole", is_flag=True, help="Check every issue of the publication.")
@click.option("--strict", is_flag=True, help="Also exit with 1 on warnings.")
@click.option(
    "--only", type=click.Choice(SUBJECTS), multiple=True, show_default="all", help="Check only this part. Repeatable."
)
@click.option(
    "--online", is_flag=True, help="Also request every link and image, and report broken, moved, slow and large ones."
)
@click.option(
    "--allow-private", is_flag=True, help="With --online, also request private addresses such as this machine."
)
@click.option(
    "--fix",
    is_flag=True,
    help="Remove tracking parameters and redirects from URLs. With --online, also write https for http, and the source"
    " for a copy in an archive, where the page responds. Shows the changes and asks first.",
)
@click.option("--yes", is_flag=True, help="With --fix, do not ask for confirmation.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "github", "sarif", "junit")),
    default="text",
    show_default=True,
    help="Print the findings as text, JSON, annotations for GitHub Actions, SARIF 2.1.0, or JUnit XML.",
)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.pass_context
def check(
    ctx: click.Context,
    issues: tuple[str, ...],
    whole: bool,
    strict: bool,
    only: tuple[str, ...],
    online: bool,
    allow_private: bool,
    fix: bool,
    yes: bool,
    form: str,
) -> None:
    """Check an issue for problems.

    ISSUE is a slug, a number or a path. The default is the newest issue. Exits with 1 if there is an error. See
    docs/checks.md for every rule. To ignore a rule on a line, add the comment `# check: ignore=RULE` to that line.
    """
    from newsletter.check.rule import Subject
    from newsletter.check.runner import OFFLINE, Checker, reading_problems
    from newsletter.cli.progress import with_progress
    from newsletter.cli.terminal import count_by_severity, print_error, print_status
    from newsletter.errors import DocumentError, NewsletterError, Problem, Severity
    from newsletter.render.renderer import Renderer
    from newsletter.workspace.workspace import Workspace

    _require_usage(issues, whole, fix=fix, yes=yes)
    fatal = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    try:
        failed = fix and _fix(issues, whole, yes=yes, online=online, allow_private=allow_private)
        workspace = Workspace(Path())
        ask = _asker(workspace, allow_private=allow_private) if online else None
        subjects = tuple(Subject(name) for name in only) or OFFLINE
        # SpamAssassin takes two seconds per issue: too long for an archive with hundreds of issues.
        ask_spam = _spam_asker(workspace) if Subject.EMAIL in subjects and not whole else None
        checker = Checker(Renderer(workspace), subjects, ask, ask_spam)
        findings: list[Problem] = list(checker.publication().problems)
    except DocumentError as error:
        # Nothing can be checked without newsletter.yaml, so its errors are printed as findings.
        _print(form, list(reading_problems(error)), (), (), fatal)
        print_status(f"{count_by_severity(error.problems)}.")
        ctx.exit(1)
    checked: list[str] = []
    errors: list[NewsletterError] = []
    for name in with_progress(_named(workspace, issues, whole), "Checking"):
        try:
            done = checker.issue(name)
        except NewsletterError as error:
            print_error(error)
            errors.append(error)
            continue
        checked.append(done.name)
        findings += done.problems
        if done.failure:
            print_error(done.failure)
            errors.append(done.failure)
        elif not done.problems and not whole:
            entries = f"{done.entries} {'entry' if done.entries == 1 else 'entries'}"
            sponsored = f", {done.sponsored} sponsored" if done.sponsored else ""
            print_status(f"{done.name}: no problems found in {entries}{sponsored}.")
    _print(form, findings, checked, errors, fatal)
    _print_counts(workspace, findings, checked, whole=whole, fix=fix)
    ctx.exit(int(failed or bool(errors) or any(problem.severity in fatal for problem in findings)))


def _print_counts(
    workspace: "Workspace", findings: "list[Problem]", checked: "Sequence[str]", *, whole: bool, fix: bool
) -> None:
    """Print what was not compared, the number of findings, and of a whole archive those of each rule."""
    from newsletter.check.fix_urls import FIXED_OFFLINE
    from newsletter.check.formats.rule_summary import rule_summary
    from newsletter.cli.terminal import count_by_severity, print_status

    if checked:
        _print_skipped((*workspace.issues.errors, *workspace.index.errors), checked)
    if whole:
        for line in rule_summary(findings):
            print_status(line)
    if whole or findings:
        within = f" in {len(checked):,} issues" if len(checked) != 1 else ""
        print_status(f"{count_by_severity(findings) or 'No problems found'}{within}.")
    if not fix and any(problem.rule in FIXED_OFFLINE for problem in findings):
        print_status("Add `--fix` to remove tracking parameters and redirects.")


def _print_skipped(errors: "Iterable[NewsletterError]", checked: "Collection[str]") -> None:
    """Print which issues were not compared with the checked ones because they cannot be read."""
    from newsletter.cli.terminal import print_status
    from newsletter.errors import DocumentError

    files = {
        error.problems[0].file: None
        for error in errors
        if isinstance(error, DocumentError) and error.problems[0].file not in checked
    }
    if files:
        names = ", ".join(Path(file).stem for file in files)
        have = "has" if len(files) == 1 else "have"
        print_status(f"Not compared with {names}, which {have} errors. Run `newsletter check --all`.")
    for error in errors:
        if not isinstance(error, DocumentError):
            print_status(f"Not compared: {error.message}")


def _require_usage(issues: tuple[str, ...], whole: bool, *, fix: bool, yes: bool) -> None:
    if whole and issues:
        raise click.UsageError("--all and ISSUE cannot be used together.")
    if yes and not fix:
        raise click.UsageError("--yes can be used only with --fix.")


def _fix(issues: tuple[str, ...], whole: bool, *, yes: bool, online: bool, allow_private: bool) -> bool:
    """Show and write the fixes of the issues and of `newsletter.yaml`. Returns whether a file could not be fixed.

    Raises:
        click.Abort: the author did not confirm. Nothing is written.
    """
    from functools import partial

    from newsletter.check.fix_urls import UrlFixer
    from newsletter.check.runner import Checker
    from newsletter.cli.terminal import format_diff, print_error, print_status, require_yes
    from newsletter.errors import NewsletterError
    from newsletter.files import display
    from newsletter.render.renderer import Renderer
    from newsletter.workspace.editing import WorkspaceEditor
    from newsletter.workspace.workspace import Workspace

    workspace = Workspace(Path())
    checker = Checker(Renderer(workspace))
    fixer = UrlFixer(workspace, _asker(workspace, allow_private=allow_private) if online else None)
    files = [fixer.publication()]
    for name in _named(workspace, issues, whole):
        try:
            files.append(fixer.issue(checker.find(name)))
        except NewsletterError:
            # The check that follows reports the error.
            continue
    changed = [file for file in {file.path: file for file in files}.values() if file.count]
    if not changed:
        print_status("There is no URL to fix.")
        return False
    for file in changed:
        click.echo(format_diff(display(file.path), file.before.text, file.text), err=True)
    if not yes:
        require_yes(f"Write {'this file' if len(changed) == 1 else f'these {len(changed)} files'}?")
    editor = WorkspaceEditor(workspace)
    failed = False
    for file in changed:
        try:
            editor.edit(file.path, file.before.text, partial(_fixed_text, file))
        except NewsletterError as error:
            print_error(error)
            failed = True
        else:
            print_status(f"Fixed {file.count} {'URL' if file.count == 1 else 'URLs'} in {display(file.path)}.")
    return failed


def _fixed_text(file: "FixedFile", _: "Source") -> str:
    return file.text


def _asker(workspace: "Workspace", *, allow_private: bool) -> "RequestUrls":
    """Return the function that requests URLs and shows its progress."""
    from functools import partial

    from newsletter.check.url_requests import url_requester
    from newsletter.cli.progress import step_progress

    return url_requester(workspace, partial(step_progress, description="Requesting"), allow_private=allow_private)


def _spam_asker(workspace: "Workspace") -> "ScoreSpam | None":
    """Return the function that asks SpamAssassin, or None if it is not installed."""
    import os

    from newsletter.check.spamassassin import spam_scorer
    from newsletter.files import working_path

    return spam_scorer(working_path(workspace.root), os.environ)


def _named(workspace: "Workspace", issues: tuple[str, ...], whole: bool) -> "tuple[str | None, ...]":
    from newsletter.issue.issue_list import issue_files

    return tuple(map(str, issue_files(workspace.issues_folder))) if whole else issues or (None,)


def _print(
    form: str,
    findings: "list[Problem]",
    checked: "Sequence[str]",
    errors: "Sequence[NewsletterError]",
    fatal: "Sequence[Severity]",
) -> None:
    """Print the findings to standard output.

    Args:
        form: the format.
        findings: the findings.
        checked: the checked files.
        errors: errors for which something could not be checked.
        fatal: the severities that make the command exit with 1.
    """
    if form == "json":
        import json
        from dataclasses import asdict

        click.echo(json.dumps([asdict(problem) for problem in findings], ensure_ascii=False, indent=2))
    elif form == "sarif":
        import json

        from newsletter.check.formats.sarif import sarif_log
        from newsletter.check.registry import rules_by_id

        click.echo(json.dumps(sarif_log(findings, rules_by_id()), ensure_ascii=False, indent=2))
    elif form == "junit":
        from newsletter.check.formats.junit import junit_report

        click.echo(junit_report(checked, findings, errors, fatal))
    elif form == "github":
        from newsletter.check.formats.github import github_annotation
        from newsletter.cli.terminal import escape_controls

        for problem in findings:
            click.echo(escape_controls(github_annotation(problem)))
    else:
        from newsletter.cli.terminal import format_problem

        for problem in findings:
            click.echo(format_problem(problem))
