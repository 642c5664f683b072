"""The author's request to stop a running campaign, set by a signal handler.

It is a flag and not an exception, because an exception could interrupt an operation that must not be interrupted. For
example, CPython 3.11 treats a thread as finished if Ctrl-C interrupts its `join`.
"""


class Stop:
    """A request to stop. A running campaign checks it several times a second.

    Args:
        within: A request to stop more than this campaign, which includes this one.
    """

    def __init__(self, within: "Stop | None" = None) -> None:
        self._within = within
        self._requested = self._aborted = self._draining = False
        self._interrupts = 0

    @property
    def requested(self) -> bool:
        """Whether to start no other message."""
        return self._requested or (self._within is not None and self._within.requested)

    @property
    def aborted(self) -> bool:
        """Whether to wait for no message in progress."""
        return self._aborted or (self._within is not None and self._within.aborted)

    @property
    def draining(self) -> bool:
        """Whether the campaign stays in the state `sending`."""
        return self._draining or (self._within is not None and self._within.draining)

    @property
    def by_author(self) -> bool:
        """Whether the author stopped the campaign, so that no other process continues it by itself."""
        return self.requested and not self.draining

    @property
    def interrupts(self) -> int:
        """How many times the author pressed Ctrl-C."""
        return self._interrupts

    def interrupt(self) -> None:
        """Request a stop, as by Ctrl-C; the second time, abort."""
        self._interrupts += 1
        if self.requested:
            self.abort()
        self.request()

    def request(self) -> None:
        """Finish the messages in progress and start no other."""
        self._requested = True

    def drain(self) -> None:
        """Do the same as `request`, but leave the campaign in the state `sending`, for the next process of a worker."""
        self._requested = self._draining = True

    def abort(self) -> None:
        """Stop without waiting for the messages in progress, which become uncertain."""
        self._requested = self._aborted = True
