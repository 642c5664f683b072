"""The script that Alembic runs: applies the missing migrations within the transaction of the connection."""

from alembic import context

from newsletter.database.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
