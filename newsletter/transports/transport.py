"""What a transport can do: open connections, each of which hands over one message at a time."""

from abc import ABC, abstractmethod
from typing import Protocol

from newsletter.ledger.delivery import Answer, Outgoing
from newsletter.transports.steps import Steps


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

    def sending(self, message: Outgoing) -> Steps[Answer]:
        """`send` in steps, where it has to wait for a server."""
        yield from ()
        return self.send(message)

    def closing(self) -> Steps[None]:
        """`close` in steps, where it has to wait for a server."""
        yield from ()
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
