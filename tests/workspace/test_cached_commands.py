"""Commands print and write the same with and without what earlier commands cached."""

import os
import shutil
from collections.abc import Callable
from contextlib import chdir
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsletter.cli.main import main
from newsletter.documents.source import Source
from newsletter.errors import DocumentError
from newsletter.issue.head import IssueHead
from newsletter.issue.known_heads import KnownHeads
from newsletter.issue.read_head import read_head
from newsletter.text.digests import blake2b_hex
from tests.publications import ISSUE, PUBLICATION, write_publication

COMMANDS = (
    ("list", "--json"),
    ("new-issue", "--date", "2024-06-02"),
    ("check", "--all", "--only", "issue", "--json"),
    ("add", "--no-fetch", "https://example.com/lenses", "https://example.org/new"),
)
CACHES = ("validated", "index", "counts")

# Lines that an issue may or may not have, also at places where they are part of a text, or not valid.
LINES = (
    *(
        'title: "A title',
        'title: A title"',
        "title: A title",
        "title: |+",
        "title: >-",
        "'",
        '"',
        "number: 2",
        "number: 0",
    ),
    *("date: 2024-05-05", "date: never", "status: draft", "status: published", "language: ja", "aliases: [old, older]"),
    *(
        "subtitle: 'It''s",
        "subtitle: Words",
        "canonical_url: https://example.org/a",
        "unknown: 1",
        "...",
        "---",
        "\t",
        "",
    ),
    *(
        "highlights:",
        "highlights: {}",
        "sections:",
        "sections: {featured: []}",
        "sections: {featured: [",
        "]}",
        "# comment",
    ),
    *(
        "  featured:",
        "    - title: An entry",
        "      url: https://example.org/b",
        "  words",
        "- words",
        "\u2028",
        "&a",
        "*a",
    ),
)


def edit_text(folder: Path, old: str, new: str) -> None:
    """Replace text in each issue that has it. An edit with as many characters keeps the file's size and times."""
    for path in sorted((folder / "issues").iterdir()):
        before, times = path.read_text(), path.stat()
        path.write_text(before.replace(old, new))
        if len(old) == len(new):
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def change_settings(folder: Path, more: str) -> None:
    """Write `newsletter.yaml` with more settings."""
    (folder / "newsletter.yaml").write_text(PUBLICATION + more)


def rename(folder: Path) -> None:
    """Rename the last issue."""
    path = max((folder / "issues").iterdir(), default=None)
    if path:
        path.rename(path.with_stem(f"{path.stem}-b"))


def delete(folder: Path) -> None:
    """Delete the first issue."""
    path = min((folder / "issues").iterdir(), default=None)
    if path:
        path.unlink()


def copy(folder: Path) -> None:
    """Add a copy of the first issue, with the same number."""
    path = min((folder / "issues").iterdir(), default=None)
    if path:
        shutil.copy(path, path.with_stem(f"{path.stem}-c"))


def create(folder: Path) -> None:
    """Write a new issue."""
    (folder / "issues/9.yaml").write_text(ISSUE.replace("number: 1", "number: 9").replace("05-05", "05-19"))


def damage_caches(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    """Damage each cache."""
    for name in CACHES:
        cache = folder / ".newsletter" / name
        if cache.is_file():
            cache.write_bytes(damage(cache.read_bytes()))


def replace_caches(folder: Path) -> None:
    """Put folders where the caches are, which cannot be read or written."""
    for name in CACHES:
        cache = folder / ".newsletter" / name
        cache.unlink(missing_ok=True) if not cache.is_dir() else None
        cache.mkdir(parents=True, exist_ok=True)


EDITS: dict[str, Callable[[Path], None]] = {
    "number of the same length": lambda folder: edit_text(folder, "number: 1\n", "number: 3\n"),
    "number that is not valid": lambda folder: edit_text(folder, "number: 3\n", "number: x\n"),
    "number again": lambda folder: edit_text(folder, "number: x\n", "number: 1\n"),
    "status of another length": lambda folder: edit_text(folder, "published", "draft"),
    "entry": lambda folder: edit_text(folder, "How lenses are", "Why lenses are"),
    "address": lambda folder: edit_text(folder, "example.com/lenses", "example.com/glassy"),
    "entries that are not valid": lambda folder: edit_text(folder, "    - id: lens", "    - [id: lens"),
    "entries again": lambda folder: edit_text(folder, "    - [id: lens", "    - id: lens"),
    "sections": lambda folder: change_settings(folder, "sections: {news: News, featured: Featured}\n"),
    "title pattern": lambda folder: change_settings(folder, 'issue_title: "{year}: {number}"\n'),
    "rhythm": lambda folder: change_settings(folder, "rhythm: {every: 10 days}\ntimezone: Asia/Tokyo\n"),
    "settings that are not valid": lambda folder: change_settings(folder, "unknown: 1\n"),
    "zone that does not exist": lambda folder: change_settings(folder, "timezone: Europe/Nowhere\n"),
    "default settings": lambda folder: change_settings(folder, ""),
    "rename": rename,
    "delete": delete,
    "copy": copy,
    "create": create,
    "truncated caches": lambda folder: damage_caches(folder, lambda found: found[: len(found) // 2]),
    "empty caches": lambda folder: damage_caches(folder, lambda _: b""),
    "changed caches": lambda folder: damage_caches(folder, lambda found: found.replace(b"Lens", b"Lend")),
    "caches of other code": lambda folder: damage_caches(folder, lambda found: b"newsletter-validated 1 0 0\n" + found),
    "caches that cannot be written": replace_caches,
}


def outcome(folder: Path, command: tuple[str, ...]) -> tuple[object, ...]:
    """Run a command. Returns its exit code, what it printed, and the files that are not caches."""
    with chdir(folder):
        result = CliRunner().invoke(main, command, catch_exceptions=False)
    files = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".newsletter" not in path.parts
    }
    return result.exit_code, result.stdout, result.stderr, files


@pytest.mark.parametrize("place", [Path.mkdir, os.mkfifo], ids=["folders", "named pipes"])
def test_caches_that_are_no_files_do_not_stop_a_command(tmp_path: Path, place: Callable[[Path], None]) -> None:
    """Commands neither wait for a pipe nor fail, and leave it alone."""
    plain, caches = tmp_path / "plain", tmp_path / "caches"
    for folder in (plain, caches):
        write_publication(folder, _1=ISSUE)
    (caches / ".newsletter").mkdir()
    for name in CACHES:
        place(caches / ".newsletter" / name)
    for command in COMMANDS:
        assert outcome(caches, command) == outcome(plain, command)
    assert not any((caches / ".newsletter" / name).is_file() for name in CACHES)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("place", [Path.mkdir, os.mkfifo], ids=["folders", "named pipes"])
@pytest.mark.parametrize(
    ("name", "command"), [("spam.json", ("check", "1", "--json")), ("sent-slugs.json", ("build",))]
)
def test_what_is_no_file_counts_as_no_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, command: tuple[str, ...], place: Callable[[Path], None]
) -> None:
    """The spam score is computed again, and the sent slugs are read again. Nothing waits for a pipe."""
    scorer = tmp_path / "scorer"
    scorer.write_text("#!/bin/sh\ncat > /dev/null\necho 'X-Spam-Status: score=9.5 tests=A=9.5'\n")
    scorer.chmod(0o755)
    monkeypatch.setenv("NEWSLETTER_SPAMASSASSIN", str(scorer))
    plain, caches = tmp_path / "plain", tmp_path / "caches"
    for folder in (plain, caches):
        write_publication(folder, _1=ISSUE)
    cache = caches / ".newsletter" / name
    cache.parent.mkdir()
    place(cache)
    assert outcome(caches, command) == outcome(plain, command)
    assert (plain / ".newsletter" / name).is_file()
    assert not cache.is_file()


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(EDITS)), st.sampled_from(COMMANDS)), min_size=1, max_size=6))
def test_caches_change_no_outcome(steps: list[tuple[str, tuple[str, ...]]]) -> None:
    """After any edit, a command does the same in a folder with caches and in a copy without."""
    with TemporaryDirectory() as first, TemporaryDirectory() as second:
        cached = write_publication(Path(first), _1=ISSUE, _2=ISSUE.replace("status: published", "status: draft"))
        outcome(cached, COMMANDS[0])
        for edit, command in steps:
            EDITS[edit](cached)
            fresh = Path(second) / "copy"
            shutil.copytree(cached, fresh, ignore=shutil.ignore_patterns(".newsletter"))
            assert outcome(cached, command) == outcome(fresh, command)
            shutil.rmtree(fresh)


def head_or_errors(read: Callable[[], IssueHead]) -> object:
    """Return the head, or the errors of the document."""
    try:
        return read()
    except DocumentError as error:
        return error.problems


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(st.sampled_from(LINES), max_size=9).map("\n".join), min_size=2, max_size=5))
@example(['title: "A title\nhighlights:\n"\ndate: 2024-05-05', 'title: "A title\nhighlights:\n\n\n"\ndate: 2024-05-05'])
def test_known_heads_are_those_of_the_files(texts: list[str]) -> None:
    """A head that is found by the digest of its text or of its file is the head, or the error, of the whole file."""
    known = KnownHeads()
    for text in [*(f"title: A title\ndate: 2024-05-05\n{text}" for text in texts), *texts, *texts]:
        source = Source("1.yaml", text)
        cached = partial(known.read, blake2b_hex(text), partial(Source, "1.yaml", text))
        assert head_or_errors(cached) == head_or_errors(partial(read_head, source))
        known = known.of([blake2b_hex(text)])
