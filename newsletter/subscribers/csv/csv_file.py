"""Read a CSV file (RFC 4180) with unknown encoding and delimiter, as a stream.

Invalid lines are reported and skipped. Memory is bounded: neither the whole file nor an overlong line is loaded.
"""

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from newsletter.errors import AccessError, NewsletterError, NotFoundError, Problem
from newsletter.files import display

MAX_LINE = 100_000
MAX_COLUMNS = 1000
# The lines that a quoted field, such as a note, may span. If it spans more, its quote is assumed to be unclosed.
_MAX_LINES = 50
_DELIMITERS = ",;\t|"
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# The encodings other than Unicode that other programs write.
_CHARSETS = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp932", "euc_jp", "cp949"]
_CHARSETS += ["gb18030", "big5", "koi8_r", "mac_roman"]
# Bytes that are not valid in UTF-8, as `surrogateescape` decodes them. Valid text contains none of these characters.
_ESCAPED = re.compile("[\udc80-\udcff]")
# The error handlers by whether the encoding is UTF-8, and what they leave of invalid bytes.
_INVALID = {True: _ESCAPED, False: re.compile("\ufffd")}
# Bytes on each side of the first invalid byte, for guessing the encoding.
_SAMPLE = 50_000


class CsvFile:
    """An open CSV file with a header. `on_problem` is called for each invalid line."""

    def __init__(self, path: Path, on_problem: Callable[[Problem], None], encoding: str = "") -> None:
        """Open the file and read its header.

        Raises:
            NotFoundError: the file does not exist.
            AccessError: the file cannot be read.
            NewsletterError: it is not a CSV file, or `encoding` is unknown.
        """
        self.name = display(path)
        self._on_problem = on_problem
        self._file = _open(path, self.name)
        self.size = path.stat().st_size
        self._waiting: deque[str] = deque()
        self._line = 0
        # The record whose fields `rows` yields next. It may have several lines.
        self._record = ""
        try:
            self.encoding = encoding or _detect_encoding(self._file, self.name)
            self._file.seek(0)
            utf8 = codecs.lookup(self.encoding).name in ("utf-8", "utf-8-sig")
            self._text = io.TextIOWrapper(self._file, self.encoding, errors="surrogateescape" if utf8 else "replace")
            # In UTF-16 and UTF-32, the character may be meant.
            self._invalid = None if self.encoding.startswith(("utf-16", "utf-32")) else _INVALID[utf8]
            self.header = self._read_header()
        except LookupError as error:
            self.close()
            raise NewsletterError(
                f"unknown encoding `{encoding}`", "Use one such as utf-8, cp1252 or shift_jis."
            ) from error
        except BaseException:
            self.close()
            raise

    @property
    def done(self) -> int:
        """The number of bytes read so far."""
        return self._file.tell()

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows below the header: the line number, counted from 1, and as many fields as the header has."""
        width, delimiter = len(self.header), self.delimiter
        while line := self._next_line():
            number, self._record = self._line, line
            if len(line) >= MAX_LINE:
                self._skip(line)
                continue
            fields = self._split_quoted(line, width) if '"' in line else line.rstrip("\n").split(delimiter)
            if fields is None or (len(fields) == 1 and not fields[0].strip()):
                continue
            if len(fields) != width and not self._fits(fields, width, number, line):
                continue
            if self._invalid and not self._record.isascii() and (found := self._invalid.search(self._record)):
                above = self._record[: found.start()].count("\n")
                self.report_problem(
                    number + above,
                    f"the line is not valid {self.encoding}",
                    "Correct the line in the file, or set the encoding of the whole file with --encoding.",
                    self._record.split("\n")[above],
                )
                continue
            yield number, fields

    def rewind(self) -> None:
        """Go back to the first row, so that `rows` reads the file again. Invalid lines are then reported again."""
        self._text.seek(0)
        self._waiting.clear()
        self._line = 0
        self._read_header()

    def report_problem(self, number: int, message: str, advice: str, line: str = "") -> None:
        """Report an invalid line."""
        self._on_problem(
            Problem(
                self.name, number, 1, message, advice, source=_printable(line[:200]).rstrip("\n").replace("\n", " ")
            )
        )

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _next_line(self) -> str:
        self._line += 1
        return self._waiting.popleft() if self._waiting else self._text.readline(MAX_LINE)

    def _split_quoted(self, line: str, width: int) -> list[str] | None:
        """Return the fields of a record with quotes, which may span lines. Returns None if the quotes do not match."""
        number, record, joined = self._line, line, list[str]()
        while True:
            try:
                fields = next(csv.reader([record], delimiter=self.delimiter, strict=True))
                if not joined or len(fields) == width:
                    self._record = record
                    return fields
                break
            except csv.Error:
                if record.count('"') % 2 == 0 or len(joined) == _MAX_LINES or not (more := self._next_line()):
                    break
                joined.append(more)
                record += more
        # The joined lines are read again as separate rows, so that a missing quote skips only one row.
        self._waiting.extendleft(reversed(joined))
        self._line = number
        self.report_problem(number, "the quotes do not match", 'Write `""` for a quote inside a quoted value.', line)
        return None

    def _skip(self, line: str) -> None:
        while line and not line.endswith("\n"):
            line = self._text.readline(MAX_LINE)
        self.report_problem(
            self._line, f"the line has more than {MAX_LINE:,} characters", "Check the line; it is probably damaged."
        )

    def _fits(self, fields: list[str], width: int, number: int, line: str) -> bool:
        """Remove empty fields at the end of a row. Returns whether it then has as many columns as the header."""
        while len(fields) > width and not fields[-1].strip():
            fields.pop()
        if len(fields) == width:
            return True
        expected = f"{width:,} column{'' if width == 1 else 's'}"
        advice = f"Separate columns with {_plural(self.delimiter)}. Put a value that contains one in double quotes."
        self.report_problem(number, f"expected {expected}, found {len(fields):,}", advice, line)
        return False

    def _read_header(self) -> list[str]:
        line = self._next_line()
        self.delimiter = ","
        if line[:4].lower() == "sep=" and line[4:5] in _DELIMITERS:
            self.delimiter, line = line[4], self._next_line()
        else:
            self.delimiter = max(_DELIMITERS, key=lambda one: len(_split(line, one)))
        if not line:
            raise NewsletterError(f"{self.name} is empty", "Write the names of the columns in the first line.")
        names = [_printable(name).strip() for name in _split(line, self.delimiter)]
        if len(line) >= MAX_LINE or len(names) > MAX_COLUMNS:
            message = f"{self.name} has more than {MAX_COLUMNS:,} columns"
            raise NewsletterError(message, "Nothing was changed. Check that the file is a list of subscribers.")
        if not any(names):
            raise NewsletterError(
                f"{self.name} begins with an empty line", "Write the names of the columns in the first line."
            )
        return names


def _printable(text: str) -> str:
    """Replace bytes that could not be decoded with U+FFFD."""
    return _ESCAPED.sub("\ufffd", text)


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def _open(path: Path, name: str) -> BinaryIO:
    try:
        return path.open("rb")
    except (FileNotFoundError, IsADirectoryError) as error:
        message = "is a folder" if isinstance(error, IsADirectoryError) else "does not exist"
        raise NotFoundError(f"{name} {message}", "Give the path of a CSV file.") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise AccessError(f"{name} cannot be read: {reason}", "Check the file's name and its permissions.") from error


def _detect_encoding(file: BinaryIO, name: str) -> str:
    """Detect the encoding: by the byte order mark, else UTF-8 if most lines are valid, else by a guess.

    Only lines that are not ASCII count. Text in another encoding is hardly ever valid UTF-8.
    """
    head = file.read(4096)
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return encoding
    if head.startswith(b"PK\x03\x04"):
        advice = "Unpack an archive and import its CSV files one by one. Save a spreadsheet as CSV."
        raise NewsletterError(f"{name} is a zip archive or a spreadsheet, not a CSV file", advice)
    if b"\0" in head:
        raise NewsletterError(f"{name} is not a text file", "Save it as CSV in UTF-8.")
    decoder, chunk, before = codecs.getincrementaldecoder("utf-8")(), head, b""
    while chunk:
        following = file.read(1_000_000)
        try:
            decoder.decode(chunk, final=not following)
        except UnicodeDecodeError as error:
            if _is_mostly_utf8(file):
                return "utf-8"
            around = before[-3:] + chunk
            return _guess(around[max(0, error.start - _SAMPLE) : error.start + _SAMPLE])
        before, chunk = chunk, following
    return "utf-8"


def _is_mostly_utf8(file: BinaryIO) -> bool:
    """Return whether at least as many lines that are not ASCII are valid in UTF-8 as are not."""
    file.seek(0)
    balance = 0
    while line := file.readline(MAX_LINE):
        if not line.isascii():
            try:
                line.decode()
                balance += 1
            except UnicodeDecodeError:
                balance -= 1
    return balance >= 0


def _guess(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=_CHARSETS).best()
    # If several encodings decode the sample to the same text, cp1252 is the most common one.
    return best.encoding if best and "cp1252" not in best.could_be_from_charset else "cp1252"


def _plural(delimiter: str) -> str:
    return {",": "commas", ";": "semicolons", "\t": "tabs", "|": "`|`"}[delimiter]
