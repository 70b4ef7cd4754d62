"""The tables of the simulated venue. Numbers are decimal texts, exact in both databases."""

from sqlalchemy import Column, String, Table

from adapters.sql.metadata import METADATA, Moment

SIMULATED_ORDERS = Table(
    "simulated_orders",
    METADATA,
    Column("client_order_id", String(36), primary_key=True),
    Column("symbol", String(64), nullable=False),
    Column("base", String(20), nullable=False),
    Column("quote", String(20), nullable=False),
    Column("executed_at", Moment, nullable=False),
    Column("price", String(64), nullable=True),
    Column("quantity", String(64), nullable=True),
    Column("fee", String(64), nullable=True),
    Column("fee_asset", String(20), nullable=True),
)

SIMULATED_BALANCES = Table(
    "simulated_balances",
    METADATA,
    Column("currency", String(20), primary_key=True),
    Column("change", String(80), nullable=False),
)
