"""Formats findings as annotations in GitHub Actions.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions describes the commands. The escapes are
those of `packages/core/src/command.ts` in actions/toolkit: `%` and line ends; in properties also `:` and `,`.
"""

from newsletter.errors import Problem, Severity

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = {**_DATA, ord(":"): "%3A", ord(","): "%2C"}


def github_annotation(problem: Problem) -> str:
    """Return the workflow command that shows a finding at its line."""
    location = {
        "file": problem.file,
        "line": str(problem.line),
        "col": str(problem.column),
        "title": problem.rule,
    }
    properties = ",".join(f"{name}={value.translate(_PROPERTY)}" for name, value in location.items() if value)
    message = f"{problem.message}\n{problem.advice}".rstrip()
    return f"::{_COMMANDS[problem.severity]} {properties}::{message.translate(_DATA)}"
