"""What alembic runs: the missing migrations, within the transaction that it is given."""

from alembic import context

from newsletter.database.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
