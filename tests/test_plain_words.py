"""The vocabulary of docs/glossary.md: words that no text of the project uses."""

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
# Texts by others, content of newsletters, generated text of the world, and the glossary, which names the words.
OTHERS = re.compile(
    r"""docs/glossary\.md$|tests/test_plain_words\.py$|issues/|schemas/|\.(png|jpe?g|gif|svg|ico|woff2?)$
    |tests/(golden|compatibility)/|LICENSE$|constraints\.txt$|caniemail\.json$|tests/check/cases/""",
    re.VERBOSE,
)
# The verb for keys and buttons, and the name of the distribution.
ALLOWED = re.compile(
    r"newsletter[-_]press|\bpress(?=[(]|\s+(?:the|a|enter|escape|ctrl|tab|space)\b)|\.press\b",
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
        f"{path.relative_to(REPOSITORY)}:{number}: {match[0]}"
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        for match in _WORD.finditer(ALLOWED.sub("", line))
    ]
