"""Renders and stages pages, in any process. An error names its page."""

from collections.abc import Callable
from pathlib import Path

from newsletter.archive.issue_pages import IssuePages, IssueTask, StagedIssue
from newsletter.archive.output_folder import stage
from newsletter.archive.tag_pages import TagPage, tag_page
from newsletter.errors import AccessError, NewsletterError, TemplateError


def stage_issue(staged: Path, pages: IssuePages, task: IssueTask) -> StagedIssue | NewsletterError:
    """Render and stage the files of an issue. Returns the error if the issue is invalid.

    Raises:
        AccessError: The files cannot be written, for example because the disk is full. This stops the whole build.
    """
    try:
        return pages.make(task, staged)
    except AccessError:
        raise
    except TemplateError as error:
        return TemplateError(f"{task.path.name}: {error.message}", error.advice)
    except NewsletterError as error:
        return error


def list_images(pages: IssuePages, path: Path) -> tuple[Path, ...]:
    """Return the files of the images of an issue. Returns none if the issue is invalid, which `stage_issue` reports."""
    try:
        return pages.image_files(path)
    except NewsletterError:
        return ()


def stage_tag(staged: Path, pages: IssuePages, page: TagPage) -> str:
    """Render and stage the page of a tag. Returns its SHA-256.

    Raises:
        AccessError: The page cannot be written.
        TemplateError: Its template fails.
    """
    return stage_page(staged, page.path, lambda: tag_page(pages, page))


def stage_page(staged: Path, path: str, make: Callable[[], bytes]) -> str:
    """Render and stage a page. Returns its SHA-256.

    Raises:
        AccessError: The page cannot be written.
        TemplateError: Its template fails.
    """
    try:
        return stage(staged, path, make())
    except TemplateError as error:
        raise TemplateError(f"{path}: {error.message}", error.advice) from error
