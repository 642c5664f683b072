"""The stored number of deliveries of complete campaigns by state.

It is written when a campaign is completed, and deleted when it is resumed. Reading it is much faster than counting.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, insert, select

from newsletter.database.states import DeliveryState
from newsletter.database.tables import delivery_count
from newsletter.ledger.deliveries import count_deliveries


def store_final_counts(connection: Connection, campaign_id: int, counts: Mapping[DeliveryState, int]) -> None:
    """Store the counts of a campaign that has been completed."""
    delete_final_counts(connection, campaign_id)
    rows = [{"campaign_id": campaign_id, "state": state.value, "number": number} for state, number in counts.items()]
    connection.execute(insert(delivery_count), rows)


def delete_final_counts(connection: Connection, campaign_id: int) -> None:
    """Delete the counts of a campaign that is resumed."""
    connection.execute(delete(delivery_count).where(delivery_count.c.campaign_id == campaign_id))


def read_final_counts(connection: Connection, campaign_ids: Collection[int]) -> dict[int, dict[DeliveryState, int]]:
    """Return the counts of complete campaigns by state; every state has an entry. Counts those that are not stored."""
    stored: dict[int, dict[DeliveryState, int]] = defaultdict(dict)
    query = select(delivery_count).where(delivery_count.c.campaign_id.in_(campaign_ids))
    for id, state, number in connection.execute(query):
        stored[id][DeliveryState(state)] = number
    return {id: stored.get(id) or count_deliveries(connection, id) for id in campaign_ids}
