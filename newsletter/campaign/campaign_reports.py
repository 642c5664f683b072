"""Reports on campaigns: their deliveries, the replies of servers, and bounces."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from newsletter.bounces import bounce_queries
from newsletter.campaign.sending_lock import count_senders, is_campaign_sending
from newsletter.database.database import Database
from newsletter.database.states import BounceKind, CampaignState, DeliveryState
from newsletter.ledger import campaigns
from newsletter.ledger.campaign import Campaign
from newsletter.ledger.deliveries import Delivery, count_deliveries, count_replies, list_deliveries
from newsletter.ledger.uncertain import Retryable, RetryWindow, count_retryable


@dataclass(frozen=True, slots=True)
class CampaignSummary:
    """The deliveries of a campaign: their number by state, the most frequent replies, and some uncertain addresses."""

    counts: dict[DeliveryState, int]
    reasons: list[tuple[DeliveryState, str, int]]
    uncertain: list[str]


class CampaignReports:
    """Reads campaigns and their deliveries from a database.

    Args:
        database: The database.
        windows: The servers that drop a second copy of a message, and for how long.
        clock: Returns seconds since 1970 (UTC).
    """

    def __init__(
        self, database: Database, windows: Sequence[RetryWindow] = (), clock: Callable[[], float] = time.time
    ) -> None:
        self._database, self._windows, self._clock = database, windows, clock

    def campaigns(self, *slugs: str) -> list[Campaign]:
        """List all campaigns, or those of an issue's slug and aliases, newest first."""
        with self._database.read() as connection:
            return campaigns.list_campaigns(connection, *slugs)

    def counts(self, campaign: Campaign) -> dict[DeliveryState, int]:
        """Count the deliveries of a campaign by state."""
        with self._database.read() as connection:
            return count_deliveries(connection, campaign.id)

    def summary(self, campaign: Campaign, most: int) -> CampaignSummary:
        """Return what a report says. A campaign of which every message was accepted is read only once.

        Args:
            campaign: The campaign.
            most: The most uncertain addresses to return.
        """
        counts = self.counts(campaign)
        unsuccessful = counts[DeliveryState.DEFERRED] + counts[DeliveryState.FAILED]
        return CampaignSummary(
            counts,
            self.reasons(campaign) if unsuccessful else [],
            self.uncertain(campaign, most) if counts[DeliveryState.UNCERTAIN] else [],
        )

    def reasons(self, campaign: Campaign) -> list[tuple[DeliveryState, str, int]]:
        """List the most frequent replies to deferred and failed deliveries, as (state, reply, count)."""
        with self._database.read() as connection:
            return count_replies(connection, campaign.id)

    def bounce_counts(self, campaign: Campaign | None = None) -> dict[int, dict[BounceKind, int]]:
        """Count the subscribers with a bounce of each kind, by campaign id; for all campaigns, or for one."""
        with self._database.read() as connection:
            return bounce_queries.count_bounces_by_campaign(connection, campaign.id if campaign else None)

    def bounces(self, campaign: Campaign) -> dict[int, bounce_queries.WorstBounce]:
        """Return the worst bounce of each subscriber in a campaign, by subscriber id."""
        with self._database.read() as connection:
            return bounce_queries.find_worst_bounces(connection, campaign.id)

    def deliveries(self, campaign: Campaign, states: Iterable[DeliveryState] = DeliveryState) -> Iterator[Delivery]:
        """Yield the deliveries of a campaign that are in one of some states."""
        with self._database.read() as connection:
            yield from list_deliveries(connection, campaign.id, states)

    def uncertain(self, campaign: Campaign, most: int) -> list[str]:
        """Return up to `most` addresses whose delivery is uncertain."""
        return [found.address for found in islice(self.deliveries(campaign, [DeliveryState.UNCERTAIN]), most)]

    def retryable(self, campaign: Campaign) -> Retryable | None:
        """Count the uncertain deliveries that `--resume` retries by itself, or return None if there are none."""
        if not campaign.unfinished:
            return None
        with self._database.read() as connection:
            return count_retryable(connection, campaign, self._windows, int(self._clock()))

    def is_sending(self, campaign: Campaign) -> bool:
        """Return whether a process sends a campaign. If not, and its state is `sending`, its process was killed."""
        return campaign.state is CampaignState.SENDING and is_campaign_sending(self._database, campaign.id)

    def count_others(self, campaign: Campaign) -> int:
        """Count the processes that send a campaign, before this one joins them. Always 0 in SQLite."""
        return count_senders(self._database, campaign.id)
