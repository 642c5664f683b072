"""`python -m tests.campaign.shared_sender URL CAMPAIGN RATE`: sends a campaign at the shared rate of a server.

It prints the time of the system's monotonic clock at which each message was allowed.
"""

import sys
import time

from newsletter.campaign.pacing import Pace
from newsletter.campaign.run_state import PacedServer, RunRules
from newsletter.campaign.sending import CampaignRun, SendingLimits
from newsletter.campaign.shared_pace import SharedPace
from newsletter.database.database import Database
from newsletter.database.states import CampaignState
from newsletter.ledger.ledger_writer import LedgerWriter
from newsletter.transports.base import Outgoing
from tests.campaign.test_sending import Memory

reserve = SharedPace.reserve


def print_time(self: SharedPace, at: float) -> None:
    """Reserve a time, and print when."""
    if self.rate:
        print(max(at, time.monotonic()), flush=True)
    reserve(self, at)


def main(url: str, campaign: str, rate: str) -> None:
    """Send the campaign."""
    SharedPace.reserve = print_time  # type: ignore[method-assign]
    message = Outgoing("lens@example.org", "reader@example.com", b"Subject: 29\r\n\r\nRead.\r\n")
    with Database.open(url) as database:
        writer = LedgerWriter(database)
        servers = [PacedServer(Memory(), Pace(float(rate)), 3)]
        rules, limits = RunRules((60,), 20), SendingLimits()
        ending = CampaignRun(database, writer, int(campaign), lambda _: message, servers, rules, limits).run(
            lambda _: None
        )
        writer.close()
    assert ending.state is CampaignState.COMPLETE, ending


if __name__ == "__main__":
    main(*sys.argv[1:])
