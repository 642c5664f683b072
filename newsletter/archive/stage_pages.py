"""Renders and stages pages, in any process; an error names its page."""

from collections.abc import Callable
from pathlib import Path

from newsletter.archive.issue_pages import IssuePages, IssueTask, StagedIssue
from newsletter.archive.output_folder import stage
from newsletter.archive.tag_pages import TagPage, tag_page
from newsletter.errors import AccessError, NewsletterError, TemplateError


def stage_issue(staged: Path, pages: IssuePages, task: IssueTask) -> StagedIssue | NewsletterError:
    """An issue's files, or why there are none.

    Raises:
        AccessError: they cannot be written, as where the disk is full, which is no fault of the issue's.
    """
    try:
        return pages.make(task, staged)
    except AccessError:
        raise
    except TemplateError as error:
        return TemplateError(f"{task.path.name}: {error.message}", error.advice)
    except NewsletterError as error:
        return error


def stage_tag(staged: Path, pages: IssuePages, page: TagPage) -> str:
    """The SHA-256 of a tag's page.

    Raises:
        AccessError, TemplateError: it cannot be written or made.
    """
    return stage_page(staged, page.path, lambda: tag_page(pages, page))


def stage_page(staged: Path, path: str, make: Callable[[], bytes]) -> str:
    """The SHA-256 of a page that gathers issues.

    Raises:
        AccessError, TemplateError: it cannot be written or made.
    """
    try:
        return stage(staged, path, make())
    except TemplateError as error:
        raise TemplateError(f"{path}: {error.message}", error.advice) from error
