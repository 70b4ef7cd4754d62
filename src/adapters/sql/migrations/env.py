"""Run by Alembic, on a connection that is handed in with its transaction begun."""

from alembic import context

from adapters.sql.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite can change little of a table in place
)
with context.begin_transaction():
    context.run_migrations()
