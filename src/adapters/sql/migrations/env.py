"""Run by Alembic, on a connection with an open transaction that the caller passes in."""

from alembic import context

from adapters.sql.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # because SQLite can hardly alter a table
)
with context.begin_transaction():
    context.run_migrations()
