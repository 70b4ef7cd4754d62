"""The table of leases. Moments are Unix seconds."""

from sqlalchemy import Column, Double, String, Table

from adapters.sql.metadata import METADATA

# The table is still called `claims`, as leases once were: renaming it would break older processes on the same database.
LEASES = Table(
    "claims",
    METADATA,
    Column("name", String(255), primary_key=True),
    Column("holder", String(32), nullable=False),
    Column("taken_at", Double, nullable=False),
    Column("until", Double, nullable=False),
)
