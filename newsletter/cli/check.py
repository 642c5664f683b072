"""`newsletter check`: what is wrong with an issue, each fault at its line."""

from pathlib import Path

import click

from newsletter.cli.arguments import issues_argument


@click.command(epilog="Example: newsletter check 029 issues/030.yaml")
@issues_argument
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def check(ctx: click.Context, issues: tuple[str, ...], as_json: bool) -> None:
    """Say exactly what is wrong with an issue.

    ISSUE is a slug, a number or a path; without one, the newest. Exits 1 if there is an error.
    """
    from newsletter.app.press import Press
    from newsletter.cli.terminal import counted, problem_text, tell, tell_error
    from newsletter.errors import DocumentError, PressError, Problem, Severity

    press = Press(Path())
    findings: list[Problem] = []
    failed = False
    for name in issues or (None,):
        try:
            document = press.issue(name)
            found = press.check(document)
        except DocumentError as error:
            found = list(error.problems)
        except PressError as error:
            tell_error(error)
            failed = True
            continue
        findings += found
        if not found:
            count = sum(1 for _ in document.issue.entries())
            tell(f"{document.source.name}: all is well, {count} {'entry' if count == 1 else 'entries'}.")
    if as_json:
        import json
        from dataclasses import asdict

        click.echo(json.dumps([asdict(problem) for problem in findings], ensure_ascii=False, indent=2))
    else:
        for problem in findings:
            click.echo(problem_text(problem))
    if findings:
        tell(f"{counted(findings)}.")
    ctx.exit(int(failed or any(problem.severity is Severity.ERROR for problem in findings)))
