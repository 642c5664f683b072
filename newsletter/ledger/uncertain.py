"""Database query for sending uncertain deliveries again."""

from dataclasses import replace

from sqlalchemy import Connection

from newsletter.database.states import DeliveryState, SubscriberState
from newsletter.database.tables import delivery, subscriber
from newsletter.ledger.campaign import Campaign
from newsletter.ledger.campaigns import received_elsewhere
from newsletter.ledger.deliveries import WaitingDelivery, select_waiting


def read_uncertain_page(connection: Connection, campaign: Campaign, after: int, size: int) -> list[WaitingDelivery]:
    """Read the next uncertain deliveries in the order of their ids. Their attempts are counted anew.

    Skips deliveries whose subscriber is no longer active or received the issue in another campaign.
    """
    active = subscriber.c.state == SubscriberState.ACTIVE.value
    query = select_waiting(campaign.id, DeliveryState.UNCERTAIN).where(delivery.c.id > after, active)
    rows = connection.execute(query.where(~received_elsewhere(campaign)).order_by(delivery.c.id).limit(size))
    return [replace(WaitingDelivery(*row), attempts=0, uncertain=True) for row in rows]
