"""Property test: each entry of a page is found in its section with all its fields."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, given, settings
from markdown_it import MarkdownIt

from newsletter.importing.export_files import Export
from newsletter.importing.import_issue import IssueImporter
from newsletter.importing.registry import load_source
from newsletter.issue.draft_document import read_draft
from newsletter.publication.section import DEFAULT_SECTIONS
from newsletter.workspace.workspace import Workspace
from tests.importing.page_grammar import Page, pages
from tests.publications import write_publication

UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@cache
def workspace() -> Workspace:
    """Return a publication without issues."""
    return Workspace(write_publication(Path(mkdtemp())))


def check(page: Page, name: str) -> None:
    """Import a page, and compare the result with what the page was made of."""
    text = page.text if name.endswith(".md") else MarkdownIt("commonmark", {"breaks": True}).render(page.text)
    export = Export(name, (name,), lambda _: text.encode())
    (published,) = load_source("medium").pages(export)
    imported = IssueImporter(workspace(), folder=Path(mkdtemp())).import_page(published, alone=True)
    assert imported is not None
    draft = read_draft(imported.path).draft
    found = {
        section: [
            (e.title, e.url, e.source_title, e.image, e.image_credit, plain(e.comment)) for e in draft.sections[section]
        ]
        for section in DEFAULT_SECTIONS
        if draft.sections.get(section)
    }
    expected = {
        section: [(*fields[:-1], plain(fields[-1])) for fields in of] for section, of in page.expected.entries.items()
    }
    assert found == expected
    points = {
        section: [plain(t) for t in draft.highlights[section]]
        for section in DEFAULT_SECTIONS
        if draft.highlights.get(section)
    }
    assert points == {section: list(map(plain, of)) for section, of in page.expected.highlights.items()}
    assert imported.unplaced == ()


def plain(text: str) -> str:
    """Return a text without white space."""
    return "".join(text.split())


@settings(UNTIMED, max_examples=25)
@given(pages())
def test_pages_are_imported(page: Page) -> None:
    """Each field of each entry is the same."""
    check(page, "story.md")


@pytest.mark.slow
@settings(UNTIMED, max_examples=300)
@given(pages())
def test_many_pages_are_imported(page: Page) -> None:
    """The same for 300 pages."""
    check(page, "story.md")


@pytest.mark.slow
@settings(UNTIMED, max_examples=100)
@given(pages())
def test_many_pages_in_html_are_imported(page: Page) -> None:
    """The same for HTML, without the forms that only Markdown has."""
    if "[## " not in page.text:
        check(page, "story.html")
