"""A terminal for tests: runs a command in it, types, and reads what it shows."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import REPOSITORY

# Makes the terminal the controlling one, so that a typed Ctrl-C is a signal.
_LOGIN = "import os, sys; os.login_tty(0); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
CTRL_C = "\x03"


@dataclass
class Terminal:
    """A terminal in which a command runs. `shown` is all that it has shown, with the echo of what was typed."""

    side: int
    process: subprocess.Popen[bytes]
    shown: str = ""

    def wait_for(self, text: str) -> None:
        """Read until the terminal shows a text. Fails if the command ends before."""
        while text not in self.shown:
            assert self._read(), self.shown

    def wait_for_question(self, text: str) -> None:
        """Read until the terminal shows a question, and the command waits for the answer.

        Python misses a Ctrl-C that is typed between the two.
        """
        self.wait_for(text)
        while Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "S":
            pass

    def type(self, keys: str) -> None:
        """Type keys."""
        os.write(self.side, keys.encode())

    def finish(self) -> int:
        """Read until the command ends. Returns its exit code."""
        while self._read():
            pass
        return self.process.wait(30)

    def _read(self) -> bool:
        try:
            more = os.read(self.side, 65_536)
        except OSError:
            # Linux reports the end of a terminal as an error.
            return False
        self.shown += more.decode()
        return bool(more)


@contextmanager
def terminal(folder: Path, *arguments: str) -> Iterator[Terminal]:
    """Run `newsletter` with these arguments in a terminal."""
    side, command_side = pty.openpty()
    command = [sys.executable, "-c", _LOGIN, "-m", "newsletter", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "TERM": "xterm-256color", "NO_COLOR": "1"}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdin=command_side, stdout=command_side, stderr=command_side
    ) as process:
        os.close(command_side)
        try:
            yield Terminal(side, process)
        finally:
            process.kill()
            os.close(side)
