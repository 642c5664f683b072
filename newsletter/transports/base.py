"""What a transport is: the message that it takes, the answer that it gives, and its connections."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Verdict(StrEnum):
    """What a transport found out about one message.

    `accepted`: the server said 2yz after the end of the data. `deferred`: it said 4yz, for this
    message or recipient. `refused`: 5yz. `unsent`: the connection failed before the end of the
    data could have reached it, so that it cannot have taken the message. `uncertain`: the
    connection failed after that, and before its answer.
    """

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNSENT = "unsent"
    UNCERTAIN = "uncertain"


class Stage(StrEnum):
    """How far an SMTP transaction was when it was decided (RFC 5321, §3.3)."""

    CONNECT = "connect"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    END = "end of data"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one recipient: the envelope (RFC 5321, §2.3.1) and the content.

    `content` has CRLF line ends, ends with one, and is not dot-stuffed; unless it is `dotted`, no line
    of it begins with a dot. An empty `envelope_sender` is the null reverse-path. `message_id` is that of
    the header, where whoever made the message keeps it.
    """

    envelope_sender: str
    recipient: str
    content: bytes
    message_id: str = ""
    dotted: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one message at a transport.

    `code` is the reply code of RFC 5321 or 0 where there was none, `enhanced` the status code of
    RFC 3463 (`5.1.1`) or nothing, `text` the server's words in one line, without either.
    """

    verdict: Verdict
    stage: Stage
    code: int = 0
    enhanced: str = ""
    text: str = ""


class Connection(ABC):
    """One connection, used by one thread at a time."""

    @property
    def usable(self) -> bool:
        """Whether another message can be handed over here; else it is to be closed."""
        return True

    @abstractmethod
    def send(self, message: Outgoing) -> Answer:
        """Hand one message over. Whatever the server does is an answer, never an exception."""

    def close(self) -> None:  # noqa: B027 (a file is closed already)
        """End it, politely where that is still possible."""

    async def sending(self, message: Outgoing) -> Answer:
        """Do what `send` does, for a task of an event loop."""
        return self.send(message)

    async def closing(self) -> None:
        """Do what `close` does, for a task of an event loop."""
        self.close()


class Transport(Protocol):
    """A server, a folder or the console."""

    @property
    def name(self) -> str:
        """What reports call it, such as `smtp.example.org:587`."""

    @property
    def connections(self) -> int:
        """How many connections it bears at once."""

    def connect(self) -> Connection:
        """Open a connection, authenticated and ready.

        Raises:
            TransportError: there is none to be had; `temporary` says whether later may help.
        """
