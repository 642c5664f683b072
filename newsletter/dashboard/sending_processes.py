"""The processes that send campaigns for the dashboard: `newsletter send` in a session of its own.

Closing the page or stopping the dashboard does not stop them. They stop as any other process that sends: when the
campaign is paused or cancelled, by a signal, or when they are done.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from newsletter.errors import AccessError
from newsletter.files import display, working_path
from newsletter.ledger.campaign import Campaign

# The most bytes of output that are shown: the end of it.
_SHOWN = 4_000


@dataclass(frozen=True, slots=True)
class SendingProcess:
    """A process that sends or sent a campaign.

    Attributes:
        exit_code: None while it runs.
        output: The end of what it printed.
    """

    exit_code: int | None
    output: str

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.exit_code is None


class SendingProcesses:
    """The processes that this dashboard has started, by campaign. Safe to use from several threads."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = Lock()
        self._started: dict[int, tuple[Campaign, subprocess.Popen[bytes], Path]] = {}

    def start(self, campaign: Campaign) -> None:
        """Start a process that sends a campaign, unless the author pauses or cancels it before the process does.

        It uses the current environment.

        Raises:
            AccessError: The process cannot be started, or its output cannot be written.
        """
        log = working_path(self._root, "sending", f"{campaign.id}.log")
        program = [sys.executable, "-m", "newsletter", "-C", str(self._root)]
        command = [*program, "send", campaign.slug, "--resume", "--unless-paused"]
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            # It may contain addresses, so that only the author may read it.
            log.unlink(missing_ok=True)
            output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                # A session of its own: Ctrl-C in the terminal of the dashboard does not reach it.
                process = subprocess.Popen(  # noqa: S603 (our own command)
                    command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
                )
            finally:
                os.close(output)
        except OSError as error:
            raise AccessError(
                f"the process that sends cannot be started: {error.strerror}",
                f"Check that {display(log.parent)} can be written, then resume the campaign.",
            ) from error
        with self._lock:
            self._started[campaign.id] = campaign, process, log

    def find(self, campaign_id: int) -> SendingProcess | None:
        """Return the last process that this dashboard has started for a campaign, or None."""
        with self._lock:
            found = self._started.get(campaign_id)
            if found is None:
                return None
            _, process, log = found
            code = process.poll()
        return SendingProcess(code, _read_end(log))

    def sending(self) -> list[Campaign]:
        """List the campaigns whose processes are running."""
        with self._lock:
            return [campaign for campaign, process, _ in self._started.values() if process.poll() is None]

    def wait(self) -> None:
        """Wait until all processes have ended."""
        for _, process, _ in list(self._started.values()):
            process.wait()


def _read_end(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _SHOWN))
            return file.read(_SHOWN).decode("utf-8", "replace").strip()
    except OSError:
        return ""
