"""Print messages, errors with their source lines, and counts."""

import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterable

import click
from rich.cells import cell_len

from newsletter.errors import DocumentError, NewsletterError, Problem, Severity

_EXCERPT = 100
_UNLIMITED = 10_000
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFORMATION: "cyan"}


def print_status(message: str) -> None:
    """Print a message to stderr."""
    click.echo(escape_controls(message), err=True)


def terminal_width() -> int:
    """Return the columns of the terminal that standard output is, or so many that everything fits if it is none."""
    return shutil.get_terminal_size().columns if sys.stdout and sys.stdout.isatty() else _UNLIMITED


def print_wrapped(text: str, before: str = "") -> None:
    """Print sentences, wrapped at words if standard output is a terminal.

    Args:
        text: The sentences.
        before: What comes before them, with its style.
    """
    indent = " " * len(click.unstyle(before))
    shown = escape_controls(text)
    if (width := terminal_width()) < _UNLIMITED:
        shown = textwrap.fill(
            indent + shown,
            max(width, 20),
            subsequent_indent=" " * min(len(indent), 4),
            break_on_hyphens=False,
            break_long_words=False,
            drop_whitespace=True,
        ).removeprefix(indent)
    click.echo(before + shown)


def print_interruption(message: str) -> None:
    """Print a message in response to Ctrl-C. It starts on its own line, since terminals show `^C` before it."""
    if sys.stderr and sys.stderr.isatty():
        click.echo(err=True)
    print_status(message)


def require_yes(question: str) -> None:
    """Ask a question on stderr.

    Raises:
        click.Abort: the answer is no, or there is none. The message of an Abort starts on its own line.
    """
    try:
        confirmed = click.confirm(question, err=True)
    except click.Abort:
        click.echo(err=True)
        if not sys.stdin.isatty() and _can_be_confirmed():
            print_status("Nothing was changed, because there was no answer. To confirm, add --yes.")
        raise
    if not confirmed:
        raise click.Abort


def _can_be_confirmed() -> bool:
    """Return whether the command that is running has the option `--yes`."""
    context = click.get_current_context(silent=True)
    return context is not None and any("--yes" in parameter.opts for parameter in context.command.params)


def print_error(error: NewsletterError) -> None:
    """Print an error to stderr: each of its problems with its line, or its message and advice."""
    if isinstance(error, DocumentError):
        for problem in error.problems:
            click.echo(format_problem(problem), err=True)
        print_status(f"{count_by_severity(error.problems)}.")
        return
    click.echo(click.style("Error: ", fg="red", bold=True) + escape_controls(error.message), err=True)
    if error.advice:
        print_status(error.advice)


def format_problem(problem: Problem) -> str:
    """Return a problem as text: location and message, the line with a caret, the advice, then its rule and path."""
    colour = _COLOURS[problem.severity]
    place = click.style(f"{problem.file}:{problem.line}:{problem.column}:", bold=True)
    lines = [f"{place} {click.style(problem.severity.value + ':', fg=colour)} {escape_controls(problem.message)}"]
    if problem.source.strip():
        excerpt, column = _excerpt(problem.source, problem.column - 1)
        gutter = f"{problem.line:>6} │ "
        lines.append(click.style(gutter, dim=True) + excerpt)
        lines.append(
            click.style(" " * 6 + " │ ", dim=True)
            + " " * cell_len(excerpt[:column])
            + click.style("^", fg=colour, bold=True)
        )
    if problem.advice:
        lines.append(click.style("       = ", dim=True) + escape_controls(problem.advice))
    rule = f"[{problem.rule}]" if problem.rule else ""
    if origin := " ".join(part for part in (rule, escape_controls(problem.path)) if part):
        lines.append(" " * 7 + click.style(origin, dim=True))
    return "\n".join(lines) + "\n"


def format_diff(name: str, before: str, after: str) -> str:
    """Return the difference between two texts of a file in the unified format."""
    import difflib

    lines = difflib.unified_diff(before.split("\n"), after.split("\n"), name, name, lineterm="")
    colours = {"-": "red", "+": "green"}
    shown = ((line[:1], escape_controls(line.removesuffix("\r"))) for line in lines)
    return "\n".join(click.style(line, fg=colours.get(mark)) for mark, line in shown)


def count_by_severity(problems: Iterable[Problem]) -> str:
    """Count problems by severity: `2 errors, 1 warning`. Returns "" if there are none."""
    severities = [problem.severity for problem in problems]
    parts = []
    for severity in Severity:
        if count := severities.count(severity):
            plural = "" if count == 1 or severity is Severity.INFORMATION else "s"
            parts.append(f"{count:,} {severity.value}{plural}")
    return ", ".join(parts)


def escape_controls(text: str) -> str:
    """Replace characters that could control a terminal or reverse the direction of text."""
    return "".join(
        c
        if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") or c == "\u200d"
        else "\ufffd"
        for c in text
    )


def _excerpt(source: str, column: int) -> tuple[str, int]:
    """Return the part of a line around a column, and the position of the column in that part."""
    begin = max(0, min(column - _EXCERPT // 2, len(source) - _EXCERPT))
    cut = escape_controls(source[begin : begin + _EXCERPT].replace("\t", " "))
    before = "…" if begin else ""
    after = "…" if begin + _EXCERPT < len(source) else ""
    return before + cut + after, min(column - begin, len(cut)) + len(before)
