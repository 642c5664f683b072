"""Parses CSV exports of reading lists: Pocket, Instapaper, Raindrop and others with a column for the URL.

Pocket has the columns `title,url,time_added,tags,status`, Instapaper `URL,Title,Selection,Folder,Timestamp`, and
Raindrop `id,title,note,excerpt,url,folder,tags,created,cover,highlights,favorite`.
"""

import csv
import re
from collections.abc import Iterator, Sequence

from newsletter.capture.clean_text import MAX_ABSTRACT, clean_line
from newsletter.capture.inputs.day import parse_day
from newsletter.capture.inputs.link import InputLink
from newsletter.errors import NewsletterError

# The columns of each field, as letters and digits. The first that exists is used.
_URL = ("url", "link", "href", "givenurl", "resolvedurl")
_TITLE = ("title", "name", "giventitle", "resolvedtitle")
_DAY = ("timeadded", "timestamp", "created", "createdat", "dateadded", "adddate", "addedat", "saveddate", "date")
_NOTE = ("note", "notes", "selection", "comment")
_OTHER = ("tags", "folder", "status", "description", "excerpt")


def is_csv_of_links(text: str) -> bool:
    """Return whether the first line of a text names a column for the URL and another known column."""
    return _header(text) is not None


def links_in_csv(text: str) -> Iterator[InputLink]:
    """Yield the http and https links of a CSV file with their titles, the days they were added, and their notes.

    Raises:
        NewsletterError: a field is too long.
    """
    found = _header(text)
    if found is None:
        return
    delimiter, names = found
    url, title, day, note = (_position(names, fields) for fields in (_URL, _TITLE, _DAY, _NOTE))
    try:
        for row in list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter))[1:]:
            address = _value(row, url).strip().replace(" ", "%20")
            if re.match(r"https?://", address, re.IGNORECASE):
                # Pocket writes the URL as the title of a page without one.
                named = _value(row, title).strip()
                named = "" if named.replace(" ", "%20") == address else named
                yield InputLink(
                    address, clean_line(named), parse_day(_value(row, day)), clean_line(_value(row, note), MAX_ABSTRACT)
                )
    except csv.Error as error:
        raise NewsletterError(f"not a valid CSV file: {error}", "Export it again.") from error


def _header(text: str) -> tuple[str, list[str]] | None:
    """Return the delimiter and the keys of the columns, or None if the text is not a CSV file of links."""
    line = text.lstrip("\ufeff").partition("\n")[0]
    if len(line) > 1000:
        return None
    for delimiter in ",;\t":
        try:
            names = [re.sub(r"[^a-z0-9]", "", name.lower()) for name in next(csv.reader([line], delimiter=delimiter))]
        except (csv.Error, StopIteration):
            continue
        if set(_URL) & set(names) and set(names) & {*_TITLE, *_DAY, *_NOTE, *_OTHER}:
            return delimiter, names
    return None


def _position(names: Sequence[str], fields: tuple[str, ...]) -> int | None:
    return next((names.index(name) for name in fields if name in names), None)


def _value(row: Sequence[str], position: int | None) -> str:
    return row[position] if position is not None and position < len(row) else ""
