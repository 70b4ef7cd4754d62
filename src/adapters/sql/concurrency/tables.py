"""The table of leases. Times are Unix seconds."""

from sqlalchemy import Column, String, Table

from adapters.sql.metadata import METADATA, Moment

# Leases used to be called claims. Renaming the table would break older processes on the same database.
LEASES = Table(
    "claims",
    METADATA,
    Column("name", String(255), primary_key=True),
    Column("holder", String(32), nullable=False),
    Column("taken_at", Moment, nullable=False),
    Column("until", Moment, nullable=False),
)
