"""Imports of what newsletter rendered: intro, outro, sponsors and sources, in each language, and with own sections."""

from pathlib import Path

import pytest

from newsletter.archive.build import build_archive
from newsletter.archive.build_report import BuildOptions
from newsletter.importing.export_files import open_export
from newsletter.importing.import_issue import IssueImporter
from newsletter.importing.registry import load_source
from newsletter.issue.draft import IssueDraft
from newsletter.issue.draft_document import read_draft
from newsletter.issue.model import Issue
from newsletter.render.format import Format
from newsletter.render.renderer import Renderer
from newsletter.text.canonical_url import link_key
from newsletter.workspace.workspace import Workspace
from tests.conftest import REPOSITORY
from tests.publications import PUBLICATION, write_publication

FOOTED = """\
author: An Author
about: About *me*.
links:
  subscribe:
    url: https://lens.example.org/subscribe
    teaser: I publish every week.
"""
OWN = """\
sections:
  tools:
    en: Tools of the trade
    ja: 道具
    zh: 工具箱
  essays: Long reads
"""
ISSUE = """\
title: The Lens — Issue 1
date: 2024-05-05
status: published
language: {language}
subtitle: A week of glass
intro: |
  Welcome *back*, with [a lens](https://shop.example/lens).

  - Sand
  - [Glass](https://a.example/1)

  A short line
highlights:
  {first}:
    - A point on [grinding](https://a.example/1), and [polishing](https://a.example/2).
sections:
  {first}:
    - title: How lenses are ground
      url: https://a.example/1
      sponsored: Acme Lenses
      via: https://news.ycombinator.com/item?id=1
      source_title: The Source
      comment: |
        Words on it.
    - title: 研磨
      url: https://a.example/2
      sponsored: true
      via: A friend
      comment: |
        See [the first](https://a.example/1) again.
  {second}:
    - title: Glass
      url: https://a.example/3
      via: https://b.example/list?a=1
      image: https://i.example/lens.png
      image_alt: A lens
      image_credit: B. Person
      comment: |
        Words.

        And more.
outro: |
  See you **next** week.

  Bye
"""
SECTIONS = {"": ("featured", "papers"), OWN: ("tools", "essays")}
in_each_form = pytest.mark.parametrize(
    ("language", "own", "footer"),
    [(language, own, footer) for language in ("en", "ja", "zh") for own, footer in (("", FOOTED), (OWN, ""))],
)


def prepare(folder: Path, language: str, own: str, footer: str) -> Workspace:
    """Write a publication with one issue."""
    first, second = SECTIONS[own]
    issue = ISSUE.format(language=language, first=first, second=second)
    return Workspace(write_publication(folder, publication=PUBLICATION + own + footer, **{"1": issue}))


def import_again(workspace: Workspace, file: Path, source: str = "medium") -> IssueDraft:
    """Import a rendered file. Everything on the page is placed."""
    (page,) = load_source(source).pages(open_export(str(file)))
    imported = IssueImporter(workspace, folder=file.parent / "imported").import_page(page, alone=True)
    assert imported is not None
    assert (imported.missing, imported.guessed, imported.unplaced) == ((), (), ())
    return read_draft(imported.path).draft


def content(issue: Issue | IssueDraft) -> list[object]:
    """Return what readers see of an issue."""
    return [
        (issue.title, str(issue.date), issue.subtitle, (issue.intro or "").strip(), (issue.outro or "").strip()),
        {section: tuple(point.strip() for point in points) for section, points in issue.highlights.items() if points},
        *(
            (
                *(section, entry.title, entry.url, entry.source_title or "", entry.comment.strip()),
                *("true" if entry.sponsored is True else entry.sponsored or "", entry.via or ""),
                *(entry.image or "", entry.image_alt or "", entry.image_credit or ""),
            )
            for section, _, entry in issue.entries()
        ),
    ]


@in_each_form
@pytest.mark.parametrize("format", [Format.MEDIUM, Format.STORY])
def test_a_story_is_imported_with_all_fields(
    tmp_path: Path, format: Format, language: str, own: str, footer: str
) -> None:
    """A Medium story in Markdown and in HTML."""
    workspace = prepare(tmp_path, language, own, footer)
    document = workspace.issue("1")
    file = tmp_path / format.value
    file.write_text(Renderer(workspace).render(document, (format,)).texts[format], encoding="utf-8")
    assert content(document.issue) == content(import_again(workspace, file))


@in_each_form
def test_an_email_is_imported_with_all_fields(tmp_path: Path, language: str, own: str, footer: str) -> None:
    """The HTML of an email, without its preheader, navigation and padding."""
    workspace = prepare(tmp_path, language, own, footer)
    document = workspace.issue("1")
    file = tmp_path / "email.html"
    file.write_text(Renderer(workspace).render(document, (Format.EMAIL,)).texts[Format.EMAIL], encoding="utf-8")
    assert content(document.issue) == content(import_again(workspace, file))


def test_an_email_without_outro_is_imported_without_its_footer(tmp_path: Path) -> None:
    """The call to subscribe is no entry."""
    workspace = prepare(tmp_path, "en", "", FOOTED)
    path = tmp_path / "issues" / "1.yaml"
    path.write_text(path.read_text(encoding="utf-8").partition("outro:")[0], encoding="utf-8")
    document = workspace.issue("1")
    file = tmp_path / "email.html"
    file.write_text(Renderer(workspace).render(document, (Format.EMAIL,)).texts[Format.EMAIL], encoding="utf-8")
    assert content(document.issue) == content(import_again(workspace, file))


@pytest.mark.parametrize("slug", ["001", "003", "2026-light"])
def test_an_email_of_an_earlier_version_is_imported(tmp_path: Path, slug: str) -> None:
    """Its layout is another one, and the publication has changed it. Entries and highlights are those of the issue."""
    earlier = REPOSITORY / "tests" / "compatibility"
    workspace = Workspace(earlier / "publication")
    document = workspace.issue(slug).issue
    (page,) = load_source("medium").pages(open_export(str(earlier / "expected" / "render" / slug / "email.html")))
    imported = IssueImporter(workspace, folder=tmp_path).import_page(page, alone=True)
    assert imported is not None
    draft = read_draft(imported.path).draft
    assert [(section, entry.title, link_key(entry.url)) for section, _, entry in draft.entries()] == [
        (section, entry.title, link_key(entry.url)) for section, _, entry in document.entries()
    ]
    assert {section: len(points) for section, points in draft.highlights.items() if points} == {
        section: len(points) for section, points in document.highlights.items() if points
    }


@in_each_form
def test_an_archive_page_is_imported_with_all_fields(tmp_path: Path, language: str, own: str, footer: str) -> None:
    """The page of an issue in the archive."""
    workspace = prepare(tmp_path, language, own, footer)
    build_archive(workspace.root, tmp_path / "site", BuildOptions(), lambda *_: None)
    assert content(workspace.issue("1").issue) == content(import_again(workspace, tmp_path / "site/1/index.html"))


@in_each_form
def test_a_feed_is_imported_with_sponsors_and_sources(tmp_path: Path, language: str, own: str, footer: str) -> None:
    """The archive's feed. It has no subtitle and no footer, so the text below its only rule is read as the footer."""
    workspace = prepare(tmp_path, language, own, footer)
    build_archive(workspace.root, tmp_path / "site", BuildOptions(), lambda *_: None)
    draft = import_again(workspace, tmp_path / "site/feed.xml", "rss")
    assert content(workspace.issue("1").issue)[1:] == content(draft)[1:]
    assert draft.intro.endswith((workspace.issue("1").issue.intro or "").strip())
