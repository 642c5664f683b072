"""The search index: Pagefind's index of the pages of issues. A browser loads only the parts of it that a search needs.

Pagefind lists each heading with an id as a result, so that a search finds each entry at its anchor. There is one index
for all languages, so that a search on any page finds entries in every language. Scripts without spaces between words
are indexed character by character, and `search.js` splits queries in the same way.
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
# In seconds. Ten thousand issues take a minute. On a full disk Pagefind can hang.
_TIMEOUT = 600


def write_index(pages: Mapping[str, Path], language: str, corpus: Path, index: Path) -> None:
    """Write the search index.

    Args:
        pages: The file of each page by the page's path.
        language: The language of the publication.
        corpus: An empty folder for temporary files.
        index: The folder to write the index to.

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
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_TIMEOUT)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise _failed(f"Pagefind did not finish within {_TIMEOUT} seconds") from error
    # The search page does not use Pagefind's own user interface.
    for file in [*index.glob("*.css"), *index.glob("pagefind-*ui.js"), index / "pagefind-highlight.js"]:
        file.unlink(missing_ok=True)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise _failed(lines[-1] if lines else "Pagefind failed")


def _failed(reason: str) -> NewsletterError:
    return NewsletterError(
        f"the search index cannot be created: {reason}",
        "Check the free disk space, or set `site: {search: false}` in newsletter.yaml to build without a search.",
    )
