"""Arguments that several commands take."""

from pathlib import Path

import click
from click.shell_completion import CompletionItem


def _complete_issue(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The slugs of the publication here, or in the folder of `-C`; none of the issues is read."""
    from newsletter.errors import NotFoundError
    from newsletter.publication.find_publication import find_publication

    folder = Path(context.find_root().params.get("folder") or ".").absolute()
    try:
        issues = find_publication(folder) / "issues"
    except NotFoundError:
        return []
    slugs = sorted((path.stem for path in issues.glob("*.yaml")), reverse=True)
    return [CompletionItem(slug) for slug in slugs if slug.startswith(incomplete)]


issues_argument = click.argument("issues", metavar="[ISSUE]...", nargs=-1, shell_complete=_complete_issue)
issue_argument = click.argument("issue", metavar="[ISSUE]", required=False, shell_complete=_complete_issue)
