"""Warn of links in sent mail that break; `newsletter build` and `newsletter publish` use it."""

from pathlib import Path


def warn_of_sent_slugs(root: Path, names: frozenset[str]) -> None:
    """Warn of issues that were sent, and were renamed or deleted since."""
    from newsletter.campaign.sent_slugs_cache import read_sent_slugs
    from newsletter.cli.terminal import print_status
    from newsletter.errors import NewsletterError
    from newsletter.ledger.sent_slugs import slugs_without_issue
    from newsletter.text.timestamps import day

    try:
        missing = slugs_without_issue(read_sent_slugs(root), names)
    except NewsletterError as error:
        print_status(f"The links in sent mail were not checked: {error.message}. {error.advice}")
        return
    for sent in missing:
        print_status(
            f"{sent.slug} was sent on {day(sent.sent_at)}, but no issue has this slug now, so links in that mail will"
            f" break. Add `aliases: [{sent.slug}]` to the issue that replaced it."
        )
