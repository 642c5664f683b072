"""A small IMAP server on loopback (RFC 3501) with one account and one folder. It records all commands in order."""

import base64
import re
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

USER, PASSWORD, FOLDER = "bounces@example.org", 'pâss \\ "word"', 'Zurück & \\ "co"'


@dataclass
class Mail:
    """A message in the folder, with its flags."""

    content: bytes
    flags: set[str] = field(default_factory=set)


@dataclass
class ImapServer:
    """The state of the server: messages by UID, received commands, and options.

    Attributes:
        fault: The command at which the server closes the connection; empty for none.
        drip: The command whose answer is sent in single bytes, without an end.
        answers: Replaces the answers to commands, such as `UID FETCH 7`. `TAG` stands for the tag.
        before: Called with each command before it is executed.
    """

    mails: dict[int, Mail]
    context: ssl.SSLContext | None = None
    starttls: bool = False
    uidplus: bool = True
    fault: str = ""
    drip: str = ""
    answers: dict[str, bytes] = field(default_factory=dict)
    before: Callable[[str], None] = lambda _: None
    commands: list[str] = field(default_factory=list)
    port: int = 0


class _Session(socketserver.StreamRequestHandler):
    server: "_Listener"

    def handle(self) -> None:
        state = self.server.state
        self.connection.settimeout(10)
        if state.context and not state.starttls:
            self._encrypt(state.context)
        self._send("* OK Ready")
        while line := self.rfile.readline():
            tag, _, command = line.decode().strip().partition(" ")
            state.commands.append(command)
            verb = " ".join(command.split()[: 2 if command.startswith("UID") else 1])
            if state.fault == verb:
                return
            state.before(verb)
            replaced = next((answer for start, answer in state.answers.items() if command.startswith(start)), None)
            if state.drip == verb:
                self._drip()
                return
            if replaced is not None:
                self.wfile.write(replaced.replace(b"TAG", tag.encode()))
                continue
            if not self._execute(tag, verb, command):
                return

    def _drip(self) -> None:
        """Send single bytes until the client closes the connection."""
        self.connection.settimeout(0.02)
        while True:
            self.wfile.write(b"x")
            try:
                if not self.connection.recv(100):
                    return
            except TimeoutError:
                continue

    def _execute(self, tag: str, verb: str, command: str) -> bool:
        state = self.server.state
        done = f"{tag} OK Done"
        if verb == "CAPABILITY":
            extensions = [*["STARTTLS"] * state.starttls, *["UIDPLUS"] * state.uidplus, "AUTH=PLAIN", "AUTH=XOAUTH2"]
            self._send(f"* CAPABILITY IMAP4rev1 {' '.join(extensions)}")
        elif verb == "STARTTLS":
            assert state.context
            self._send(done)
            self._encrypt(state.context)
            return True
        elif verb == "AUTHENTICATE":
            self._send("+")
            login = base64.b64decode(self.rfile.readline()).decode()
            state.commands.append(login)
            good = (f"\0{USER}\0{PASSWORD}", f"user={USER}\1auth=Bearer {PASSWORD}\1\1")
            if login not in good:
                done = f"{tag} NO [AUTHENTICATIONFAILED] Not known here"
        elif verb in ("SELECT", "EXAMINE"):
            if command.partition(" ")[2] not in ('"INBOX"', r'"Zur&APw-ck &- \\ \"co\""'):
                done = f"{tag} NO No such folder"
            self._send(f"* {len(state.mails)} EXISTS")
            if verb == "EXAMINE":
                done = f"{tag} OK [READ-ONLY] Done"
        elif verb == "UID SEARCH":
            hidden = {"\\Deleted", "\\Seen"} if "UNSEEN" in command else {"\\Deleted"}
            found = [str(uid) for uid, mail in state.mails.items() if not mail.flags & hidden]
            self._send(" ".join(["* SEARCH", *found]))
        elif verb == "UID FETCH":
            self._fetch(command)
        elif verb == "UID STORE":
            uid, flags = re.fullmatch(r"UID STORE (\d+) \+FLAGS\.SILENT \((.*)\)", command).groups()  # type: ignore[union-attr]
            state.mails[int(uid)].flags |= set(flags.split())
        elif verb == "UID EXPUNGE":
            assert "\\Deleted" in state.mails.pop(int(command.split()[2])).flags
        elif verb == "LOGOUT":
            self._send("* BYE")
            self._send(done)
            return False
        else:
            done = f"{tag} BAD Unknown command {verb}"
        self._send(done)
        return True

    def _fetch(self, command: str) -> None:
        uid, most = re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command).groups()  # type: ignore[union-attr]
        mail = self.server.state.mails.get(int(uid))
        if mail:
            content = mail.content[: int(most)]
            self.wfile.write(b"* 1 FETCH (UID %b BODY[]<0> {%d}\r\n%b)\r\n" % (uid.encode(), len(content), content))

    def _encrypt(self, context: ssl.SSLContext) -> None:
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)

    def _send(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def finish(self) -> None:
        super().finish()
        self.connection.close()


class _Listener(socketserver.TCPServer):
    state: ImapServer

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing: a client that fails raises its own error."""


@contextmanager
def serving(state: ImapServer) -> Iterator[ImapServer]:
    """Run the server, which accepts one connection at a time."""
    with _Listener(("127.0.0.1", 0), _Session) as listener:
        listener.state, state.port = state, listener.server_address[1]
        thread = threading.Thread(target=listener.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield state
        finally:
            listener.shutdown()
            thread.join()
