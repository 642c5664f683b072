"""A small IMAP server on loopback (RFC 3501): one account, one folder; it records the commands in their order."""

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
    """A message of the folder, and its flags."""

    content: bytes
    flags: set[str] = field(default_factory=set)


@dataclass
class ImapServer:
    """The server's state: messages by their UIDs, the commands that came, and a fault that a test chooses.

    `fault` is the command at which it hangs up, or after which it says nothing more (`mute`).
    """

    mails: dict[int, Mail]
    context: ssl.SSLContext | None = None
    starttls: bool = False
    uidplus: bool = True
    fault: str = ""
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
        self._say("* OK Ready")
        while line := self.rfile.readline():
            tag, _, command = line.decode().strip().partition(" ")
            state.commands.append(command)
            verb = " ".join(command.split()[: 2 if command.startswith("UID") else 1])
            if state.fault == verb:
                return
            state.before(verb)
            if not self._answer(tag, verb, command):
                return

    def _answer(self, tag: str, verb: str, command: str) -> bool:
        state = self.server.state
        done = f"{tag} OK Done"
        if verb == "CAPABILITY":
            extensions = [*["STARTTLS"] * state.starttls, *["UIDPLUS"] * state.uidplus, "AUTH=PLAIN", "AUTH=XOAUTH2"]
            self._say(f"* CAPABILITY IMAP4rev1 {' '.join(extensions)}")
        elif verb == "STARTTLS":
            assert state.context
            self._say(done)
            self._encrypt(state.context)
            return True
        elif verb == "AUTHENTICATE":
            self._say("+")
            said = base64.b64decode(self.rfile.readline()).decode()
            state.commands.append(said)
            good = (f"\0{USER}\0{PASSWORD}", f"user={USER}\1auth=Bearer {PASSWORD}\1\1")
            if said not in good:
                done = f"{tag} NO [AUTHENTICATIONFAILED] Not known here"
        elif verb in ("SELECT", "EXAMINE"):
            if command.partition(" ")[2] not in ('"INBOX"', r'"Zur&APw-ck &- \\ \"co\""'):
                done = f"{tag} NO No such folder"
            self._say(f"* {len(state.mails)} EXISTS")
            if verb == "EXAMINE":
                done = f"{tag} OK [READ-ONLY] Done"
        elif verb == "UID SEARCH":
            hidden = {"\\Deleted", "\\Seen"} if "UNSEEN" in command else {"\\Deleted"}
            found = [str(uid) for uid, mail in state.mails.items() if not mail.flags & hidden]
            self._say(" ".join(["* SEARCH", *found]))
        elif verb == "UID FETCH":
            self._fetch(command)
        elif verb == "UID STORE":
            uid, flags = re.fullmatch(r"UID STORE (\d+) \+FLAGS\.SILENT \((.*)\)", command).groups()  # type: ignore[union-attr]
            state.mails[int(uid)].flags |= set(flags.split())
        elif verb == "UID EXPUNGE":
            assert "\\Deleted" in state.mails.pop(int(command.split()[2])).flags
        elif verb == "LOGOUT":
            self._say("* BYE")
            self._say(done)
            return False
        else:
            done = f"{tag} BAD What is {verb}?"
        self._say(done)
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

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def finish(self) -> None:
        super().finish()
        self.connection.close()


class _Listener(socketserver.TCPServer):
    state: ImapServer

    def handle_error(self, request: object, client_address: object) -> None:
        """What a client breaks off says it itself."""


@contextmanager
def serving(state: ImapServer) -> Iterator[ImapServer]:
    """Serve, one connection after another."""
    with _Listener(("127.0.0.1", 0), _Session) as listener:
        listener.state, state.port = state, listener.server_address[1]
        thread = threading.Thread(target=listener.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield state
        finally:
            listener.shutdown()
            thread.join()
