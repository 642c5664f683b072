"""The search: Pagefind's index of the issues' pages, in files that a browser loads as it needs them.

Pagefind makes the headings with an id results of their own, so that every entry is found at its
anchor. All pages are one index, whatever their language, and a page in one language finds entries
in another. Scripts without spaces between words are indexed letter by letter: `search.js` asks so.
"""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from newsletter.archive.file_moves import link_or_copy
from newsletter.errors import NewsletterError

FOLDER = "search/pagefind"
_TEXT = re.compile(r">[^<]*[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff][^<]*<")
_LETTER = re.compile(r"[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_BREAK = "\u200b"
# Ten thousand issues take it a minute; on a full disk it may wait for ever.
_PATIENCE = 600


def write_index(pages: Mapping[str, Path], language: str, corpus: Path, index: Path) -> None:
    """Write the index of some pages, which stand under their paths; `corpus` is an empty folder to work in.

    Raises:
        NewsletterError: Pagefind fails.
    """
    for path, file in pages.items():
        copy = corpus / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        text = file.read_text(encoding="utf-8")
        if _LETTER.search(text):
            copy.write_text(_TEXT.sub(lambda found: _LETTER.sub(rf"{_BREAK}\g<0>{_BREAK}", found[0]), text), "utf-8")
        else:
            link_or_copy(file, copy)
    from pagefind_bin import get_executable

    command = [
        *(str(get_executable()), "--site", str(corpus), "--output-path", str(index)),
        *("--force-language", language.partition("-")[0], "--silent"),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise _failed(f"Pagefind was not done after {_PATIENCE} seconds") from error
    # Pagefind brings pages of its own making, which the search's page does not use.
    for file in [*index.glob("*.css"), *index.glob("pagefind-*ui.js"), index / "pagefind-highlight.js"]:
        file.unlink(missing_ok=True)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise _failed(lines[-1] if lines else "Pagefind fails")


def _failed(reason: str) -> NewsletterError:
    return NewsletterError(
        f"the search's index cannot be made: {reason}",
        "Is there space on the disk? `site: {search: false}` in newsletter.yaml builds without it.",
    )
