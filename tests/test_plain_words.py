"""The vocabulary of docs/glossary.md: words that code, messages, templates and documents do not use."""

import re
import subprocess
from pathlib import Path

from tests.conftest import REPOSITORY

BANNED = (
    "press",
    "post office",
    "postbox",
    "rehearsal",
    "whom",
    "told",
    "said",
    "wish",
    "owed",
    "mend",
    "carrier",
    "nobody of ours",
    "who has left",
    "what came back",
)
# Texts by others, contents of newsletters, generated files, and the glossary, which lists the words.
OTHERS = re.compile(
    r"""docs/glossary\.md$|tests/test_plain_words\.py$|issues/|schemas/|\.(png|jpe?g|gif|svg|ico|woff2?)$
    |tests/(golden|compatibility)/|LICENSE$|(constraints\.txt|requirements\.lock)$|caniemail\.json$|tests/check/cases/
    |tests/bounces/forms\.txt$""",
    re.VERBOSE,
)
# The name of the distribution, the verb for keys and buttons, and the old key of the access log.
ALLOWED = re.compile(
    r"newsletter[-_]press|[`\"]said[`\"]|\bpress(?=[(]|\s+(?:the|a|enter|escape|ctrl|tab|space)\b)|\.press\b",
    re.IGNORECASE,
)
_WORD = re.compile(rf"(?<![a-z])(?:{'|'.join(BANNED)})(?![a-z])", re.IGNORECASE)


def files() -> list[str]:
    """The files of the repository that are its own text."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name and not OTHERS.search(name)]


def banned_words(path: Path) -> list[str]:
    """The banned words of a file, with their lines."""
    return [
        f"{path.name}:{number}: {match[0]}"
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        for match in _WORD.finditer(ALLOWED.sub("", line))
    ]


def test_no_file_contains_a_banned_word() -> None:
    """In code, templates, messages and documents."""
    assert [found for name in files() for found in banned_words(REPOSITORY / name)] == []


def test_banned_words_are_found(tmp_path: Path) -> None:
    """As words, parts of names and in any case; not inside other words or as allowed."""
    text = 'Told\nto_whom\npressing, amended\nnewsletter-press\nPress the key\n{"said": 1}\nwhat came back\n'
    path = tmp_path / "sample.txt"
    path.write_text(text)
    assert [found.partition(":")[2] for found in banned_words(path)] == ["1: Told", "2: whom", "7: what came back"]
