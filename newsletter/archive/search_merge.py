"""Merges the indexes of groups into one Pagefind index, so that a search is the same as if all were indexed together.

The words are divided into files anew: all words with the same first three letters are in one file. A search loads one
file for each of its words, and finds every word that begins with these letters. Pagefind divides them by size only, so
that a search for the beginning of a word finds what is in one file, and other words after other searches.
"""

import heapq
import json
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from operator import attrgetter
from pathlib import Path

from newsletter.archive.pagefind_format import IndexedWord, Postings, encode, encode_word, encode_words, pack
from newsletter.archive.search_groups import IndexedGroup
from newsletter.text.digests import sha256_hex

PREFIX = 3
"""The number of letters of words that are in one file. The script of the search depends on it."""
# In bytes, before compression. A file is larger if words with the same first letters need more.
_SIZE = 50_000


def merge_groups(groups: Sequence[IndexedGroup], index: Path, known: Container[str]) -> set[str]:
    """Write an index of several groups.

    Args:
        groups: The groups.
        index: The folder that the files are written to.
        known: The paths of files that exist. Files of words have a digest of their content in their names.

    Returns:
        The paths of the files of words that were not written, because they are known.

    Raises:
        OSError: A file cannot be written.
    """
    first, language = groups[0], groups[0].language
    fields = sorted({name for group in groups for name in group.fields})
    (index / "index").mkdir(parents=True)
    chunks, kept = [], set()
    for start, end, content in _word_files(_merge_words(groups, fields)):
        name = f"{language}_{sha256_hex(content, 16)}"
        path = f"index/{name}.pf_index"
        if path in known:
            kept.add(path)
        else:
            (index / path).write_bytes(pack(content))
        chunks.append((start, end, name))
    pages = [page for group in groups for page in group.pages]
    version = first.entry["version"]
    meta = encode((version, pages, _shorten(chunks), (), (), fields))
    name = f"{language}_{sha256_hex(meta, 10)}"
    (index / f"pagefind.{name}.pf_meta").write_bytes(pack(meta))
    index_of_language = first.entry["languages"][language] | {"hash": name, "page_count": len(pages)}
    entry = {**first.entry, "languages": {language: index_of_language}}
    (index / "pagefind-entry.json").write_text(json.dumps(entry, separators=(",", ":")), "utf-8")
    return kept


def _merge_words(groups: Sequence[IndexedGroup], fields: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Yield each word and its encoding, in order."""
    sources, first = [], 0
    for group in groups:
        sources.append(group.read_words(first, fields))
        first += len(group.pages)
    for text, same in groupby(heapq.merge(*sources, key=attrgetter("text")), attrgetter("text")):
        words = list(same)
        yield text, encode_word(text, [word.pages for word in words], list(_merge_variants(words).items()))


def _merge_variants(words: Sequence[IndexedWord]) -> Mapping[str, list[Postings]]:
    found: dict[str, list[Postings]] = {}
    for word in words:
        for form, pages in word.variants:
            found.setdefault(form, []).append(pages)
    return dict(sorted(found.items()))


def _word_files(words: Iterator[tuple[str, bytes]]) -> Iterator[tuple[str, str, bytes]]:
    """Yield the first and last word of each file, and its content."""
    texts: list[str] = []
    parts: list[bytes] = []
    size = 0
    for _, same in groupby(words, lambda word: word[0][:PREFIX]):
        if size >= _SIZE:
            yield texts[0], texts[-1], encode_words(parts)
            texts, parts, size = [], [], 0
        for text, content in same:
            texts.append(text)
            parts.append(content)
            size += len(content)
    if texts:
        yield texts[0], texts[-1], encode_words(parts)


def _shorten(chunks: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Shorten the first and last word of each file to what distinguishes it from the next."""
    found = [list(chunk) for chunk in chunks]
    for before, after in pairwise(found):
        last, first = before[1], after[0]
        same = next(at for at in range(len(first)) if last[at : at + 1] != first[at]) + 1
        if last[:same] >= before[0]:
            before[1] = last[:same]
        after[0] = first[:same]
    return [(start, end, name) for start, end, name in found]
