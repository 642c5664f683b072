"""Arguments that several commands share."""

from pathlib import Path

import click
from click.shell_completion import CompletionItem


def _complete_issue(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete slugs of the publication in the current folder or the folder of `-C`, without reading any issue."""
    from newsletter.errors import NotFoundError
    from newsletter.publication.find_publication import find_publication

    folder = Path(context.find_root().params.get("folder") or ".").absolute()
    try:
        issues = find_publication(folder) / "issues"
    except NotFoundError:
        return []
    slugs = sorted((path.stem for path in issues.glob("*.yaml")), reverse=True)
    return [CompletionItem(slug) for slug in slugs if slug.startswith(incomplete)]


def complete_section(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the sections of the publication in the current folder or the folder of `-C`."""
    from newsletter.errors import NewsletterError
    from newsletter.publication.find_publication import find_publication
    from newsletter.publication.publication_file import read_publication

    folder = Path(context.find_root().params.get("folder") or ".").absolute()
    try:
        declared = read_publication(find_publication(folder)).publication.section_keys
    except NewsletterError:
        return []
    return [CompletionItem(key) for key in declared if key.startswith(incomplete)]


issues_argument = click.argument("issues", metavar="[ISSUE]...", nargs=-1, shell_complete=_complete_issue)
issue_argument = click.argument("issue", metavar="[ISSUE]", required=False, shell_complete=_complete_issue)
