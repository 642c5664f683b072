"""The groups of issues that are indexed together, and the cache of what Pagefind found in each.

Pagefind needs 0.23 MB of memory for each page that it indexes, and cannot add a page to an index. So a large archive is
indexed in groups, the indexes are merged (`search_merge`), and a changed issue is indexed again with its group only.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsletter.archive import pagefind_format
from newsletter.archive.pagefind_format import IndexedWord, Postings, UnknownFormatError, unpack
from newsletter.archive.pagefind_reader import IndexReader, renumber_fields
from newsletter.documents.sealed_file import require_replaceable
from newsletter.files import write_inside
from newsletter.text.digests import blake2b_hex

_READ = 1 << 20


@dataclass(frozen=True)
class PageGroup:
    """Pages that are indexed together.

    Args:
        number: The number of the group. The oldest issues have 1, so that a new issue belongs to the last group.
        pages: The paths of the pages.
    """

    number: int
    pages: tuple[str, ...]


def divide_pages(pages: Sequence[str], size: int) -> list[PageGroup]:
    """Divide pages into groups.

    Args:
        pages: The paths of the pages, oldest first.
        size: The number of pages in a group.
    """
    starts = range(0, len(pages), size)
    return [PageGroup(number, tuple(pages[start : start + size])) for number, start in enumerate(starts, 1)]


@dataclass(frozen=True)
class IndexedGroup:
    """What Pagefind found in a group, in a file of the cache.

    Args:
        file: The file.
        language: The language of the index.
        entry: What Pagefind tells its script about the index.
        pages: The name of the text of each page, and its number of words.
        fields: The names of the metadata of pages.
        words: The position of the words in the file.
        postings: The position of the pages of the words in the file.
    """

    file: Path
    language: str
    entry: Mapping[str, Any]
    pages: Sequence[tuple[str, int]]
    fields: Sequence[str]
    words: int
    postings: int

    def read_words(self, first: int, fields: Sequence[str]) -> Iterator[IndexedWord]:
        """Yield the words in order.

        Args:
            first: The number that the first page of the group has in the merged index.
            fields: The names of the metadata in the merged index.
        """
        numbers = [fields.index(name) for name in self.fields]
        renumber: Callable[[Postings, Sequence[int]], Postings] | None = renumber_fields
        if numbers == list(range(len(numbers))):
            renumber = None
        with self.file.open("rb") as lines, self.file.open("rb") as postings:
            lines.seek(self.words)
            postings.seek(self.postings)

            def read_pages(count: int, start: int, last: int, size: int) -> Postings:
                pages = Postings(count, start + first, last + first, postings.read(size))
                return renumber(pages, numbers) if renumber else pages

            while lines.tell() < self.postings:
                text, *values = json.loads(lines.readline())
                pages = read_pages(*values[:4])
                variants = [(values[at], read_pages(*values[at + 1 : at + 5])) for at in range(4, len(values), 5)]
                yield IndexedWord(text, pages, variants)


def read_group(file: Path, key: str) -> IndexedGroup | None:
    """Read what Pagefind found in a group. Returns None if the file is missing, damaged or has another cache key."""
    if not file.is_file():
        return None
    with contextlib.suppress(OSError, ValueError, LookupError, TypeError), file.open("rb") as content:
        seal, line = content.readline().decode().strip(), content.readline()
        head = json.loads(line)
        start, digest = content.tell(), hashlib.blake2b(line, digest_size=16)
        if head["key"] != key:
            return None
        while part := content.read(_READ):
            digest.update(part)
        if digest.hexdigest() == seal:
            return _group(file, head, start)
    return None


def _group(file: Path, head: Mapping[str, Any], start: int) -> IndexedGroup:
    """Return a group, given the first line of its file and where the next begins."""
    pages = [(name, count) for name, count in head["pages"]]
    return IndexedGroup(file, head["language"], head["entry"], pages, head["fields"], start, start + head["size"])


def save_group(folder: Path, number: int, key: str, index: Path) -> IndexedGroup:
    """Write what Pagefind found in a group to the cache.

    Args:
        folder: The folder of the cache.
        number: The number of the group.
        key: Its cache key.
        index: The folder of its index.

    Raises:
        UnknownFormatError: The index is not as this version of newsletter knows it.
        AccessError: The file cannot be written.
    """
    entry, language, pages, chunks, fields = _read_head(index)
    lines, postings, last = [], [], ""
    for name in chunks:
        reader = IndexReader(unpack(index / f"index/{name}.pf_index"))
        reader.expect_array(1)
        for _ in range(reader.array()):
            word = reader.word()
            values: list[object] = []
            for form, some in ((word.text, word.pages), *word.variants):
                values += (form, some.size, some.first, some.last, len(some.rest))
                postings.append(some.rest)
            if word.text < last:
                raise UnknownFormatError("order")
            last = word.text
            lines.append(json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        reader.end()
    words = b"".join(lines)
    head = {
        "key": key,
        "language": language,
        "entry": entry,
        "pages": [(f"{number}/{name}" if number > 1 else name, count) for name, count in pages],
        "fields": fields,
        "size": len(words),
    }
    content = b"".join([json.dumps(head, separators=(",", ":")).encode(), b"\n", words, *postings])
    seal = blake2b_hex(content).encode()
    file = folder / str(number)
    require_replaceable(file)
    write_inside(folder, file, b"\n".join([seal, content]))
    return _group(file, head, len(seal) + 1 + content.index(b"\n") + 1)


def _read_head(index: Path) -> tuple[dict[str, Any], str, list[tuple[str, int]], list[str], list[str]]:
    """Read the entry of an index, its language, its pages, its files of words, and the names of the metadata."""
    try:
        entry = json.loads((index / "pagefind-entry.json").read_bytes())
        [(language, known)] = entry["languages"].items()
        reader = IndexReader(unpack(index / f"pagefind.{known['hash']}.pf_meta"))
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise UnknownFormatError("entry") from error
    reader.expect_array(6)
    if not reader.text().startswith(pagefind_format.VERSIONS):
        raise UnknownFormatError("version")
    pages, chunks = [], []
    for _ in range(reader.array()):
        reader.expect_array(2)
        pages.append((reader.text(), reader.number()))
    for _ in range(reader.array()):
        reader.expect_array(3)
        chunks.append([reader.text(), reader.text(), reader.text()][2])
    # Pages have no filters and no orders.
    reader.expect_array(0)
    reader.expect_array(0)
    fields = reader.texts()
    reader.end()
    return entry, language, pages, chunks, fields
