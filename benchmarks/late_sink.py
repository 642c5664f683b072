"""`python -m benchmarks.late_sink MILLISECONDS`: a mail server that accepts every message, with delayed replies.

It prints its port. Like a distant server, it answers all commands of one write with one write. One process serves all
connections. It waits in one system call until the next reply is due or more data arrives.
"""

import selectors
import socket
import sys
import time
from collections import deque
from dataclasses import dataclass

_EHLO = b"250-late.example\r\n250-PIPELINING\r\n250-SIZE 0\r\n250 8BITMIME\r\n"


@dataclass(eq=False)
class _Session:
    connection: socket.socket
    content: bool = False
    read: bytes = b""


def serve(seconds: float) -> None:
    """Serve until the process is terminated. `seconds` is the delay of each reply."""
    # `epoll` has a resolution of milliseconds, so a reply could be up to one millisecond late.
    selector = selectors.SelectSelector()
    due: deque[tuple[float, _Session, bytes]] = deque()
    with socket.create_server(("127.0.0.1", 0), backlog=500) as listening:
        print(listening.getsockname()[1], flush=True)
        selector.register(listening, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select(max(due[0][0] - time.monotonic(), 0) if due else None):
                session = key.data
                if session is None:
                    session = _Session(listening.accept()[0])
                    session.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    selector.register(session.connection, selectors.EVENT_READ, session)
                    answer = b"220 late.example\r\n"
                elif received := session.connection.recv(1 << 20):
                    answer = _answer(session, received)
                else:
                    selector.unregister(session.connection)
                    session.connection.close()
                    continue
                if answer:
                    due.append((time.monotonic() + seconds, session, answer))
            while due and due[0][0] <= time.monotonic():
                _, session, answer = due.popleft()
                session.connection.sendall(answer)


def _answer(session: _Session, received: bytes) -> bytes:
    """Return the reply to received data, or b"" if a command or the message is incomplete."""
    if session.content:
        session.read = session.read[-4:] + received if len(received) < 5 else received[-5:]
        if session.read[-5:] != b"\r\n.\r\n":
            return b""
        session.content, session.read = False, b""
        return b"250 2.0.0 Accepted\r\n"
    *commands, session.read = (session.read + received).split(b"\r\n")
    answers = []
    for command in commands:
        if command == b"DATA":
            session.content = True
            answers.append(b"354 Go on\r\n")
        else:
            answers.append(_EHLO if command[:4].upper() == b"EHLO" else b"250 2.1.0 Go on\r\n")
    return b"".join(answers)


if __name__ == "__main__":
    serve(float(sys.argv[1]) / 1000)
