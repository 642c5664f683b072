"""Read a CSV file (RFC 4180) whose encoding and delimiter are unknown, as a stream.

An invalid line is reported and skipped. Neither the file nor a line above a limit is held in memory.
"""

import codecs
import csv
import io
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from newsletter.errors import AccessError, NewsletterError, NotFoundError, Problem
from newsletter.files import display

MAX_LINE = 100_000
MAX_COLUMNS = 1000
# One quoted field, such as a note, may span so many lines. If it spans more, its quote was never closed.
_MAX_LINES = 50
_DELIMITERS = ",;\t|"
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# The encodings without Unicode that other programs write.
_CHARSETS = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp932", "euc_jp", "cp949"]
_CHARSETS += ["gb18030", "big5", "koi8_r", "mac_roman"]
_SAMPLE = 50_000


class CsvFile:
    """A CSV file with a header. `on_problem` is called with each invalid line."""

    def __init__(self, path: Path, on_problem: Callable[[Problem], None], encoding: str = "") -> None:
        """Open the file and read its header.

        Raises:
            NotFoundError: there is no such file.
            AccessError: the file cannot be read.
            NewsletterError: it is not a CSV file, or `encoding` is unknown.
        """
        self.name = display(path)
        self._on_problem = on_problem
        self._file = _open(path, self.name)
        self.size = path.stat().st_size
        self._waiting: deque[str] = deque()
        self._line = 0
        try:
            self.encoding = encoding or _encoding(self._file, self.name)
            self._file.seek(0)
            self._text = io.TextIOWrapper(self._file, self.encoding, errors="replace")
            self.header = self._header()
        except LookupError as error:
            self.close()
            raise NewsletterError(
                f"`{encoding}` is no encoding", "Name one such as utf-8, cp1252 or shift_jis."
            ) from error
        except BaseException:
            self.close()
            raise

    @property
    def done(self) -> int:
        """The number of bytes read so far."""
        return self._file.tell()

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows below the header: the line, counted from 1, and as many fields as the header has."""
        width, delimiter = len(self.header), self.delimiter
        checks = not self.encoding.startswith("utf")
        while line := self._next():
            number = self._line
            if len(line) >= MAX_LINE:
                self._skip(line)
                continue
            fields = self._quoted(line, width) if '"' in line else line.rstrip("\n").split(delimiter)
            if fields is None or (len(fields) == 1 and not fields[0].strip()):
                continue
            if len(fields) != width and not self._fits(fields, width, number, line):
                continue
            if checks and "\ufffd" in line:
                self.fault(number, f"this is not all {self.encoding}", "Name the file's encoding: --encoding.", line)
                continue
            yield number, fields

    def fault(self, number: int, message: str, advice: str, line: str = "") -> None:
        """Report an invalid line."""
        self._on_problem(
            Problem(self.name, number, 1, message, advice, source=line[:200].rstrip("\n").replace("\n", " "))
        )

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _next(self) -> str:
        self._line += 1
        return self._waiting.popleft() if self._waiting else self._text.readline(MAX_LINE)

    def _quoted(self, line: str, width: int) -> list[str] | None:
        """Return the fields of a record with quotes, which may span lines; None if the quotes do not match."""
        number, record, taken = self._line, line, list[str]()
        while True:
            try:
                fields = next(csv.reader([record], delimiter=self.delimiter, strict=True))
                if not taken or len(fields) == width:
                    return fields
                break
            except csv.Error:
                if record.count('"') % 2 == 0 or len(taken) == _MAX_LINES or not (more := self._next()):
                    break
                taken.append(more)
                record += more
        # The following lines are read as lines of their own, so that one missing quote costs one row.
        self._waiting.extendleft(reversed(taken))
        self._line = number
        self.fault(number, "the quotes on this line do not match", 'Write `""` for a quote within quotes.', line)
        return None

    def _skip(self, line: str) -> None:
        while line and not line.endswith("\n"):
            line = self._text.readline(MAX_LINE)
        self.fault(self._line, f"this line has more than {MAX_LINE:,} characters", "Is this a line of a list?")

    def _fits(self, fields: list[str], width: int, number: int, line: str) -> bool:
        """Return whether a row has as many columns as the header, apart from empty ones at its end."""
        while len(fields) > width and not fields[-1].strip():
            fields.pop()
        if len(fields) == width:
            return True
        some = f"{len(fields):,} column{'' if len(fields) == 1 else 's'}"
        advice = f"Separate them by {_named(self.delimiter)}, and put one that holds it in double quotes."
        self.fault(number, f"this line has {some}, and the header {width:,}", advice, line)
        return False

    def _header(self) -> list[str]:
        line = self._next()
        self.delimiter = ","
        if line[:4].lower() == "sep=" and line[4:5] in _DELIMITERS:
            self.delimiter, line = line[4], self._next()
        else:
            self.delimiter = max(_DELIMITERS, key=lambda one: len(_split(line, one)))
        if not line:
            raise NewsletterError(f"{self.name} is empty", "Its first line must name the columns.")
        names = [name.strip() for name in _split(line, self.delimiter)]
        if len(line) >= MAX_LINE or len(names) > MAX_COLUMNS:
            message = f"{self.name} has more than {MAX_COLUMNS:,} columns"
            raise NewsletterError(message, "Nothing was changed. Is this a list of people?")
        if not any(names):
            raise NewsletterError(f"{self.name} begins with an empty line", "Its first line must name the columns.")
        return names


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def _open(path: Path, name: str) -> BinaryIO:
    try:
        return path.open("rb")
    except (FileNotFoundError, IsADirectoryError) as error:
        kind = "a folder" if isinstance(error, IsADirectoryError) else "no such file"
        raise NotFoundError(f"{name}: this is {kind}", "Name a CSV file.") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise AccessError(f"{name} cannot be read: {reason}", "Check the file's name and its permissions.") from error


def _encoding(file: BinaryIO, name: str) -> str:
    """Return the encoding by the byte order mark, else UTF-8 if the whole file is valid, else a guess."""
    head = file.read(4096)
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return encoding
    if head.startswith(b"PK\x03\x04"):
        advice = "Unpack a zip and import its CSV files one by one; save a spreadsheet as CSV."
        raise NewsletterError(f"{name} is a zip or a spreadsheet, and a CSV is read", advice)
    if b"\0" in head:
        raise NewsletterError(f"{name} is no text", "Save it as CSV in UTF-8.")
    decoder, chunk, before = codecs.getincrementaldecoder("utf-8")(), head, b""
    while chunk:
        following = file.read(1_000_000)
        try:
            decoder.decode(chunk, final=not following)
        except UnicodeDecodeError as error:
            around = before[-3:] + chunk
            return _guess(around[max(0, error.start - _SAMPLE) : error.start + _SAMPLE])
        before, chunk = chunk, following
    return "utf-8"


def _guess(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=_CHARSETS).best()
    # Of encodings that decode the sample to the same text, cp1252 is the most common.
    return best.encoding if best and "cp1252" not in best.could_be_from_charset else "cp1252"


def _named(delimiter: str) -> str:
    return {",": "commas", ";": "semicolons", "\t": "tabs", "|": "`|`"}[delimiter]
