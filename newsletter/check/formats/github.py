"""Findings as annotations on a commit in GitHub Actions.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions, and for the escapes
`packages/core/src/command.ts` of actions/toolkit: a message escapes `%` and line ends, a property `:` and `,` too.
"""

from newsletter.errors import Problem, Severity

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = {**_DATA, ord(":"): "%3A", ord(","): "%2C"}


def annotation(problem: Problem) -> str:
    """The workflow command that sets a finding beside its line."""
    place = {
        "file": problem.file,
        "line": str(problem.line),
        "col": str(problem.column),
        "title": problem.rule,
    }
    properties = ",".join(f"{name}={value.translate(_PROPERTY)}" for name, value in place.items() if value)
    message = f"{problem.message}\n{problem.advice}".rstrip()
    return f"::{_COMMANDS[problem.severity]} {properties}::{message.translate(_DATA)}"
