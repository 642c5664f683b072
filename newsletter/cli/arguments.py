"""Arguments that several commands take."""

from pathlib import Path

import click
from click.shell_completion import CompletionItem


def _complete_issue(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The slugs of the publication here; reading none of the issues."""
    slugs = sorted((path.stem for path in Path("issues").glob("*.yaml")), reverse=True)
    return [CompletionItem(slug) for slug in slugs if slug.startswith(incomplete)]


issues_argument = click.argument("issues", metavar="[ISSUE]...", nargs=-1, shell_complete=_complete_issue)
