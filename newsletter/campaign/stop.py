"""The author's request to stop a running campaign, as a signal handler records it.

A flag, not an exception: an exception that comes at any moment would break what must be whole, such as waiting for the
thread that sends (CPython 3.11 considers a thread ended if Ctrl-C interrupts its join).
"""


class Stop:
    """A request to stop, which a running campaign reads several times a second."""

    def __init__(self) -> None:
        self.requested = False
        self.aborted = False

    def request(self) -> None:
        """Finish the messages under way and begin no other."""
        self.requested = True

    def abort(self) -> None:
        """Do not wait for the messages under way either: they will be uncertain."""
        self.requested = self.aborted = True
