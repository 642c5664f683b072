"""What a transport can do: open connections, each of which hands over one message at a time."""

from typing import Protocol

from newsletter.models.delivery import Answer, Outgoing


class Connection(Protocol):
    """One connection, used by one thread at a time."""

    def send(self, message: Outgoing) -> Answer:
        """Hand one message over. Whatever the server does is an answer, never an exception."""

    @property
    def usable(self) -> bool:
        """Whether another message can be handed over here; else it is to be closed."""

    def close(self) -> None:
        """End it, politely where that is still possible."""


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
