"""`python -m tests.campaign.recording_server FILE [SECONDS [PORT]]`: an SMTP server that records what it receives.

It prints its port, and offers PIPELINING. Each line of the file is `rcpt`, `data` or `accepted` and a recipient. A
`data` line also has the time of the system's monotonic clock. An `accepted` line also has the Message-ID, and is
written before the server replies with 250. A message with the header `Resend-Idempotency-Key` is accepted once: the
line of another one is `duplicate` with the recipient and the key.

The local part of a recipient selects the reply:

- `550...` is rejected with that code at RCPT; `550once...` only the first time. `550_5.7.1_...` also sets the status.
- `drop...`: the server closes the connection at RCPT.
- `stray550...` or `stray421...`: after the 250 for the message, the server sends that reply without a command. After
  421 it closes the connection.
- `cut...`: the server records the message and closes the connection instead of replying, once for each recipient.
- `held...`: the reply to the end of the message is sent when the file `FILE.go` exists.

With SECONDS, the server closes connections that are idle for that time, and records `idle`.
"""

import asyncio
import os
import re
import sys
import time

_CODE = re.compile(rb"RCPT TO:<(([45]\d\d)(?:_(\d\.\d\.\d)_)?(once)?[^>]*)>", re.IGNORECASE)


class Recorder(asyncio.Protocol):
    """One connection."""

    file = -1
    go = ""
    idle_timeout = 0.0
    seen: set[bytes] = set()  # noqa: RUF012 (shared by all connections)

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.recipient = b""
        self.in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.timer = asyncio.get_running_loop().call_later(0, lambda: None)
        self.restart_timer()
        transport.write(b"220 recorder ESMTP\r\n")

    def restart_timer(self) -> None:
        """Close the connection after the idle timeout."""
        self.timer.cancel()
        if self.idle_timeout:
            self.timer = asyncio.get_running_loop().call_later(self.idle_timeout, self.close_idle)

    def close_idle(self) -> None:
        """Send a 421 reply and close the connection."""
        self.record(b"idle")
        self.transport.write(b"421 4.4.2 idle for too long\r\n")
        self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.timer.cancel()

    def data_received(self, data: bytes) -> None:
        self.restart_timer()
        self.buffer += data
        while True:
            if self.in_data:
                end = self.buffer.find(b"\r\n.\r\n")
                if end < 0:
                    return
                found = re.search(rb"^Message-ID: (\S+)", self.buffer[:end], re.MULTILINE)
                key = re.search(rb"^Resend-Idempotency-Key: (\S+)", self.buffer[:end], re.MULTILINE)
                del self.buffer[: end + 5]
                self.in_data = False
                if key and key[1] in self.seen:
                    self.record(b"duplicate %b %b" % (self.recipient, key[1]))
                else:
                    self.record(b"accepted %b %b" % (self.recipient, found[1] if found else b"-"))
                if key:
                    self.seen.add(key[1])
                if self.recipient.startswith(b"cut") and self.recipient not in self.seen:
                    self.seen.add(self.recipient)
                    self.transport.abort()
                    return
                self.accept(held=self.recipient.startswith(b"held"))
            else:
                end = self.buffer.find(b"\r\n")
                if end < 0:
                    return
                line = bytes(self.buffer[:end])
                del self.buffer[: end + 2]
                self.transport.write(self.reply(line) + b"\r\n")
                if line[:4].upper() == b"RCPT" and self.recipient.startswith(b"drop"):
                    self.transport.abort()
                    return

    def accept(self, *, held: bool) -> None:
        """Reply with 250, or wait until `FILE.go` exists."""
        if held and not os.path.exists(self.go):  # noqa: PTH110 (fast)
            asyncio.get_running_loop().call_later(0.01, lambda: self.accept(held=True))
        else:
            self.transport.write(b"250 2.0.0 recorded\r\n")
            if self.recipient.startswith(b"stray"):
                code = self.recipient[5:8]
                asyncio.get_running_loop().call_soon(self.send_unasked, code)

    def send_unasked(self, code: bytes) -> None:
        """Send a reply to no command, in a packet of its own."""
        self.transport.write(b"%b %b.7.0 unasked\r\n" % (code, code[:1]))
        if code == b"421":
            self.transport.close()

    def reply(self, line: bytes) -> bytes:
        """Return the reply to a command."""
        verb = line[:4].upper()
        if verb == b"EHLO":
            return b"250-recorder\r\n250 PIPELINING"
        if verb == b"RCPT":
            self.recipient = line[line.index(b"<") + 1 : line.index(b">")]
            found = _CODE.match(line)
            if found and not (found[4] and found[1] in self.seen):
                self.seen.add(found[1])
                self.recipient = b""
                return b"%b %b as requested" % (found[2], found[3] or found[2][:1] + b".2.0")
            self.record(b"rcpt " + self.recipient)
        if verb == b"DATA":
            if not self.recipient:
                return b"554 5.5.1 no recipient"
            self.in_data = True
            self.record(b"data %b %.3f" % (self.recipient, time.monotonic()))
            return b"354 go on"
        return b"221 bye" if verb == b"QUIT" else b"250 2.0.0 ok"

    def record(self, line: bytes) -> None:
        """Write a line to the file, before the next reply."""
        os.write(self.file, line + b"\n")


async def serve(path: str, idle_timeout: float, port: int) -> None:
    """Serve until the process ends. Port 0 is any free one."""
    Recorder.idle_timeout = idle_timeout
    Recorder.go = f"{path}.go"
    Recorder.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    server = await asyncio.get_running_loop().create_server(Recorder, "127.0.0.1", port, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    _file, _seconds, _port, *_ = (*sys.argv[1:], "0", "0")
    asyncio.run(serve(_file, float(_seconds), int(_port)))
