"""The search index: Pagefind's index of the pages of issues. A browser loads only the parts of it that a search needs.

Pagefind lists each heading with an id as a result, so that a search finds each entry at its anchor. There is one index
for all languages, so that a search on any page finds entries in every language. Scripts without spaces between words
are indexed character by character, and `search.js` splits queries in the same way.

The issues are indexed in groups, and the indexes are merged: see `search_groups` and `search_merge`.
"""

import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.archive.file_moves import link_or_copy
from newsletter.archive.pagefind_format import UnknownFormatError
from newsletter.archive.search_groups import IndexedGroup, PageGroup, divide_pages, read_group, save_group
from newsletter.archive.search_merge import merge_groups
from newsletter.errors import NewsletterError
from newsletter.text.digests import values_hex

FOLDER = "search/pagefind"
_TEXT = re.compile(r">[^<]*[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff][^<]*<")
_LETTER = re.compile(r"[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
# Pagefind's scripts and its program, which are the same for every index.
_SCRIPT = re.compile(r"[^/]+\.(js|pagefind)")
# In seconds. On a full disk Pagefind can hang.
_TIMEOUT = 600


@dataclass
class IndexBuild:
    """A build of the search index.

    Args:
        pages: The file of each page by the page's path, oldest first.
        digests: The digest of each page by its path.
        language: The language of the publication.
        cache: The folder in which the groups are cached.
        work: A folder for temporary files, which does not exist.
        old: Whether each file of the last index is unchanged, by its path.
        size: The number of pages in a group.
        new: The new files of the index by their paths.
        kept: The paths of files of the last index that belong to the new one.
    """

    pages: Mapping[str, Path]
    digests: Mapping[str, str]
    language: str
    cache: Path
    work: Path
    old: Mapping[str, bool]
    size: int
    new: dict[str, Path] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)

    def run(self) -> None:
        """Write the index. A group is indexed again only if one of its pages changed.

        Raises:
            NewsletterError: Pagefind fails, or a file cannot be written.
        """
        try:
            try:
                groups = self._index_groups(divide_pages(list(self.pages), self.size))
                known = {path.removeprefix(f"{FOLDER}/") for path, unchanged in self.old.items() if unchanged}
                kept = merge_groups(groups, self.work / "merged", known)
                self.kept |= {f"{FOLDER}/{path}" for path in kept}
                self._add(self.work / "merged")
            except UnknownFormatError:
                # Another version of Pagefind. It indexes all pages together, which needs more memory.
                self.new, self.kept = {}, set()
                self._add(self._run_pagefind("all", self.pages))
                groups = []
            numbers = {str(number) for number in range(1, len(groups) + 1)}
            for file in self.cache.glob("*"):
                if file.is_file() and file.name not in numbers:
                    file.unlink()
        except OSError as error:
            raise _failed(error.strerror or str(error)) from error

    def _index_groups(self, groups: list[PageGroup]) -> list[IndexedGroup]:
        keys = [values_hex([(path, self.digests[path]) for path in group.pages]) for group in groups]
        known = [self._read(group, key) for group, key in zip(groups, keys, strict=True)]
        if all(known):
            # Only issues at the end were removed, or a file was changed by hand.
            scripts = {path for path in self.old if _SCRIPT.fullmatch(path.removeprefix(f"{FOLDER}/"))}
            if all(self.old[path] for path in scripts):
                self.kept |= scripts
            else:
                known[-1] = None
        found = []
        for group, key, same in zip(groups, keys, known, strict=True):
            if same:
                self.kept |= _texts(same)
                found.append(same)
                continue
            index = self._run_pagefind(str(group.number), group.pages)
            found.append(save_group(self.cache, group.number, key, index))
            if group.number > 1:
                # Pages of two groups could have the same name.
                (index / "fragment").rename(index / "some")
                (index / "fragment").mkdir()
                (index / "some").rename(index / f"fragment/{group.number}")
            shutil.rmtree(index / "index")
            for file in (*index.glob("*.pf_meta"), *index.glob("*.json")):
                file.unlink()
            self._add(index)
        return found

    def _read(self, group: PageGroup, key: str) -> IndexedGroup | None:
        """Read a group from the cache, if the texts of its pages are in the output folder."""
        found = read_group(self.cache / str(group.number), key)
        return found if found and all(self.old.get(path) for path in _texts(found)) else None

    def _add(self, index: Path) -> None:
        """Add the files of an index."""
        for file in index.rglob("*"):
            if file.is_file():
                self.new[f"{FOLDER}/{file.relative_to(index).as_posix()}"] = file

    def _run_pagefind(self, name: str, paths: Iterable[str]) -> Path:
        """Index pages. Returns the folder of the index."""
        corpus, index = self.work / f"{name}-pages", self.work / name
        for path in paths:
            copy = corpus / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            text = self.pages[path].read_text(encoding="utf-8")
            if _LETTER.search(text):
                copy.write_text(_TEXT.sub(_separate_letters, text), "utf-8")
            else:
                link_or_copy(self.pages[path], copy)
        call_pagefind(corpus, index, self.language)
        shutil.rmtree(corpus)
        # The search page does not use Pagefind's own user interface.
        for file in [*index.glob("*.css"), *index.glob("pagefind-*ui.js"), index / "pagefind-highlight.js"]:
            file.unlink(missing_ok=True)
        return index


def _texts(group: IndexedGroup) -> set[str]:
    return {f"{FOLDER}/fragment/{name}.pf_fragment" for name, _ in group.pages}


def _separate_letters(found: re.Match[str]) -> str:
    return _LETTER.sub(r" \g<0> ", found[0])


def call_pagefind(corpus: Path, index: Path, language: str) -> None:
    """Index the pages in a folder.

    Raises:
        NewsletterError: Pagefind fails.
    """
    import subprocess

    from pagefind_bin import get_executable

    command = [
        *(str(get_executable()), "--site", str(corpus), "--output-path", str(index)),
        *("--force-language", language.partition("-")[0], "--silent"),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_TIMEOUT)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise _failed(f"Pagefind did not finish within {_TIMEOUT} seconds") from error
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise _failed(lines[-1] if lines else "Pagefind failed")


def _failed(reason: str) -> NewsletterError:
    return NewsletterError(
        f"the search index cannot be created: {reason}",
        "Check the free disk space, or set `site: {search: false}` in newsletter.yaml to build without a search.",
    )
