"""A build in which a draft is published already, before its file says so."""

import os
import shutil
from pathlib import Path

import pytest

from newsletter.archive.build import build_archive
from newsletter.archive.build_report import BuildOptions, BuildReport
from newsletter.documents.source import change_file
from newsletter.errors import DocumentError, NotFoundError
from newsletter.issue.edit_status import set_status
from newsletter.issue.head import Status
from tests.archive.test_build import DRAFT, PLAIN, SITE, TAGGED, files, write_two
from tests.publications import ISSUE, write_publication

TAGGED_DRAFT = TAGGED.replace("Issue 1", "Issue 3").replace("05-05", "05-19").replace("number: 1", "number: 3")
TAGGED_DRAFT = TAGGED_DRAFT.replace("status: published", "status: draft  # until Sunday")


@pytest.fixture
def two(folder: Path) -> Path:
    """A publication with two published issues and a draft, without search and cards."""
    return write_two(folder)


def build(root: Path, as_published: str = "", output: Path = SITE) -> BuildReport:
    """Build the archive, with an issue as if it were published."""
    return build_archive(root, root / output, BuildOptions(as_published=as_published), lambda *_: None)


def nothing_to_do(root: Path, as_published: str = "") -> bool:
    """Return whether a build is up to date, so that it does not even read and write the records of issues."""
    (records,) = (root / ".newsletter/site").glob("*/issues.json")
    before = records.read_bytes()
    records.write_bytes(b"damaged")
    report = build(root, as_published)
    up_to_date = records.read_bytes() == b"damaged"
    records.write_bytes(before)
    return up_to_date and (report.written, report.removed) == (0, 0)


def publish(path: Path) -> None:
    """Set the status of an issue to `published` in its file."""
    change_file(path, lambda source: set_status(source, Status.PUBLISHED))


@pytest.mark.parametrize(
    "text",
    [
        DRAFT,
        TAGGED_DRAFT,
        DRAFT.replace("status: draft\n", ""),
        DRAFT.replace("status: draft", 'status: "draft"'),
        "\ufeff" + DRAFT.replace("\n", "\r\n"),
    ],
)
def test_a_draft_is_built_as_published(two: Path, text: str) -> None:
    """The archive is that of the published issue, its file is unchanged, and the build after it has nothing to do."""
    path = two / "issues/3.yaml"
    path.write_bytes(text.encode())
    before = path.read_bytes()
    assert build(two).issues == 2
    report = build(two, "3")
    assert (report.published, report.issues, report.faults) == (True, 3, ())
    assert path.read_bytes() == before
    assert b"noindex" not in (SITE / "3/index.html").read_bytes()
    for name in ("feed.xml", "feed.json", "sitemap.xml"):
        assert "/3/" in (SITE / name).read_text()
    assert b'rel="next" href="/3/"' in (SITE / "2/index.html").read_bytes()
    publish(path)
    assert nothing_to_do(two)
    assert build(two).issues == 3
    build(two, output=Path("clean"))
    assert files(SITE) == files(Path("clean"))


def test_several_processes_build_a_draft_as_published(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker processes read the same text: they give the bytes of one process, and later builds write nothing."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    issues = {f"_{n}": ISSUE.replace("number: 1", f"number: {n}") for n in range(1, 131)}
    issues |= {
        name: text.replace("status: published", "status: draft")
        for name, text in issues.items()
        if name[1:] in {"7", "129"}
    }
    write_publication(folder, publication=PLAIN, **issues)
    assert build(folder, "129").issues == 129
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert build(folder, "129", Path("one")).issues == 129
    assert files(SITE) == files(Path("one"))
    publish(folder / "issues/129.yaml")
    assert build(folder).written == 0
    assert build(folder, output=Path("one")).written == 0
    assert not (SITE / "7").exists()


def test_the_next_build_removes_a_draft_that_was_not_published(two: Path) -> None:
    """If the status is not set after all, the next build gives the archive without the draft."""
    build(two)
    whole = files(SITE)
    build(two, "3")
    assert build(two).issues == 2
    assert files(SITE) == whole


def test_an_entry_is_read_again_as_published(two: Path) -> None:
    """If the cached entries are lost, the page of a tag still has those of the draft."""
    (two / "issues/3.yaml").write_text(TAGGED_DRAFT)
    build(two, "3")
    whole = files(SITE)
    for cache in (two / ".newsletter/site").glob("*/entries"):
        cache.unlink()
    shutil.rmtree(SITE / "tags")
    build(two, "3")
    assert files(SITE) == whole


def test_a_published_issue_makes_no_difference(two: Path) -> None:
    """An issue that is published already is built as always, however its status is written."""
    (two / "issues/2.yaml").write_text((two / "issues/2.yaml").read_text().replace("published", "'published'"))
    build(two)
    whole = files(SITE)
    assert nothing_to_do(two, "2")
    assert nothing_to_do(two)
    assert files(SITE) == whole


def test_an_issue_that_cannot_be_published(two: Path) -> None:
    """An issue that does not exist, or has errors, stops the build. The archive is unchanged."""
    build(two)
    whole = files(SITE)
    for name in ("9", "../issues/3"):
        with pytest.raises(NotFoundError, match="does not exist in issues/"):
            build(two, name)
    (two / "issues/3.yaml").write_text(DRAFT.replace("      comment:", "      link: x\n      comment:"))
    report = build(two, "3")
    assert not report.published
    assert "unknown" in report.faults[0].message
    (two / "issues/3.yaml").write_text(DRAFT.replace("date:", "date"))
    with pytest.raises(DocumentError):
        build(two, "3")
    assert files(SITE) == whole
