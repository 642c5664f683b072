"""Renders a draft whatever is missing or not valid in it, and collects what must be fixed."""

from dataclasses import dataclass
from pathlib import Path

from newsletter.dashboard.issue_preview import RenderedOutputs, render_outputs
from newsletter.dashboard.placeholders import FilledDraft, fill_gaps, without_images
from newsletter.dashboard.readable_yaml import readable_part
from newsletter.documents.paths import Steps, drop_blank_entries
from newsletter.documents.source import Source
from newsletter.errors import DocumentError, ImageError, NewsletterError, Problem
from newsletter.issue.draft_document import DraftDocument, draft_from_tree
from newsletter.issue.issue_file import parse_issue
from newsletter.issue.slugs import slug_from_path
from newsletter.render.renderer import Renderer


@dataclass(frozen=True)
class RenderedDraft:
    """A rendered draft.

    Attributes:
        draft: The draft, as far as its text can be parsed.
        outputs: The outputs, with placeholders for what is missing, or None if they cannot be rendered.
        error: What must be fixed, or None.
        empty: Whether the draft has no entries. That is not an error yet.
    """

    draft: DraftDocument
    outputs: RenderedOutputs | None
    error: NewsletterError | None
    empty: bool = False


def render_draft(renderer: Renderer, source: Source, path: Path) -> RenderedDraft:
    """Render the text of an issue's file.

    Raises:
        SlugError: The file's name is not a valid slug.
    """
    declared = renderer.workspace.publication.section_keys
    readable, root, syntax_error = readable_part(source)
    drop_blank_entries(root)
    draft = DraftDocument(readable, root, slug_from_path(path), path, draft_from_tree(root))
    problems: tuple[Problem, ...] = ()
    if syntax_error:
        problems = syntax_error.problems
    else:
        try:
            return RenderedDraft(draft, render_outputs(renderer, parse_issue(source, path, declared)), None)
        except DocumentError as error:
            problems = error.problems
        except NewsletterError as error:
            return RenderedDraft(draft, None, error)
    filled = fill_gaps(draft, renderer.workspace.labels_in, declared)
    try:
        filled, image_problems = _without_broken_images(renderer, filled)
        outputs = render_outputs(renderer, filled.document)
    except NewsletterError as error:
        return RenderedDraft(draft, None, error)
    if filled.empty and not syntax_error:
        # That it has no entries yet is shown as the next step.
        problems = tuple(problem for problem in problems if problem.path and not problem.path.startswith("sections"))
    found = dict.fromkeys((*problems, *image_problems))
    return RenderedDraft(draft, outputs, DocumentError(found) if found else None, filled.empty)


def _without_broken_images(renderer: Renderer, filled: FilledDraft) -> tuple[FilledDraft, tuple[Problem, ...]]:
    """Return a draft whose images can all be shown, and the problems of those that cannot."""
    problems = renderer.image_problems(filled.document)
    missing: dict[Steps, str] = {}
    for steps, address in filled.document.images() if problems else ():
        try:
            renderer.images.picture(address, filled.document.path.parent)
        except ImageError:
            missing[steps] = address
    return without_images(filled, missing), problems
