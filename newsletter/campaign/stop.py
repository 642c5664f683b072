"""The author's request to stop a running campaign, set by a signal handler.

It is a flag and not an exception, because an exception could interrupt an operation that must not be interrupted. For
example, CPython 3.11 treats a thread as finished if Ctrl-C interrupts its `join`.
"""


class Stop:
    """A request to stop. A running campaign checks it several times a second."""

    def __init__(self) -> None:
        self.requested = False
        self.aborted = False
        self.draining = False

    def request(self) -> None:
        """Finish the messages in progress and start no other."""
        self.requested = True

    def drain(self) -> None:
        """Do the same as `request`, but leave the campaign in the state `sending`, for the next process of a worker."""
        self.requested = self.draining = True

    def abort(self) -> None:
        """Stop without waiting for the messages in progress, which become uncertain."""
        self.requested = self.aborted = True
