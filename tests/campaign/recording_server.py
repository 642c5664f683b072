"""`python -m tests.campaign.recording_server FILE [SECONDS]`: an SMTP server that records what it receives.

It prints its port. Each line of the file is `rcpt`, `data` or `accepted` and a recipient; that of `accepted` also has
the Message-ID and stands in the file before the server says 250. It offers PIPELINING. A recipient whose local part
begins with three digits is answered by that code at RCPT, the first time only where `once` follows; `554_5.7.1_`
has the status, too. One that begins with `drop` is hung up on at RCPT, and `held` gets its answer to the end of the
message when the file's neighbour `FILE.go` is there. With SECONDS, a client that is silent for so long is parted with.
"""

import asyncio
import os
import re
import sys

_CODE = re.compile(rb"RCPT TO:<(([45]\d\d)(?:_(\d\.\d\.\d)_)?(once)?[^>]*)>", re.IGNORECASE)


class Recorder(asyncio.Protocol):
    """One connection."""

    file = -1
    go = ""
    patience = 0.0
    seen: set[bytes] = set()  # noqa: RUF012 (shared by all connections)

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.recipient = b""
        self.in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.waiting = asyncio.get_running_loop().call_later(0, lambda: None)
        self.wait()
        transport.write(b"220 recorder ESMTP\r\n")

    def wait(self) -> None:
        """Part with the client when it is silent for long."""
        self.waiting.cancel()
        if self.patience:
            self.waiting = asyncio.get_running_loop().call_later(self.patience, self.part)

    def part(self) -> None:
        """Say so, and hang up."""
        self.transport.write(b"421 4.4.2 silent for too long\r\n")
        self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.waiting.cancel()

    def data_received(self, data: bytes) -> None:
        self.wait()
        self.buffer += data
        while True:
            if self.in_data:
                end = self.buffer.find(b"\r\n.\r\n")
                if end < 0:
                    return
                found = re.search(rb"^Message-ID: (\S+)", self.buffer[:end], re.MULTILINE)
                del self.buffer[: end + 5]
                self.in_data = False
                self.note(b"accepted %b %b" % (self.recipient, found[1] if found else b"-"))
                self.accept(held=self.recipient.startswith(b"held"))
            else:
                end = self.buffer.find(b"\r\n")
                if end < 0:
                    return
                line = bytes(self.buffer[:end])
                del self.buffer[: end + 2]
                self.transport.write(self.answer(line) + b"\r\n")
                if line[:4].upper() == b"RCPT" and self.recipient.startswith(b"drop"):
                    self.transport.abort()
                    return

    def accept(self, *, held: bool) -> None:
        """Say 250, at once or when it may."""
        if held and not os.path.exists(self.go):  # noqa: PTH110 (as small as it can be)
            asyncio.get_running_loop().call_later(0.01, lambda: self.accept(held=True))
        else:
            self.transport.write(b"250 2.0.0 noted\r\n")

    def answer(self, line: bytes) -> bytes:
        """The reply to a command."""
        verb = line[:4].upper()
        if verb == b"EHLO":
            return b"250-recorder\r\n250 PIPELINING"
        if verb == b"RCPT":
            self.recipient = line[line.index(b"<") + 1 : line.index(b">")]
            told = _CODE.match(line)
            if told and not (told[4] and told[1] in self.seen):
                self.seen.add(told[1])
                self.recipient = b""
                return b"%b %b as asked for" % (told[2], told[3] or told[2][:1] + b".2.0")
            self.note(b"rcpt " + self.recipient)
        if verb == b"DATA":
            if not self.recipient:
                return b"554 5.5.1 no recipient"
            self.in_data = True
            self.note(b"data " + self.recipient)
            return b"354 go on"
        return b"221 bye" if verb == b"QUIT" else b"250 2.0.0 ok"

    def note(self, line: bytes) -> None:
        """Write a line before anything more is answered."""
        os.write(self.file, line + b"\n")


async def serve(path: str, patience: float) -> None:
    """Serve until the process ends."""
    Recorder.patience = patience
    Recorder.go = f"{path}.go"
    Recorder.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    server = await asyncio.get_running_loop().create_server(Recorder, "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], float(sys.argv[2] if sys.argv[2:] else 0)))
