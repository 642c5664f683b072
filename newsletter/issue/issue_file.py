"""Reads and validates an issue's file, and locates each of its values for error messages."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from newsletter.documents.located_document import Document, unsupported_markdown_problems
from newsletter.documents.nodes import Mapping
from newsletter.documents.paths import Steps, drop_blank_entries
from newsletter.documents.references import reference_problems
from newsletter.documents.root_mapping import require_mapping
from newsletter.documents.source import Source, read_source
from newsletter.documents.validate import validate
from newsletter.documents.yaml_tree import compose
from newsletter.errors import Problem, Severity
from newsletter.issue.aliases import own_alias_problems
from newsletter.issue.declared_sections import section_problems, without_misplaced_keys
from newsletter.issue.model import Issue
from newsletter.issue.slugs import slug_from_path
from newsletter.publication.section import SectionKeys, sort_sections
from newsletter.text import markdown, tree


@dataclass(frozen=True)
class IssueDocument(Document):
    """An issue with its slug and the file that it was read from."""

    slug: str
    path: Path
    issue: Issue
    declared: SectionKeys

    def texts(self) -> Iterator[tuple[Steps, str]]:
        """Yield every Markdown text with its path in the document."""
        if self.issue.intro:
            yield ("intro",), self.issue.intro
        for section, texts in self.issue.highlights.items():
            for index, text in enumerate(texts):
                yield ("highlights", section, index), text
        for section, index, entry in self.issue.entries():
            yield ("sections", section, index, "comment"), entry.comment
        if self.issue.outro:
            yield ("outro",), self.issue.outro

    def images(self) -> Iterator[tuple[Steps, str]]:
        """Yield every image's path or URL with its path in the document."""
        for section, index, entry in self.issue.entries():
            if entry.image:
                yield ("sections", section, index, "image"), entry.image
        for steps, text in self.texts():
            for child in tree.walk(markdown.parse(text)) if "![" in text else ():
                if isinstance(child, tree.Image):
                    yield steps, child.source

    @property
    def names(self) -> tuple[str, ...]:
        """The slug and the aliases of the issue, under which it may have been sent."""
        return (self.slug, *self.issue.aliases)

    def warnings(self) -> Iterator[Problem]:
        """Yield a warning for each undeclared section, each alternative text or credit without image, and Markdown."""
        yield from section_problems(self.source, self.root, self.declared)
        for section, index, entry in self.issue.entries():
            for name in ("image_alt", "image_credit"):
                if getattr(entry, name) and not entry.image:
                    steps: Steps = ("sections", section, index, name)
                    message = f"`{name}` without an image is not shown"
                    yield self.problem(steps, message, "Add `image: …`, or remove the line.", Severity.WARNING)
        for steps, text in self.texts():
            yield from unsupported_markdown_problems(self, steps, text)


def read_issue(path: Path, declared: SectionKeys) -> IssueDocument:
    """Read an issue from its file.

    Args:
        path: the file.
        declared: the sections that the publication declares, in order.

    Raises:
        NotFoundError, AccessError: the file does not exist or cannot be read.
        SlugError: the file's name is not a valid slug.
        DocumentError: the file has errors; the exception lists all of them.
    """
    return parse_issue(read_source(path), path, declared)


def parse_issue(source: Source, path: Path, declared: SectionKeys) -> IssueDocument:
    """Parse the text of an issue's file.

    Raises:
        SlugError, DocumentError: see `read_issue`.
    """
    slug = slug_from_path(path)
    root = require_mapping(source, compose(source), "title")
    drop_blank_entries(root)
    return validate_issue(source, root, slug, path, declared)


def validate_issue(source: Source, root: Mapping, slug: str, path: Path, declared: SectionKeys) -> IssueDocument:
    """Validate a tree as an issue, and sort its sections. The tree must not have blank entries.

    Raises:
        DocumentError: the file has errors; the exception lists all of them.
    """
    undeclared = [found for found in section_problems(source, root, declared) if found.severity is Severity.ERROR]
    known = [*own_alias_problems(source, root, slug), *reference_problems(source, root), *undeclared]
    issue = validate(source, without_misplaced_keys(root, declared) if undeclared else root, Issue, known)
    ordered = {
        "highlights": sort_sections(issue.highlights, declared),
        "sections": sort_sections(issue.sections, declared),
    }
    return IssueDocument(source, root, slug, path, issue.model_copy(update=ordered), declared)
