"""A server whose every byte a test says, for what no well-kept server library would do."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


class Peer:
    """The server's side of one connection."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.connection.settimeout(10)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._heard = b""

    def say(self, *packets: bytes) -> None:
        """Send each in a packet of its own."""
        for packet in packets:
            self.connection.sendall(packet)

    def hear(self, end: bytes = b"\r\n") -> bytes:
        """What comes up to an end; nothing where the other side hangs up."""
        while end not in self._heard:
            received = self.connection.recv(65_536)
            if not received:
                return b""
            self._heard += received
        line, _, self._heard = self._heard.partition(end)
        return line

    def wait(self) -> bytes:
        """Whatever comes until the other side hangs up."""
        with suppress(OSError):
            while received := self.connection.recv(65_536):
                self._heard += received
        return self._heard

    def open(self, *extensions: str) -> None:
        """Greet, and answer EHLO."""
        self.say(b"220 raw.example\r\n")
        self.extensions(*extensions)

    def extensions(self, *extensions: str) -> None:
        """Answer EHLO."""
        assert self.hear().upper().startswith(b"EHLO ")
        self.say("".join(f"250-{line}\r\n" for line in ("raw.example", *extensions)).encode() + b"250 HELP\r\n")

    def envelope(self) -> None:
        """Take MAIL, RCPT and DATA of one write, and await the content."""
        for command in (b"MAIL", b"RCPT", b"DATA"):
            assert self.hear().startswith(command)
        self.say(b"250 Go on\r\n250 Go on\r\n354 Go on\r\n")

    def content(self) -> bytes:
        """Take the content with its end."""
        return self.hear(b"\r\n.\r\n")

    def start_tls(self, context: ssl.SSLContext, *, before: bytes = b"") -> None:
        """Answer STARTTLS, with more bytes in the same packet, and go over to TLS."""
        assert self.hear() == b"STARTTLS"
        self.say(b"220 Go on\r\n" + before)
        self.connection = context.wrap_socket(self.connection, server_side=True)


@contextmanager
def raw_server(*conversations: Callable[[Peer], object]) -> Iterator[int]:
    """A server that has these conversations, one a connection, and hangs up after each; yields its port."""
    failures: list[BaseException] = []

    def serve() -> None:
        for conversation in conversations:
            connection, _ = listening.accept()
            peer = Peer(connection)
            try:
                conversation(peer)
            except BaseException as error:  # noqa: BLE001 (told to the test, below)
                failures.append(error)
            finally:
                peer.connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            thread.join()
    if failures:
        raise failures[0]
