"""A file as text: limited in size, decoded as UTF-8, with line and column of each offset."""

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from newsletter.errors import AccessError, DocumentError, Problem, Severity
from newsletter.files import display, read_bytes, write_whole

# How many times a change is tried while another program writes the file.
_MAX_CHANGES = 10
# The line breaks of YAML 1.1 (§4.2), so that line numbers agree with those of the parser.
_BREAKS = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


@dataclass(frozen=True)
class Source:
    """The text of a file, and its name in messages."""

    name: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their line breaks."""
        return _BREAKS.split(self.text)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in _BREAKS.finditer(self.text))]

    def position(self, offset: int) -> tuple[int, int]:
        """Return the line and the column of an offset into the text, both from 0."""
        line = bisect_right(self._starts, offset) - 1
        return line, offset - self._starts[line]

    def line(self, number: int) -> str:
        """Return the text of a line, counted from 0; "" past the end."""
        return self.lines[number] if number < len(self.lines) else ""

    def problem(
        self,
        line: int,
        column: int,
        message: str,
        advice: str = "",
        path: str = "",
        severity: Severity = Severity.ERROR,
    ) -> Problem:
        """Return a problem at a line and column counted from 0."""
        return Problem(self.name, line + 1, column + 1, message, advice, path, self.line(line), severity)


def read_source(path: Path) -> Source:
    """Read a text file.

    Raises:
        NotFoundError: The file does not exist, or is not a regular file.
        AccessError: The system refuses to read it.
        DocumentError: It is too large, or not UTF-8 text.
    """
    return Source(display(path), decode(read_bytes(path), display(path)))


def change_file(path: Path, change: Callable[[Source], str]) -> None:
    """Change the text of a file. If `change` raises, the file stays the same.

    If another program, such as an editor, writes the file meanwhile, `change` is called again with the new text.

    Raises:
        NotFoundError, AccessError, DocumentError: The file cannot be read or written. Errors of `change` are passed
            on.
    """
    for _ in range(_MAX_CHANGES):
        content = read_bytes(path)
        source = Source(display(path), decode(content, display(path)))
        text = change(source)
        if text == source.text:
            return
        if read_bytes(path) == content:
            mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
            write_whole(path, mark + text.encode())
            return
    raise AccessError(f"another program keeps changing {display(path)}", "Stop it, then try again.")


def decode(content: bytes, name: str) -> str:
    """Decode UTF-8 bytes and remove a byte order mark.

    Raises:
        DocumentError: The bytes are not UTF-8 text. The problem is located at the first invalid byte.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DocumentError(
            [Problem(name, 1, 1, "expected UTF-8, found UTF-16", "Save the file as UTF-8 in your editor.")]
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        raise DocumentError(
            [_undecodable(before, name, f"the byte 0x{content[error.start]:02x} is not valid UTF-8")]
        ) from error
    if "\0" in text:
        raise DocumentError(
            [_undecodable(text[: text.index("\0")], name, "the file is not text: it contains a NUL character")]
        )
    return text


def _undecodable(before: str, name: str, message: str) -> Problem:
    line, column = Source(name, before).position(len(before))
    return Problem(name, line + 1, column + 1, message, "Save the file as UTF-8 text in your editor.")
