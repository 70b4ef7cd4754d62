"""A function that deletes old audit events on Postgres, for a role that may not delete any itself."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# The clock is the server's, so that no caller can make an event old; a year is `RETENTION_SECONDS` of the application.
# It runs with the owner's rights, so all names are found in schemas where its callers can put nothing.
_CREATE = """
CREATE FUNCTION {schema}.delete_old_audit_events(moment double precision) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ DELETE FROM {schema}.audit_events WHERE at <= least(moment, extract(epoch FROM now()) - 31536000) $$
"""


def upgrade() -> None:
    """Create the function, for the owner alone; `crossrate migrate` grants it to the application's role."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        schema = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
        connection.exec_driver_sql(_CREATE.format(schema=schema))
        connection.exec_driver_sql("REVOKE ALL ON FUNCTION delete_old_audit_events FROM PUBLIC")


def downgrade() -> None:
    """Drop it."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION delete_old_audit_events")
