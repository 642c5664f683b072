"""Records the test sends of issues."""

from collections.abc import Collection

from sqlalchemy import Connection, exists, insert, select

from newsletter.database.tables import proof


def record_test_send(connection: Connection, slug: str, content: str, now: int) -> None:
    """Record that a test send of this content was made. `content` is as in `Campaign`."""
    connection.execute(insert(proof).values(slug=slug, content=content, sent_at=now))


def has_test_send(connection: Connection, slug: str, contents: Collection[str]) -> bool:
    """Return whether a test send of exactly this content was made; `contents` are its digests."""
    return connection.execute(select(exists().where(proof.c.slug == slug, proof.c.content.in_(contents)))).scalar_one()
