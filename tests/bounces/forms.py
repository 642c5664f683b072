"""Bounces in the forms of many mail systems, from `forms.txt`, each with its kind. The texts are our own."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from newsletter.database.states import BounceKind

_FILE = Path(__file__).parent / "forms.txt"


@dataclass(frozen=True)
class Form:
    """A message, and its kind."""

    name: str
    kind: BounceKind
    content: bytes


def read_forms() -> list[Form]:
    """Return all messages of the file."""
    return list(_read(_FILE.read_text(encoding="utf-8")))


def _read(text: str) -> Iterator[Form]:
    for section in text.split("=== ")[1:]:
        title, _, content = section.partition("\n")
        name, _, kind = title.rpartition(": ")
        yield Form(name, BounceKind(kind), _build(content).encode())


def _build(content: str) -> str:
    """Return a message; with a line `@status`, as a report (RFC 3464)."""
    text, report, status = content.partition("@status\n")
    header, _, body = text.partition("\n\n")
    header = f"To: bounces@lantern.example.org\nMIME-Version: 1.0\n{header}"
    if not report:
        plain = "" if "Content-Type" in header else "\nContent-Type: text/plain; charset=utf-8"
        return f"{header}{plain}\n\n{body}"
    return (
        f'{header}\nContent-Type: multipart/report; report-type=delivery-status; boundary="=b"\n\n'
        f"--=b\nContent-Type: text/plain; charset=utf-8\n\n{body}\n"
        f"--=b\nContent-Type: message/delivery-status\n\n{status}\n"
        "--=b\nContent-Type: message/rfc822\n\nSubject: Issue 12\nTo: ida@reader.example\n\nHello\n\n--=b--\n"
    )
