"""Orders and their clearing, with the rules that the database itself keeps."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_UNITS = sa.Numeric(38, 0).with_variant(sa.String(39), "sqlite")
_ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")

# What an order is never changes, what it has got never shrinks, and nothing changes after its end.
_ORDER_FORGED = """
    NEW.id <> OLD.id OR NEW.user_id <> OLD.user_id OR NEW.pays_from <> OLD.pays_from
    OR NEW.receives_in <> OLD.receives_in OR NEW.buy <> OLD.buy OR NEW.pay_with <> OLD.pay_with
    OR NEW.amount <> OLD.amount OR NEW.price <> OLD.price OR NEW.cost <> OLD.cost OR NEW.fee <> OLD.fee
    OR NEW.filled < OLD.filled OR NEW.filled > NEW.amount
    OR OLD.status IN ('settled', 'refunded')
"""
# What was to be sent never changes, and what is certain of it stays.
_ATTEMPT_FORGED = """
    NEW.batch_id <> OLD.batch_id OR NEW.number <> OLD.number OR NEW.venue <> OLD.venue
    OR NEW.client_order_id <> OLD.client_order_id OR NEW.symbol <> OLD.symbol OR NEW.quantity <> OLD.quantity
    OR NEW.limit_price <> OLD.limit_price OR NEW.signed_at_ms <> OLD.signed_at_ms
    OR NEW.receive_window_ms <> OLD.receive_window_ms
    OR (OLD.outcome <> 'pending' AND NEW.outcome <> OLD.outcome)
"""
_APPEND_ONLY = ("order_parts", "clearing_fills")
_FORGED = {"orders": _ORDER_FORGED, "clearing_attempts": _ATTEMPT_FORGED}
_TABLES = (
    "price_locks",
    "clearing_halts",
    "clearing_assets",
    "clearing_fills",
    "clearing_attempts",
    "order_parts",
    "orders",
    "clearing_batches",
)


def upgrade() -> None:
    """Create the tables, then the triggers."""
    _create_batches()
    _create_orders()
    _create_attempts()
    _create_terms()
    (_protect_postgres if op.get_bind().dialect.name == "postgresql" else _protect_sqlite)()


def downgrade() -> None:
    """Drop them."""
    for table in _TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION orders_refuse")


def _create_batches() -> None:
    table = "clearing_batches"
    op.create_table(
        table,
        sa.Column("sequence", _ROW_ID, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asset", sa.String(20), nullable=False),
        sa.Column("asset_scale", sa.SmallInteger(), nullable=False),
        sa.Column("clear_with", sa.String(20), nullable=False),
        sa.Column("clear_with_scale", sa.SmallInteger(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("wanted", _UNITS, nullable=False),
        sa.Column("market_cost", _UNITS, nullable=False),
        sa.Column("formed_at", sa.Double(), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("venue", sa.String(64), nullable=True),
        sa.Column("placing_at", sa.Double(), nullable=True),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("pauses", sa.Integer(), nullable=False),
        sa.Column("stuck_since", sa.Double(), nullable=True),
        sa.Column("allocated", _UNITS, nullable=True),
        sa.Column("cutoff_remainder", _UNITS, nullable=True),
        sa.Column("cutoff_sequence", sa.BigInteger(), nullable=True),
        sa.Column("received", _UNITS, nullable=False),
        sa.Column("paid", _UNITS, nullable=False),
        sa.Column("is_rest_refunded", sa.Boolean(), nullable=False),
        sa.Column("smallest_rest", _UNITS, nullable=False),
        sa.Column("traded_at", sa.Double(), nullable=True),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.Column("reason", sa.String(255), nullable=True),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("claimed_by", sa.String(64), nullable=True),
        sa.Column("claimed_at", sa.Double(), nullable=False),
        sa.Column("claimed_until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("id", name=op.f(f"uq_{table}_id")),
        sa.CheckConstraint("status IN ('formed', 'placing', 'settling', 'done')", name=op.f(f"ck_{table}_status")),
        *_amounts(table, "wanted", "market_cost", "received", "paid", "smallest_rest"),
        *_finite(
            table,
            "formed_at",
            "placing_at",
            "due_at",
            "stuck_since",
            "traded_at",
            "finished_at",
            "claimed_at",
            "claimed_until",
        ),
    )
    is_unfinished = sa.text("status <> 'done'")
    op.create_index(
        "uq_clearing_batches_unfinished",
        table,
        ["asset"],
        unique=True,
        sqlite_where=is_unfinished,
        postgresql_where=is_unfinished,
    )
    op.create_index(op.f(f"ix_{table}_asset_traded_at"), table, ["asset", "traded_at"])
    op.create_index(op.f(f"ix_{table}_asset_finished_at"), table, ["asset", "finished_at"])


def _terms() -> list[sa.Column[object]]:
    return [
        sa.Column("buy", sa.String(20), nullable=False),
        sa.Column("buy_scale", sa.SmallInteger(), nullable=False),
        sa.Column("pay_with", sa.String(20), nullable=False),
        sa.Column("pay_with_scale", sa.SmallInteger(), nullable=False),
        sa.Column("amount", _UNITS, nullable=False),
        sa.Column("price", sa.String(64), nullable=False),
        sa.Column("cost", _UNITS, nullable=False),
        sa.Column("fee", _UNITS, nullable=False),
        sa.Column("market_cost", _UNITS, nullable=False),
    ]


def _create_orders() -> None:
    op.create_table(
        "orders",
        sa.Column("sequence", _ROW_ID, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("wallet_id", sa.Uuid(), nullable=False),
        sa.Column("pays_from", sa.Uuid(), nullable=False),
        sa.Column("receives_in", sa.Uuid(), nullable=False),
        *_terms(),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("filled", _UNITS, nullable=False),
        sa.Column("paid_cost", _UNITS, nullable=False),
        sa.Column("paid_fee", _UNITS, nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("exchange", sa.String(64), nullable=True),
        sa.Column("reason", sa.String(255), nullable=True),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_orders")),
        sa.UniqueConstraint("id", name=op.f("uq_orders_id")),
        sa.CheckConstraint("status IN ('queued', 'batched', 'settled', 'refunded')", name=op.f("ck_orders_status")),
        # Money is held for an order until its end, and not after.
        sa.CheckConstraint("(hold_id IS NULL) = (status IN ('settled', 'refunded'))", name=op.f("ck_orders_hold_id")),
        sa.CheckConstraint("status <> 'settled' OR filled = amount", name=op.f("ck_orders_settled")),
        sa.CheckConstraint("paid_cost <= cost AND paid_fee <= fee", name=op.f("ck_orders_paid")),
        *_amounts("orders", "amount", "cost", "fee", "market_cost", "filled", "paid_cost", "paid_fee"),
        *_finite("orders", "created_at", "updated_at"),
    )
    op.create_index(op.f("ix_orders_user_id_sequence"), "orders", ["user_id", "sequence"])
    for status, column in (("queued", "buy"), ("batched", "batch_id")):
        only = sa.text(f"status = '{status}'")
        op.create_index(f"ix_orders_{status}", "orders", [column, "sequence"], sqlite_where=only, postgresql_where=only)
    op.create_table(
        "order_parts",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("amount", _UNITS, nullable=False),
        sa.Column("cost", _UNITS, nullable=False),
        sa.Column("fee", _UNITS, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "batch_id", name=op.f("pk_order_parts")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_parts_order_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["clearing_batches.id"], name=op.f("fk_order_parts_batch_id")),
        *_amounts("order_parts", "amount", "cost", "fee"),
        *_finite("order_parts", "at"),
    )


def _create_attempts() -> None:
    op.create_table(
        "clearing_attempts",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("venue", sa.String(64), nullable=False),
        sa.Column("client_order_id", sa.String(36), nullable=False),
        sa.Column("symbol", sa.String(64), nullable=False),
        sa.Column("base", sa.String(20), nullable=False),
        sa.Column("quote", sa.String(20), nullable=False),
        sa.Column("quantity", sa.String(64), nullable=False),
        sa.Column("limit_price", sa.String(64), nullable=False),
        sa.Column("signed_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("receive_window_ms", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("venue_order_id", sa.String(64), nullable=True),
        sa.Column("reason", sa.String(255), nullable=True),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_clearing_attempts")),
        sa.UniqueConstraint("client_order_id", name=op.f("uq_clearing_attempts_client_order_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["clearing_batches.id"], name=op.f("fk_clearing_attempts_batch_id")),
        *_finite("clearing_attempts", "created_at"),
    )
    op.create_table(
        "clearing_fills",
        sa.Column("venue", sa.String(64), nullable=False),
        sa.Column("symbol", sa.String(64), nullable=False),
        sa.Column("trade_id", sa.String(64), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("price", sa.String(64), nullable=False),
        sa.Column("quantity", sa.String(64), nullable=False),
        sa.Column("fee", sa.String(64), nullable=False),
        sa.Column("fee_asset", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("venue", "symbol", "trade_id", name=op.f("pk_clearing_fills")),
        sa.ForeignKeyConstraint(["batch_id"], ["clearing_batches.id"], name=op.f("fk_clearing_fills_batch_id")),
    )
    op.create_index(op.f("ix_clearing_fills_batch_id"), "clearing_fills", ["batch_id"])


def _create_terms() -> None:
    op.create_table(
        "clearing_assets",
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("clear_with", sa.String(20), nullable=False),
        sa.Column("threshold", sa.String(64), nullable=False),
        sa.Column("venues", sa.String(700), nullable=False),
        sa.Column("after_wait", sa.String(8), nullable=False),
        sa.Column("max_wait_seconds", sa.Double(), nullable=False),
        sa.Column("rest", sa.String(8), nullable=False),
        sa.Column("takes_orders_when_halted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_clearing_assets")),
        *_finite("clearing_assets", "max_wait_seconds"),
    )
    op.create_table(
        "clearing_halts",
        sa.Column("asset", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(255), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("asset", name=op.f("pk_clearing_halts")),
        *_finite("clearing_halts", "at"),
    )
    op.create_table(
        "price_locks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        *_terms(),
        sa.Column("clear_with", sa.String(20), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_locks")),
        *_amounts("price_locks", "amount", "cost", "fee", "market_cost"),
        *_finite("price_locks", "created_at", "expires_at"),
    )
    op.create_index(op.f("ix_price_locks_expires_at"), "price_locks", ["expires_at"])


def _amounts(table: str, *columns: str) -> list[sa.CheckConstraint]:
    """Return a constraint for each column: not negative, and a number; NaN counts as the largest in Postgres."""
    if op.get_bind().dialect.name == "postgresql":
        conditions = {column: f"{column} >= 0 AND {column} <> 'NaN'" for column in columns}
    else:
        conditions = {column: f"{column} GLOB '+{'[0-9]' * 38}'" for column in columns}
    return [
        sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{column}_is_an_amount"))
        for column, condition in conditions.items()
    ]


def _finite(table: str, *columns: str) -> list[sa.CheckConstraint]:
    """Return a constraint for each column: below these bounds, no NaN and no infinity on either database."""
    return [
        sa.CheckConstraint(f"{column} > -1e15 AND {column} < 1e15", name=op.f(f"ck_{table}_{column}_finite"))
        for column in columns
    ]


def _protect_postgres() -> None:
    op.execute(
        """
        CREATE FUNCTION orders_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% of % is refused', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """
    )
    for table in (*_APPEND_ONLY, *_FORGED):
        events = "DELETE OR TRUNCATE" if table in _FORGED else "UPDATE OR DELETE OR TRUNCATE"
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE {events} ON {table} FOR EACH STATEMENT "
            "EXECUTE FUNCTION orders_refuse()"
        )
    for table, forged in _FORGED.items():
        op.execute(
            f"CREATE TRIGGER {table}_forged BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({forged}) "
            "EXECUTE FUNCTION orders_refuse()"
        )


def _protect_sqlite() -> None:
    for table in _APPEND_ONLY:
        _refuse_in_sqlite(table, "update", "UPDATE")
    for table in (*_APPEND_ONLY, *_FORGED):
        _refuse_in_sqlite(table, "delete", "DELETE")
    for table, forged in _FORGED.items():
        _refuse_in_sqlite(table, "forged", "UPDATE", f"WHEN {forged}")


def _refuse_in_sqlite(table: str, name: str, event: str, condition: str = "") -> None:
    op.execute(
        f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} FOR EACH ROW {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{table}: {name}'); END"
    )
