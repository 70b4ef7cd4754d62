"""The table of a bank's reference rates."""

from sqlalchemy import Column, Date, String, Table, Text

from adapters.sql.metadata import METADATA

# One row per publication: `rates` is a JSON object of the bank's digits for one euro, by currency.
REFERENCE_RATES = Table(
    "reference_rates",
    METADATA,
    Column("source", String(16), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("rates", Text, nullable=False),
)
