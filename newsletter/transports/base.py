"""The interface of transports: a `Transport` opens a `Connection`, which sends messages and returns answers."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Verdict(StrEnum):
    """The result of sending one message.

    Attributes:
        ACCEPTED: The server replied 2yz to the end of the data.
        DEFERRED: It replied 4yz for this message or recipient.
        REFUSED: It replied 5yz.
        UNSENT: The connection failed before the end of the data was sent, so the server cannot have accepted the
            message.
        UNCERTAIN: The connection failed after the end of the data and before the reply.
    """

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNSENT = "unsent"
    UNCERTAIN = "uncertain"


class Stage(StrEnum):
    """The step of an SMTP transaction (RFC 5321, §3.3) that determined the verdict."""

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
    """The result of sending one message, with the reply of the server.

    Attributes:
        code: The reply code (RFC 5321); 0 if there was no reply.
        enhanced: The enhanced status code (RFC 3463), such as `5.1.1`; may be empty.
        text: The text of the reply in one line, without the codes.
    """

    verdict: Verdict
    stage: Stage
    code: int = 0
    enhanced: str = ""
    text: str = ""


class Connection(ABC):
    """A connection, used by one thread at a time.

    Subclasses must override `send`. Subclasses that wait for a network should also override `sending` and `closing`,
    so that a campaign can use many connections in one thread.
    """

    @property
    def usable(self) -> bool:
        """Whether another message can be sent. If not, the caller closes the connection."""
        return True

    @abstractmethod
    def send(self, message: Outgoing) -> Answer:
        """Send one message. A failure of the server or of the connection is an answer, not an exception."""

    def close(self) -> None:  # noqa: B027 (connections to files need no closing)
        """Close the connection, after QUIT if the server can still receive it."""

    async def sending(self, message: Outgoing) -> Answer:
        """Do the same as `send`, without blocking the event loop."""
        return self.send(message)

    async def closing(self) -> None:
        """Do the same as `close`, without blocking the event loop."""
        self.close()


class Transport(Protocol):
    """A destination of messages: a server, a folder or the console. `registry` describes how to add one.

    A transport gets its settings and passwords when it is created, and raises TransportError then if one is missing.
    """

    @property
    def name(self) -> str:
        """The name in reports, such as `smtp.example.org:587`."""

    @property
    def connections(self) -> int:
        """The maximum number of connections at the same time."""

    @property
    def rate(self) -> float:
        """The maximum number of messages per second; 0 sets no limit."""

    def connect(self) -> Connection:
        """Open a connection, authenticated and ready.

        Raises:
            TransportError: The connection failed. `temporary` is true if a retry may succeed.
        """
