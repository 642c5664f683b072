"""Reads the search index of an archive for tests, without the code that writes it."""

import gzip
import json
from pathlib import Path
from typing import Any

from newsletter.archive.search_index import FOLDER


def decode_index(site: Path) -> dict[str, Any]:
    """Return where each word is on each page by the page's URL, and what else the index says of the pages."""
    index = site / FOLDER
    entry = json.loads((index / "pagefind-entry.json").read_text())
    [language] = entry["languages"].values()
    version, pages, chunks, filters, sorts, fields = _read(index / f"pagefind.{language['hash']}.pf_meta")
    texts = [json.loads(_unpack(index / f"fragment/{name}.pf_fragment")) for name, _ in pages]
    urls = [text["url"] for text in texts]
    found: dict[str, Any] = {"version": version, "filters": filters, "sorts": sorts, "fields": fields}
    found["words"] = {
        url: (words, text["word_count"]) for url, (_, words), text in zip(urls, pages, texts, strict=True)
    }
    found["page_count"] = language.pop("page_count")
    for _, _, name in chunks:
        [words] = _read(index / f"index/{name}.pf_index")
        for word, some, variants in words:
            found[f"word {word}"] = _by_url(some, urls)
            found |= {f"form {form} of {word}": _by_url(others, urls) for form, others in variants}
    return found


def _by_url(pages: list[Any], urls: list[str]) -> dict[str, Any]:
    found, number = {}, 0
    for distance, text, metadata in pages:
        number += distance
        found[urls[number]] = (text, metadata)
    assert len(found) == len(pages)
    return found


def _unpack(file: Path) -> bytes:
    return gzip.decompress(file.read_bytes()).removeprefix(b"pagefind_dcd")


def _read(file: Path) -> Any:
    value, rest = _decode(_unpack(file))
    assert not rest
    return value


def _decode(data: bytes) -> tuple[Any, bytes]:
    """Decode a value in CBOR (RFC 8949). Returns it, and what follows."""
    major, value, data = data[0] >> 5, data[0] & 31, data[1:]
    if value >= 24:
        size = 1 << value - 24
        value, data = int.from_bytes(data[:size], "big"), data[size:]
    if major == 3:
        return data[:value].decode(), data[value:]
    if major == 4:
        items = []
        for _ in range(value):
            item, data = _decode(data)
            items.append(item)
        return items, data
    return (-1 - value if major else value), data
