"""The progress bar of `newsletter send` on a terminal."""

import io
import sys
from collections import Counter

import pytest

from newsletter.campaign.stop import Stop
from newsletter.campaign.tally import Tally
from newsletter.cli.campaign.sending_progress import sending_progress
from newsletter.database.states import DeliveryState


class Terminal(io.StringIO):
    """A terminal that records what is printed."""

    def isatty(self) -> bool:
        """It is a terminal."""
        return True


def test_only_counts_above_zero_are_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A count of zero is printed without colour, a count above zero in its colour."""
    terminal = Terminal()
    for name in ("NO_COLOR", "COLORTERM", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys, "stderr", terminal)
    with sending_progress("029", Counter({DeliveryState.PENDING: 2}), Stop()) as show:
        show(Tally(answered=Counter({DeliveryState.ACCEPTED: 1})))
    output = terminal.getvalue()
    assert "\x1b[32m1 accepted" in output
    assert "0 accepted" in output
    assert "\x1b[32m0 accepted" not in output
    assert "0 failed" in output
    assert "\x1b[31m0 failed" not in output
