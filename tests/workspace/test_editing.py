"""Editing a publication: adding entries, the inbox, and the digest of a period."""

import threading
from pathlib import Path

import pytest

from newsletter.issue.add_entries import add_entries
from newsletter.issue.draft import EntryDraft
from newsletter.issue.issue_file import read_issue
from newsletter.publication.section import DEFAULT_SECTIONS, FEATURED, OTHER, PAPERS, SectionKey
from newsletter.workspace.editing import WorkspaceEditor
from newsletter.workspace.workspace import Workspace
from tests.conftest import Run
from tests.publications import ISSUE, PUBLICATION, write_publication


def _add(editor: WorkspaceEditor, path: Path, section: SectionKey, entry: EntryDraft) -> None:
    editor.change(path, lambda source: add_entries(source, [(section, entry)], DEFAULT_SECTIONS))


def test_concurrent_changes_lose_no_entries(folder: Path) -> None:
    """A file that four threads change at the same time contains all new entries and the old one."""
    write_publication(folder, _1=ISSUE)

    def add(number: int) -> None:
        editor = WorkspaceEditor(Workspace(folder))
        for step in range(5):
            entry = EntryDraft(f"https://example.org/{number}/{step}", "A story", comment="A comment.")
            _add(editor, folder / "issues/1.yaml", PAPERS, entry)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    issue = read_issue(folder / "issues/1.yaml", DEFAULT_SECTIONS).issue
    assert {entry.url for entry in issue.sections[PAPERS]} == {
        f"https://example.org/{number}/{step}" for number in range(4) for step in range(5)
    }
    assert len(issue.sections[FEATURED]) == 1


def test_an_edited_file_keeps_its_mode_and_its_byte_order_mark(folder: Path) -> None:
    """Adding an entry changes neither the permissions of a file nor its byte order mark."""
    write_publication(folder)
    path = folder / "issues/1.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + ISSUE.encode())
    path.chmod(0o640)
    _add(WorkspaceEditor(Workspace(folder)), path, OTHER, EntryDraft("https://example.org/", "A story"))
    assert path.read_bytes().startswith(b"\xef\xbb\xbftitle: The Weekly Lens")
    assert path.stat().st_mode & 0o777 == 0o640


def test_the_inbox_moves_into_the_next_issue(run: Run, folder: Path) -> None:
    """The entries of the inbox move with their comments, and the inbox becomes empty."""
    write_publication(folder, _1=ISSUE)
    editor = WorkspaceEditor(Workspace(folder))
    _add(editor, editor.inbox, PAPERS, EntryDraft("https://example.org/a", "A story", comment="Good."))
    editor.inbox.write_text(editor.inbox.read_text() + "    # and a remark\n")
    assert run("new-issue", "--from-inbox", code=0).stdout == "issues/2.yaml\n"
    text = (folder / "issues/2.yaml").read_text()
    assert "title: The Weekly Lens — Issue 2\n" in text
    assert text.endswith("        Good.\n    # and a remark\n")
    assert [entry.url for entry in read_issue(folder / "issues/2.yaml", DEFAULT_SECTIONS).issue.sections[PAPERS]] == [
        "https://example.org/a"
    ]
    assert "sections" not in editor.inbox.read_text()
    assert "newsletter add --inbox" in editor.inbox.read_text()
    refused = run("new-issue", "--from-inbox", code=1)
    assert refused.stderr == ("Error: inbox.yaml has no entries\nAdd one with `newsletter add --inbox URL`.\n")
    assert not (folder / "issues/3.yaml").exists()


@pytest.mark.parametrize(
    "text",
    [
        "{sections: {papers: [{url: https://example.org/a}]}}\n",
        "  sections:\n    papers:\n      - url: https://e.org/a\n",
    ],
)
def test_an_inbox_that_cannot_be_moved_stays(text: str, run: Run, folder: Path) -> None:
    """If its sections cannot be moved as they are written, nothing changes, and the error has a location."""
    write_publication(folder, _1=ISSUE)
    (folder / "inbox.yaml").write_text(text)
    error = run("new-issue", "--from-inbox", code=1).stderr
    assert (
        "inbox.yaml:1:1: error: cannot move the inbox into an issue: the file uses an unsupported YAML style" in error
    )
    assert "on a separate line, without indentation" in error
    assert (folder / "inbox.yaml").read_text() == text
    assert not (folder / "issues/2.yaml").exists()


def test_an_existing_issue_is_not_overwritten_by_the_inbox(run: Run, folder: Path) -> None:
    """If the file of the issue already exists, neither it nor the inbox changes."""
    write_publication(folder, _1=ISSUE)
    editor = WorkspaceEditor(Workspace(folder))
    _add(editor, editor.inbox, PAPERS, EntryDraft("https://example.org/a", "A story"))
    before = editor.inbox.read_text()
    assert "already exists" in run("new-issue", "1", "--number", "7", "--from-inbox", code=1).stderr
    assert editor.inbox.read_text() == before
    assert (folder / "issues/1.yaml").read_text() == ISSUE


FEBRUARY = """\
title: The Weekly Lens — Issue {number}
date: 2024-02-{day}
number: {number}
status: published
highlights:
  papers:
    - On [lenses](@lens), once more.
    - On [mirrors](@mirror) in {day}.
sections:
  papers:
    - id: lens
      title: Lenses {number}
      url: https://www.example.com/lenses/?utm_source=issue{number}
      comment: More in [mirrors](@mirror).
    - id: mirror
      title: Mirrors {number}
      url: https://example.com/mirrors/{number}
      comment: Less in [lenses](@lens).
"""


@pytest.fixture
def february(folder: Path) -> Path:
    """A publication with two issues of February, an older issue and a draft."""
    return write_publication(
        folder,
        _1=ISSUE,
        _2=FEBRUARY.format(number=2, day="04"),
        _3=FEBRUARY.format(number=3, day="11"),
        _4=FEBRUARY.format(number=4, day="18").replace("published", "draft"),
    )


def test_a_digest_has_each_entry_once(run: Run, february: Path) -> None:
    """Repeated entries are merged, each entry names its issue, and highlights still lead to their entries."""
    made = run("new-issue", "--digest", "2024-02", code=0)
    assert made.stdout == "issues/2024-02-digest.yaml\n"
    assert made.stderr == "3 entries from 2 issues, 1 repeated entry merged.\n"
    issue = read_issue(february / "issues/2024-02-digest.yaml", DEFAULT_SECTIONS).issue
    assert issue.title == "The Weekly Lens — February 2024"
    assert (issue.date.isoformat(), issue.number, issue.status) == ("2024-03-01", None, "draft")
    assert [(entry.title, entry.id, entry.origin) for entry in issue.sections[PAPERS]] == [
        ("Lenses 2", "lens", "2"),
        ("Mirrors 2", "mirror", "2"),
        ("Mirrors 3", "mirror-3", "3"),
    ]
    assert issue.highlights[PAPERS] == (
        "On [lenses](@lens), once more.",
        "On [mirrors](@mirror) in 04.",
        "On [mirrors](@mirror-3) in 11.",
    )
    assert [entry.comment for entry in issue.sections[PAPERS]] == [
        "More in [mirrors](@mirror).",
        "Less in [lenses](@lens).",
        "Less in [lenses](@lens).",
    ]
    assert "# Also in 3.\n" in (february / "issues/2024-02-digest.yaml").read_text()
    run("check", "2024-02-digest", code=0)


def test_a_digest_does_not_merge_two_parts_of_one_page(run: Run, february: Path) -> None:
    """Entries whose URLs have different fragments stay separate."""
    path = february / "issues/3.yaml"
    path.write_text(path.read_text().replace("/mirrors/3", "/mirrors/2#polish"))
    run("new-issue", "--digest", "2024-02", code=0)
    issue = read_issue(february / "issues/2024-02-digest.yaml", DEFAULT_SECTIONS).issue
    assert [entry.title for entry in issue.sections[PAPERS]] == ["Lenses 2", "Mirrors 2", "Mirrors 3"]
    assert issue.highlights[PAPERS][-1] == "On [mirrors](@mirror-3) in 11."


def test_a_digest_uses_only_picks_if_there_are_any(run: Run, february: Path) -> None:
    """Marked entries are used with their highlights. Links to other entries become links to their URLs."""
    path = february / "issues/3.yaml"
    path.write_text(path.read_text().replace("- id: mirror", "- pick: true\n      id: mirror"))
    assert run("new-issue", "--digest", "2024", code=0).stderr == "1 entry from 3 issues, picks only.\n"
    issue = read_issue(february / "issues/2024-digest.yaml", DEFAULT_SECTIONS).issue
    assert issue.title == "The Weekly Lens — 2024"
    assert [(entry.title, entry.pick) for entry in issue.sections[PAPERS]] == [("Mirrors 3", False)]
    assert issue.sections[PAPERS][0].comment == "Less in [lenses](https://www.example.com/lenses/?utm_source=issue3)."
    assert issue.highlights[PAPERS] == ("On [mirrors](@mirror) in 11.",)


def test_a_digest_repeats_no_entries_of_another_digest(run: Run, february: Path) -> None:
    """A published digest is not used as an issue of a longer digest."""
    run("new-issue", "--digest", "2024-02", code=0)
    path = february / "issues/2024-02-digest.yaml"
    path.write_text(path.read_text().replace("status: draft", "status: published"))
    made = run("new-issue", "year", "--from", "2024-02-01", "--to", "2024-12-31", "--title", "The year", code=0)
    assert made.stderr == "3 entries from 3 issues, 2 repeated entries merged.\n"
    issue = read_issue(february / "issues/year.yaml", DEFAULT_SECTIONS).issue
    assert issue.title == "The year"
    assert {entry.origin for _, _, entry in issue.entries()} == {"2", "3"}


def test_a_digest_has_the_intro_and_outro_that_its_issues_share(run: Run, february: Path) -> None:
    """A standing outro is used. An intro that differs becomes a comment, whose references keep their targets."""
    for number in (2, 3):
        path = february / f"issues/{number}.yaml"
        path.write_text(f"{path.read_text()}intro: The week of [mirrors](@mirror) {number}.\noutro: See *you* soon.\n")
    run("new-issue", "--digest", "2024-02", code=0)
    path = february / "issues/2024-02-digest.yaml"
    issue = read_issue(path, DEFAULT_SECTIONS).issue
    assert (issue.intro, issue.outro) == (None, "See *you* soon.")
    assert "# The intro of 2: The week of [mirrors](@mirror) 2.\n" in path.read_text()
    assert "# The intro of 3: The week of [mirrors](@mirror-3) 3.\n" in path.read_text()


def test_a_digest_uses_the_language_of_its_issues(run: Run, folder: Path) -> None:
    """The name of the month is in the common language of the issues."""
    write_publication(folder, publication=PUBLICATION, _1=ISSUE.replace("status:", "language: ja\nstatus:"))
    run("new-issue", "--digest", "2024-05", code=0)
    issue = read_issue(folder / "issues/2024-05-digest.yaml", DEFAULT_SECTIONS).issue
    assert (issue.title, issue.language) == ("The Weekly Lens — 2024年5月", "ja")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--digest", "2023"], 1, "no issue was published from 2023-01-01 to 2023-12-31"),
        (["--digest", "2024-02", "--from", "2024-02-01"], 2, "Only one of"),
        (["--to", "2024-02-01"], 2, "--to needs --from"),
        (["--from", "2024-02-02", "--to", "2024-02-01"], 2, "is before"),
        (["--digest", "2024-13"], 2, "is not a valid year or month"),
        (["--digest", "2024-02", "Bad Slug"], 1, "is not a valid slug"),
        (["--from", "2024-02-18", "--to", "2024-02-18"], 1, "There are only drafts in this period: 4."),
    ],
)
def test_invalid_arguments_for_a_digest_are_errors(
    run: Run, february: Path, arguments: list[str], code: int, message: str
) -> None:
    """Nothing is written if the period has no issues or the options exclude each other."""
    before = sorted(path.name for path in (february / "issues").iterdir())
    assert message in run("new-issue", *arguments, code=code).stderr
    assert sorted(path.name for path in (february / "issues").iterdir()) == before


def test_a_blank_entry_is_ignored(run: Run, folder: Path) -> None:
    """The blank entry of the scaffold stays in the file, and causes no errors once there is another entry."""
    write_publication(folder)
    run("new-issue", "1", code=0)
    entry = EntryDraft("https://example.org/", "A story", comment="Good.")
    _add(WorkspaceEditor(Workspace(folder)), folder / "issues/1.yaml", PAPERS, entry)
    checked = run("check", "--only", "issue", code=0)
    assert checked.stderr == "issues/1.yaml: no problems found in 1 entry.\n"
    assert "    - title:\n" in (folder / "issues/1.yaml").read_text()
