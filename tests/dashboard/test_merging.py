"""An edit in the browser and a change of the file meanwhile are merged unless both changed the same part."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from newsletter.documents.source import Source, change_file
from newsletter.errors import AccessError
from tests.dashboard.previewing import Preview, issue_text, run_preview, write_lens
from tests.dashboard.test_dashboard import ISSUE, fetch, send_edit

TEXT = issue_text()
PAPER = "    # Found on day 3.\n    - id: e3\n      title: 'Story 3'\n"
NEW = "    - title: New\n      url: https://example.org/new\n      comment: New.\n\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    with run_preview(write_lens(tmp_path_factory.mktemp("merging"))) as preview:
        yield preview


def at(index: int, section: str = "papers") -> dict[str, object]:
    return {"section": section, "index": index}


def edit_after(served: Preview, theirs: str, edit: dict[str, Any]) -> tuple[int, dict[str, Any], str]:
    """Make an edit of the original text after the file was changed. Returns the response and the new text."""
    served.write(TEXT)
    while json.loads(fetch(served, ISSUE)[2])["text"] != TEXT:
        pass
    version = json.loads(fetch(served, ISSUE)[2])["version"]
    served.write(theirs)
    status, body = send_edit(served, edit, version)
    return status, body, served.file.read_text()


def write(index: int = 0, section: str = "papers", to: str | None = None, **fields: str) -> dict[str, Any]:
    return {"kind": "write", "entry": at(index, section), "fields": fields, "section": to}


MERGED: dict[str, tuple[tuple[str, str], dict[str, Any], tuple[str, str]]] = {
    "another field of the entry": (
        ("url: https://example.org/3\n", "url: https://example.org/three\n"),
        write(title="Mine"),
        ("'Story 3'", "'Mine'"),
    ),
    "the field to the same value": (("'Story 3'", "'Mine'"), write(title="Mine"), ("", "")),
    "another entry": (("'Story 9'", "'Theirs'"), write(title="Mine"), ("'Story 3'", "'Mine'")),
    "an entry above": ((PAPER, NEW + PAPER), write(title="Mine"), ("'Story 3'", "'Mine'")),
    "the id and an entry above": (
        (PAPER, NEW + PAPER.replace("id: e3", "id: three")),
        write(title="Mine"),
        ("'Story 3'", "'Mine'"),
    ),
    "the issue": (("number: 2", "number: 3"), write(title="Mine"), ("'Story 3'", "'Mine'")),
    "an entry, and a field of the issue": (
        ("'Story 3'", "'Theirs'"),
        {"kind": "write-issue", "fields": {"number": "7"}},
        ("number: 2", "number: 7"),
    ),
    "another field of the issue": (
        ("number: 2", "number: 3\nsubtitle: Theirs"),
        {"kind": "write-issue", "fields": {"title": "Mine"}},
        ("The Weekly Lens — Issue 2", "Mine"),
    ),
    "a highlight above": (
        ("    - A story", "    - Theirs.\n    - A story"),
        {"kind": "write-highlight", "section": "featured", "index": 0, "text": "Mine."},
        ("A story about [lenses](@e1) is worth the week.", "Mine."),
    ),
    "a highlight, and a new one": (
        ("    - A story", "    - Theirs.\n    - A story"),
        {"kind": "write-highlight", "section": "featured", "index": 1, "text": "Mine."},
        ("worth the week.\n", "worth the week.\n    - Mine.\n"),
    ),
    "an entry that is not the deleted one": (
        (PAPER, NEW + PAPER),
        {"kind": "delete", "entry": at(13)},
        (TEXT[TEXT.index("\n    # Found on day 16.") : TEXT.index("  other:")], "\n"),
    ),
    "an entry above those that are moved": (
        (PAPER, NEW + PAPER),
        {"kind": "move", "entry": at(0, "featured"), "to": at(2, "other")},
        ("", ""),
    ),
}


@pytest.mark.parametrize("case", MERGED)
def test_different_parts(served: Preview, case: str) -> None:
    """Both changes are in the file, also if the entry has another position by then."""
    (old, new), edit, (before, after) = MERGED[case]
    assert old in TEXT
    theirs = TEXT.replace(old, new, 1)
    status, _, text = edit_after(served, theirs, edit)
    assert status in (200, 204)
    if edit["kind"] == "move":
        assert (text.count("- title: New\n"), text.index("'Story 1'") > text.index("'Story 18'")) == (1, True)
        return
    assert before in theirs
    assert text == theirs.replace(before, after, 1)


def test_the_new_position_is_in_the_response(served: Preview) -> None:
    """The page selects the entry that was edited, wherever it is by then. Undo keeps the other change."""
    theirs = TEXT.replace(PAPER, NEW + PAPER)
    assert edit_after(served, theirs, write(title="Mine"))[:2] == (200, {"merged": at(1)})
    assert send_edit(served, {"kind": "undo"})[0] == 204
    assert served.file.read_text() == theirs


SAME: dict[str, tuple[tuple[str, str], dict[str, Any], str]] = {
    "a field": (("'Story 3'", "'Theirs'"), write(title="Mine"), "'Mine'"),
    "a field, and another that did not conflict": (
        ("'Story 3'", "'Theirs'"),
        write(title="Mine", url="https://example.org/mine"),
        "'Mine'",
    ),
    "a field of the issue": (
        ("number: 2", "number: 3"),
        {"kind": "write-issue", "fields": {"number": "7"}},
        "number: 7",
    ),
    "a highlight": (
        ("is worth the week", "is not worth it"),
        {"kind": "write-highlight", "section": "featured", "index": 0, "text": "Mine."},
        "- Mine.",
    ),
    "a deleted entry": (("'Story 3'", "'Theirs'"), {"kind": "delete", "entry": at(0)}, "id: e4"),
    "an entry that was deleted": (
        (TEXT[TEXT.index(PAPER) : TEXT.index("    # Found on day 4.")], ""),
        write(title="Mine"),
        "'Mine'",
    ),
    "a file that cannot be parsed": (("'Story 9'", "'Story 9"), write(title="Mine"), "'Mine'"),
}


@pytest.mark.parametrize("case", SAME)
def test_the_same_part(served: Preview, case: str) -> None:
    """Nothing is overwritten. The response has both versions; the author's keeps what else changed, if it can."""
    (old, new), edit, mine = SAME[case]
    theirs = TEXT.replace(old, new, 1)
    status, body, text = edit_after(served, theirs.replace("preheader: Twenty", "preheader: Their twenty"), edit)
    assert status == 409
    assert text == theirs.replace("preheader: Twenty", "preheader: Their twenty")
    assert mine in body["mine"]
    lost = case in ("an entry that was deleted", "a file that cannot be parsed")
    assert ("preheader: Their twenty" in body["mine"]) != lost
    assert send_edit(served, {"kind": "replace", "text": body["mine"]}, body["version"])[0] == 204
    assert served.file.read_text() == body["mine"]


def test_an_editor_that_saves_at_the_same_moment(tmp_path: Path) -> None:
    """If an editor saves between reading and writing, the change is made again, to the text of the editor."""
    path = tmp_path / "a.yaml"
    path.write_text("one\n")
    seen: list[str] = []

    def change(source: Source) -> str:
        seen.append(source.text)
        if len(seen) == 1:
            path.write_text("two\n")
        return source.text + "mine\n"

    change_file(path, change)
    assert (seen, path.read_text()) == (["one\n", "two\n"], "two\nmine\n")

    def never_the_same(source: Source) -> str:
        path.write_text(source.text + "x\n")
        return source.text + "mine\n"

    with pytest.raises(AccessError, match="another program keeps changing"):
        change_file(path, never_the_same)
