"""The creation of large campaigns in PostgreSQL: it reads the ledger once, and its deliveries are complete."""

import pytest
from sqlalchemy import select, text, update

from newsletter.database.database import Database
from newsletter.database.tables import delivery
from newsletter.ledger.new_campaign import NewCampaign, create_campaign, select_recipients
from newsletter.subscribers.segments import build_segment_condition, parse_segment

# Several pages of recipients.
ROWS = 12_000
_PEOPLE = text(
    "INSERT INTO subscriber (address, compared, state, consent_at, created_at)"
    " SELECT 'Reader' || n || '@d' || n % 50 || '.example', 'reader' || n || '@d' || n % 50 || '.example',"
    " 'active', 1, 1 FROM generate_series(1, :rows) n"
)
_TAGS = text("INSERT INTO subscriber_tag (subscriber_id, tag) SELECT id, 'beta' FROM subscriber WHERE id % 2 = 0")
_READ = text(
    "SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables WHERE relname = :n"
)


@pytest.fixture
def database(postgresql_database: Database) -> Database:
    """A PostgreSQL database with active subscribers, half of them with a tag."""
    with postgresql_database.write() as connection:
        connection.execute(_PEOPLE, {"rows": ROWS})
        connection.execute(_TAGS)
    analyze(postgresql_database)
    return postgresql_database


def analyze(database: Database) -> None:
    """Update the statistics of the planner, as autovacuum does."""
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")


def rows_read(database: Database, table: str) -> int:
    """Return how many rows of a table were read so far."""
    # A session reports what it has read when it ends, or on request.
    database.engine.dispose()
    with database.read() as connection:
        connection.execute(text("SELECT pg_stat_force_next_flush()"))
    with database.read() as connection:
        return int(connection.execute(_READ, {"n": table}).scalar_one())


def create(database: Database, audience: str = "", *, correction: bool = False) -> int:
    """Create a campaign of one issue. Returns its id."""
    condition = build_segment_condition(parse_segment(audience, "--to"), "en")
    content = ("1" if correction else "0") * 64
    new = NewCampaign("029", content, "Subject", "", "", git_clean=True, now=1, correction=correction)
    with database.write() as connection:
        return create_campaign(connection, new, condition)


def accept(database: Database, campaign: int) -> None:
    """Record that all messages of a campaign were accepted."""
    with database.write() as connection:
        connection.execute(update(delivery).where(delivery.c.campaign_id == campaign).values(state="accepted"))
    analyze(database)


def test_deliveries_have_the_order_of_subscribers_and_their_domains(database: Database) -> None:
    campaign = create(database)
    with database.read() as connection:
        columns = (delivery.c.subscriber_id, delivery.c.address, delivery.c.domain, delivery.c.state)
        query = select(*columns).where(delivery.c.campaign_id == campaign).order_by(delivery.c.id)
        found = [tuple(row) for row in connection.execute(query)]
    assert found == [(n, f"Reader{n}@d{n % 50}.example", f"d{n % 50}.example", "pending") for n in range(1, ROWS + 1)]


def test_a_campaign_does_not_read_its_own_deliveries_while_it_is_created(database: Database) -> None:
    before = rows_read(database, "delivery")
    create(database)
    assert rows_read(database, "delivery") == before


@pytest.mark.parametrize("audience", ["", "tag:beta"])
@pytest.mark.parametrize("correction", [False, True])
def test_the_ledger_and_the_tags_are_read_once(database: Database, audience: str, correction: bool) -> None:
    accept(database, create(database, "tag:beta"))
    before, tags = rows_read(database, "delivery"), rows_read(database, "subscriber_tag")
    condition = build_segment_condition(parse_segment(audience, "--to"), "en")
    with database.read() as connection:
        found = sum(map(len, select_recipients(connection, ["029"], condition, ("1" * 64,) if correction else ())))
    received = ROWS // 2
    assert found == (received if correction else 0 if audience else ROWS - received)
    assert rows_read(database, "delivery") - before <= 2 * received
    assert rows_read(database, "subscriber_tag") - tags <= received
