"""Shared code of the compatibility tests: expected files, databases, live pages and mail."""

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

HERE = Path(__file__).parent
EXPECTED = HERE / "expected"
_PADDING = re.compile(r"(?:\u034f\u200c\u00a0)+")
# The time at which the databases were created, and the columns that contain times.
MADE_AT = 1_769_947_200
_TIMES = {
    "subscriber": ("consent_at", "created_at"),
    "suppression": ("since",),
    "event": ("at",),
    "signing_key": ("created_at",),
    "campaign": ("created_at", "finished_at"),
    "delivery": ("attempted_at", "answered_at"),
    "proof": ("sent_at",),
    "bounce": ("at",),
}


def expected(name: str) -> bytes:
    """Return the bytes of a file that 7cfa81f wrote."""
    return (EXPECTED / name).read_bytes()


def expected_json(name: str) -> Any:
    """Return the content of a JSON file that 7cfa81f wrote."""
    return json.loads(expected(name))


def without_padding(text: str) -> str:
    """Remove the invisible characters after the preheader, of which there are more since Gmail shows 200 characters."""
    return _PADDING.sub("", text)


def without_tokens(text: str) -> str:
    """Replace each token in a link by `TOKEN`, since tokens differ between databases."""
    return re.sub(r"\b(confirm|unsubscribe|preferences|export|erase)/[\w.-]+", r"\1/TOKEN", text)


@dataclass(frozen=True)
class Dump:
    """A database of 7cfa81f, loaded from its dump."""

    kind: str
    url: str

    def move_to(self, now: int) -> None:
        """Move all times, as if the database had been created at `now` instead of `MADE_AT`."""
        statements = [
            f"UPDATE {table} SET {column} = {column} + {now - MADE_AT}"
            for table, columns in _TIMES.items()
            for column in columns
        ]
        statements.append(f"UPDATE delivery SET due_at = due_at + {now - MADE_AT} WHERE due_at > 0")
        execute(self.url, ";\n".join(statements))


def newsletter(folder: Path, *arguments: str) -> str:
    """Run a command in its own process, since sending keeps connections open. Returns its output."""
    command = [sys.executable, "-m", "newsletter", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


def execute(url: str, script: str) -> None:
    """Execute SQL statements in a database."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.executescript(script)
            connection.commit()
    else:
        with psycopg.connect(url) as postgresql:
            postgresql.execute(script.encode())


@dataclass(frozen=True)
class LivePages:
    """The pages of `newsletter serve`."""

    url: str

    def get(self, path: str) -> tuple[int, str]:
        """Request a page. Returns its status and content. `path` is relative to the URL of the pages."""
        return self._request("GET", path)

    def post(self, path: str) -> tuple[int, str]:
        """Submit a form without fields. Returns the status and content of the response."""
        return self._request("POST", path)

    def _request(self, method: str, path: str) -> tuple[int, str]:
        parts = urlsplit(self.url)
        with closing(HTTPConnection(parts.netloc, timeout=30)) as connection:
            connection.request(method, parts.path + path)
            response = connection.getresponse()
            return response.status, response.read().decode()


@contextmanager
def served(folder: Path) -> Iterator[LivePages]:
    """Run `newsletter serve` for the publication in a folder until the block ends."""
    command = [sys.executable, "-m", "newsletter", "serve", "--port", "0"]
    log = folder / "serve.log"
    with (
        log.open("w") as errors,
        subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            assert process.stdout
            url = process.stdout.readline().strip()
            assert url, log.read_text()
            yield LivePages(url)
        finally:
            process.terminate()
            code = process.wait(timeout=60)
    assert code == 0, log.read_text()


def mail_in(folder: Path) -> dict[str, EmailMessage]:
    """Remove all messages from the outbox of the publication in a folder, and return them by recipient."""
    found = {}
    for path in sorted((folder / "build" / "outbox").glob("*.eml")):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert isinstance(message, EmailMessage)
        # Addresses that are not ASCII are in UTF-8 (RFC 6532), which the parser keeps as surrogates.
        recipient = message["To"].addresses[0].addr_spec.encode("utf-8", "surrogateescape").decode()
        assert recipient not in found
        found[recipient] = message
        path.unlink()
    return found


def part(message: EmailMessage, kind: str) -> str:
    """Return the text part (`plain`) or HTML part (`html`) of a message, without tokens."""
    found = message.get_body([kind])
    assert found
    return without_tokens(found.get_content())
