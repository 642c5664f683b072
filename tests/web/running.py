"""`newsletter serve` in another process, and visitors who send it forms."""

import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from tests.publications import PUBLICATION, write_publication
from tests.web.serving import DELIVERY, FORM

LOG = "serve.log"


@contextmanager
def running(
    root: Path, *options: str, files: int | None = None, publication: str = PUBLICATION + DELIVERY
) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Run `newsletter serve` until the block ends.

    Args:
        root: An empty folder.
        options: Options of the command.
        files: How many files the process may open.
        publication: The settings.

    Yields:
        The process and its URL. The file LOG in the folder has what it writes to stderr.
    """

    def limit() -> None:
        if files:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    write_publication(root, publication=publication)
    # A pipe that is not read would be full after some hundred requests, and block the server.
    with (
        (root / LOG).open("w") as log,
        subprocess.Popen(
            [sys.executable, "-m", "newsletter", "-C", str(root), "serve", "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            preexec_fn=limit,
        ) as process,
    ):
        try:
            assert process.stdout
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def submit(url: str, forwarded: str = "", source: str = "") -> int:
    """Submit the form to subscribe, without an address. Returns the status: 422, or 429 if the network is limited.

    Args:
        url: The URL of the server.
        forwarded: The header X-Forwarded-For.
        source: The address of this machine to connect from, such as 127.0.0.2.
    """
    server = urlsplit(url)
    assert server.hostname
    own = (source, 0) if source else None
    connection = HTTPConnection(server.hostname, server.port, timeout=60, source_address=own)
    try:
        headers = {"Content-Type": FORM} | ({"X-Forwarded-For": forwarded} if forwarded else {})
        connection.request("POST", "/subscribe", b"email=", headers)
        return connection.getresponse().status
    finally:
        connection.close()
