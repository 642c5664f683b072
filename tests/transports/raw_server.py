"""A server that sends exactly the bytes that a test chooses, for faults that server libraries do not produce."""

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
        self._received = b""

    def send(self, *packets: bytes) -> None:
        """Send each packet separately."""
        for packet in packets:
            self.connection.sendall(packet)

    def read(self, end: bytes = b"\r\n") -> bytes:
        """Return the received bytes up to `end`; b"" if the client closes the connection."""
        while end not in self._received:
            received = self.connection.recv(65_536)
            if not received:
                return b""
            self._received += received
        line, _, self._received = self._received.partition(end)
        return line

    def read_all(self) -> bytes:
        """Return all received bytes until the client closes the connection."""
        with suppress(OSError):
            while received := self.connection.recv(65_536):
                self._received += received
        return self._received

    def greet(self, *extensions: str) -> None:
        """Send the greeting, and reply to EHLO."""
        self.send(b"220 raw.example\r\n")
        self.reply_to_ehlo(*extensions)

    def reply_to_ehlo(self, *extensions: str) -> None:
        """Read EHLO and reply with the extensions."""
        assert self.read().upper().startswith(b"EHLO ")
        self.send("".join(f"250-{line}\r\n" for line in ("raw.example", *extensions)).encode() + b"250 HELP\r\n")

    def accept_envelope(self) -> None:
        """Read pipelined MAIL, RCPT and DATA, and reply that the content can follow."""
        for command in (b"MAIL", b"RCPT", b"DATA"):
            assert self.read().startswith(command)
        self.send(b"250 Go on\r\n250 Go on\r\n354 Go on\r\n")

    def read_content(self) -> bytes:
        """Read the content and its end."""
        return self.read(b"\r\n.\r\n")

    def start_tls(self, context: ssl.SSLContext, *, before: bytes = b"") -> None:
        """Reply to STARTTLS, with the bytes `before` in the same packet, and start TLS."""
        assert self.read() == b"STARTTLS"
        self.send(b"220 Go on\r\n" + before)
        self.connection = context.wrap_socket(self.connection, server_side=True)


@contextmanager
def raw_server(*conversations: Callable[[Peer], object]) -> Iterator[int]:
    """Run a server that has one conversation per connection and then closes it. Yields the port."""
    failures: list[BaseException] = []

    def serve() -> None:
        for conversation in conversations:
            connection, _ = listening.accept()
            peer = Peer(connection)
            try:
                conversation(peer)
            except BaseException as error:  # noqa: BLE001 (raised in the test, below)
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
