"""Waits of the worker's threads, which end early when there is something to do or the worker stops."""

import threading
from enum import Enum


class WaitEnd(Enum):
    """Why a wait ended: the time has passed, another thread woke it, or the worker stops."""

    ELAPSED = "elapsed"
    WOKEN = "woken"
    STOPPED = "stopped"


class Waiting:
    """The wait of one thread. Other threads wake it or stop it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._woken = self._stopped = False

    def wait(self, seconds: float) -> WaitEnd:
        """Wait for some seconds, or until it is woken or the worker stops. Returns why it ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._woken or self._stopped, seconds)
            woken, self._woken = self._woken, False
        if self._stopped:
            return WaitEnd.STOPPED
        return WaitEnd.WOKEN if woken else WaitEnd.ELAPSED

    def wait_until_stopped(self) -> None:
        """Wait until it is woken or the worker stops, however long that is."""
        with self._changed:
            self._changed.wait_for(lambda: self._woken or self._stopped)
            self._woken = False

    def wake(self) -> None:
        """End the wait, or the next one."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def stop(self) -> None:
        """End this wait and all others."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
