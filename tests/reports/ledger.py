"""A database with campaigns, bounces and unsubscribes, for tests of reports."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import insert, select

from newsletter.bounces.bounce_queries import record_bounce
from newsletter.database.database import Database
from newsletter.database.states import BounceKind, CampaignState, DeliveryState
from newsletter.database.tables import campaign, click_count, delivery
from newsletter.ledger import campaigns
from newsletter.ledger.campaign import Campaign
from newsletter.reports.campaign_report import CampaignReport, read_campaign_report
from newsletter.subscribers.consent import unsubscribe
from newsletter.subscribers.queries import add_subscriber
from tests.subscribers.people import NOW, subscriber

ACCEPTED, FAILED, PENDING = DeliveryState.ACCEPTED, DeliveryState.FAILED, DeliveryState.PENDING
DAY = 24 * 3600


@dataclass
class ReportedLedger:
    """A database in which campaigns were sent."""

    database: Database
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def send(
        self,
        recipients: Mapping[str, Mapping[DeliveryState, int]],
        slug: str = "001",
        *,
        at: int = NOW,
        audience: str = "",
        state: CampaignState = CampaignState.COMPLETE,
    ) -> Campaign:
        """Send a campaign to new subscribers: by domain, how many deliveries are in which state."""
        with self.database.write() as connection:
            values = {"slug": slug, "content": "0" * 64, "subject": slug, "git_clean": True, "created_at": at}
            query = insert(campaign).values(**values, audience=audience, state=state.value)
            id = connection.execute(query.returning(campaign.c.id)).scalar_one()
            for domain, states in recipients.items():
                for delivery_state, number in states.items():
                    for _ in range(number):
                        address = f"reader{next(self._numbers)}@{domain}"
                        one = add_subscriber(connection, subscriber(address))
                        row = {"campaign_id": id, "subscriber_id": one, "address": address, "domain": domain}
                        connection.execute(insert(delivery).values(**row, state=delivery_state.value))
            found = campaigns.find(connection, id)
        assert found
        return found

    def bounce(
        self,
        sent: Campaign,
        kind: BounceKind,
        number: int = 1,
        *,
        domain: str = "a.example",
        state: DeliveryState = ACCEPTED,
    ) -> None:
        """Record bounces of the first messages to a domain in a state."""
        for id in self._recipients(sent, domain, state)[:number]:
            digest = next(self._numbers).to_bytes(32, "big")
            with self.database.write() as connection:
                assert record_bounce(connection, digest, id, sent.id, kind, NOW)

    def unsubscribe(self, sent: Campaign, number: int = 1, *, attributed: bool = True, at: int = NOW) -> None:
        """Unsubscribe the last recipients whose message was accepted, through a link or otherwise."""
        for id in self._recipients(sent, "a.example", ACCEPTED)[-number:]:
            with self.database.write() as connection:
                assert unsubscribe(connection, id, sent.id if attributed else 0, "test", at)

    def click(self, slug: str, entry: str, *, certain: int = 0, doubtful: int = 0) -> None:
        """Store clicks on an entry."""
        values = {"slug": slug, "entry": entry, "hour": NOW // 3600, "certain": certain, "doubtful": doubtful}
        with self.database.write() as connection:
            connection.execute(insert(click_count).values(**values))

    def report(self, sent: Campaign) -> CampaignReport:
        """Read the report on a campaign."""
        with self.database.read() as connection:
            return read_campaign_report(connection, sent)

    def _recipients(self, sent: Campaign, domain: str, state: DeliveryState) -> list[int]:
        query = select(delivery.c.subscriber_id).where(
            delivery.c.campaign_id == sent.id, delivery.c.state == state.value, delivery.c.domain == domain
        )
        with self.database.read() as connection:
            return [id for (id,) in connection.execute(query.order_by(delivery.c.id)) if id]
