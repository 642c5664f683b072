"""A database with subscribers and sent campaigns, for tests of bounces."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import insert

from newsletter.bounces.apply import apply_bounce
from newsletter.bounces.bounce import BounceResult
from newsletter.bounces.parse import parse_bounce
from newsletter.database.database import Database
from newsletter.database.signing_keys import signing_keys
from newsletter.database.states import CampaignState, DeliveryState, SubscriberState, SuppressionReason
from newsletter.database.tables import campaign, delivery
from newsletter.mail.message import Recipient, compose
from newsletter.subscribers.events import Event, list_events
from newsletter.subscribers.queries import add_subscriber, find_subscriber
from newsletter.subscribers.subscriber import Subscriber
from newsletter.subscribers.suppressions import find_suppression
from newsletter.transports.base import Outgoing
from tests.mail.messages import head
from tests.subscribers.people import NOW, subscriber


@dataclass
class SentCampaigns:
    """A database with subscribers and sent campaigns. `verp` is as in the settings."""

    database: Database
    verp: bool = True

    def add(self, *addresses: str, state: SubscriberState = SubscriberState.ACTIVE) -> None:
        """Add subscribers."""
        with self.database.write() as connection:
            for address in addresses:
                add_subscriber(connection, subscriber(address, state))

    def send(self, address: str, number: int = 1) -> Outgoing:
        """Send a campaign to a subscriber. Returns the message as the server received it."""
        with self.database.write() as connection:
            values = {"slug": str(number), "content": "", "subject": "", "git_clean": True, "created_at": NOW}
            query = insert(campaign).values(**values, state=CampaignState.COMPLETE.value)
            id = connection.execute(query.returning(campaign.c.id)).scalar_one()
            one = find_subscriber(connection, address)
            assert one
            keys = signing_keys(connection, "token")
            date = datetime.fromtimestamp(NOW + number, UTC)
            message = compose("<p>Read.</p>", "Read.", head(verp=self.verp, date=date), keys)
            recipient = Recipient(0, id, one.id, one.address, one.name, one.language)
            row = {"campaign_id": id, "subscriber_id": one.id, "address": address, "domain": "example.com"}
            row |= {"state": DeliveryState.ACCEPTED.value, "message_id": message.message_id(recipient)}
            connection.execute(insert(delivery).values(**row))
        return message.to(recipient)

    def apply(self, content: bytes) -> BounceResult:
        """Parse and apply a bounce."""
        with self.database.write() as connection:
            return apply_bounce(connection, signing_keys(connection, "token"), parse_bounce(content), NOW)

    def find(self, address: str) -> Subscriber:
        """Find a subscriber, who must exist."""
        with self.database.read() as connection:
            one = find_subscriber(connection, address)
        assert one
        return one

    def state(self, address: str) -> tuple[SubscriberState, SuppressionReason | None]:
        """Return a subscriber's state, and the reason of the suppression, or None if not suppressed."""
        with self.database.read() as connection:
            suppression = find_suppression(connection, address)
        return self.find(address).state, suppression.reason if suppression else None

    def events(self, address: str) -> list[Event]:
        """Return a subscriber's history."""
        with self.database.read() as connection:
            return list_events(connection, self.find(address).id)
