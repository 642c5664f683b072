"""The interface of transports: `Transport` opens a `Connection`, which takes an `Outgoing` and gives an `Answer`."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Verdict(StrEnum):
    """What happened to one message.

    `accepted`: the server replied 2yz to the end of the data. `deferred`: it replied 4yz for this message or
    recipient. `refused`: 5yz. `unsent`: the connection failed before the end of the data was sent, so that the server
    cannot have accepted the message. `uncertain`: the connection failed after that, and before the reply.
    """

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNSENT = "unsent"
    UNCERTAIN = "uncertain"


class Stage(StrEnum):
    """The step of an SMTP transaction (RFC 5321, §3.3) that decided a message."""

    CONNECT = "connect"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    END = "end of data"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one recipient: the envelope (RFC 5321, §2.3.1) and the content.

    Attributes:
        envelope_sender: Empty for the null reverse-path.
        content: Has CRLF line ends, ends with one, and is not dot-stuffed.
        message_id: The Message-ID of the header; may be empty.
        dotted: Whether a line of the content may begin with a dot.
    """

    envelope_sender: str
    recipient: str
    content: bytes
    message_id: str = ""
    dotted: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What happened to one message, and the reply of the server.

    Attributes:
        code: The reply code (RFC 5321); 0 where there was no reply.
        enhanced: The enhanced status code (RFC 3463), such as `5.1.1`; may be empty.
        text: The text of the reply in one line, without the codes.
    """

    verdict: Verdict
    stage: Stage
    code: int = 0
    enhanced: str = ""
    text: str = ""


class Connection(ABC):
    """One connection, used by one thread at a time.

    A subclass overrides `send`, and the others where it needs them. One that waits for a network overrides `sending`
    and `closing`, too, so that a campaign can work with many connections in one thread.
    """

    @property
    def usable(self) -> bool:
        """Whether the connection takes another message; else the caller closes it."""
        return True

    @abstractmethod
    def send(self, message: Outgoing) -> Answer:
        """Send one message. Whatever the server does is an answer, never an exception."""

    def close(self) -> None:  # noqa: B027 (a file is closed already)
        """Close the connection; a server is sent QUIT where that is still possible."""

    async def sending(self, message: Outgoing) -> Answer:
        """Do what `send` does, for a task of an event loop."""
        return self.send(message)

    async def closing(self) -> None:
        """Do what `close` does, for a task of an event loop."""
        self.close()


class Transport(Protocol):
    """Where messages go: a server, a folder, the console. See `registry` for how one is added.

    What a transport needs, such as a password, it takes when it is created; what is missing raises TransportError then.
    """

    @property
    def name(self) -> str:
        """What reports call it, such as `smtp.example.org:587`."""

    @property
    def connections(self) -> int:
        """How many connections it supports at once."""

    @property
    def rate(self) -> float:
        """How many messages per second it takes at most; 0 sets no limit."""

    def connect(self) -> Connection:
        """Open a connection, authenticated and ready.

        Raises:
            TransportError: No connection can be opened. `temporary` says whether it may be possible later.
        """
