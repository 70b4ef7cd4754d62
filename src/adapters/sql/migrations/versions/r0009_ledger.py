"""The ledger, with the rules that the database itself keeps."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None

_UNITS = sa.Numeric(38, 0).with_variant(sa.String(39), "sqlite")
_IS_OPEN = sa.text("outcome IS NULL")
_IS_CORRECTION = sa.text("kind = 'correction'")
_APPEND_ONLY = ("ledger_assets", "ledger_transactions", "ledger_postings")

# A row's identity never changes, nor its balances without the next version.
_ACCOUNT_FORGED = """
    NEW.id <> OLD.id OR NEW.asset <> OLD.asset OR NEW.kind <> OLD.kind OR NEW.name <> OLD.name
    OR NEW.owner_id IS DISTINCT FROM OLD.owner_id
    OR (NEW.version <> OLD.version + 1 AND (
        NEW.version <> OLD.version OR NEW.available <> OLD.available OR NEW.held <> OLD.held
        OR NEW.hash <> OLD.hash OR NEW.changed_at_us <> OLD.changed_at_us))
"""
# Only an open hold may get an outcome, and nothing else changes.
_HOLD_FORGED = """
    OLD.outcome IS NOT NULL OR NEW.outcome IS NULL OR NEW.id <> OLD.id OR NEW.account_id <> OLD.account_id
    OR NEW.amount <> OLD.amount OR NEW.expires_at_us IS DISTINCT FROM OLD.expires_at_us
"""


def upgrade() -> None:
    """Create the tables, then the triggers."""
    _create_tables()
    (_protect_postgres if op.get_bind().dialect.name == "postgresql" else _protect_sqlite)()


def downgrade() -> None:
    """Drop them."""
    for table in ("ledger_holds", "ledger_postings", "ledger_transactions", "ledger_accounts", "ledger_assets"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ledger_check_transaction, ledger_refuse")


def _create_tables() -> None:
    op.create_table(
        "ledger_assets",
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("scale", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_ledger_assets")),
        sa.CheckConstraint("scale BETWEEN 0 AND 18", name=op.f("ck_ledger_assets_scale")),
    )
    op.create_table(
        "ledger_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("asset", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("closed_at_us", sa.BigInteger(), nullable=True),
        sa.Column("available", _UNITS, nullable=False),
        sa.Column("held", _UNITS, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("changed_at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_accounts")),
        sa.ForeignKeyConstraint(["asset"], ["ledger_assets.code"], name=op.f("fk_ledger_accounts_asset")),
        sa.CheckConstraint("kind IN ('user', 'house', 'external')", name=op.f("ck_ledger_accounts_kind")),
        sa.CheckConstraint(
            f"kind <> 'user' OR {_not_negative('available')}", name=op.f("ck_ledger_accounts_available")
        ),
        sa.CheckConstraint(_not_negative("held"), name=op.f("ck_ledger_accounts_held")),
        *_amounts("ledger_accounts", "available", "held"),
    )
    op.create_index(op.f("ix_ledger_accounts_owner_id"), "ledger_accounts", ["owner_id"])
    op.create_table(
        "ledger_transactions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("related_id", sa.Uuid(), nullable=True),
        sa.Column("occurred_at_us", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at_us", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(255), nullable=False),
        sa.Column("postings", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_transactions")),
        sa.ForeignKeyConstraint(
            ["related_id"], ["ledger_transactions.id"], name=op.f("fk_ledger_transactions_related_id")
        ),
        sa.CheckConstraint("postings > 0", name=op.f("ck_ledger_transactions_postings")),
    )
    op.create_index(
        "uq_ledger_transactions_corrected",
        "ledger_transactions",
        ["related_id"],
        unique=True,
        sqlite_where=_IS_CORRECTION,
        postgresql_where=_IS_CORRECTION,
    )
    op.create_table(
        "ledger_postings",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("available_change", _UNITS, nullable=False),
        sa.Column("held_change", _UNITS, nullable=False),
        sa.Column("available", _UNITS, nullable=False),
        sa.Column("held", _UNITS, nullable=False),
        sa.Column("recorded_at_us", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "version", name=op.f("pk_ledger_postings")),
        sa.ForeignKeyConstraint(["account_id"], ["ledger_accounts.id"], name=op.f("fk_ledger_postings_account_id")),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_ledger_postings_transaction_id"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.UniqueConstraint("transaction_id", "account_id", name=op.f("uq_ledger_postings_transaction_id_account_id")),
        sa.CheckConstraint("version > 0", name=op.f("ck_ledger_postings_version")),
        *_amounts("ledger_postings", "available_change", "held_change", "available", "held"),
    )
    op.create_index(
        op.f("ix_ledger_postings_account_id_recorded_at_us_version"),
        "ledger_postings",
        ["account_id", "recorded_at_us", "version"],
    )
    op.create_table(
        "ledger_holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("amount", _UNITS, nullable=False),
        sa.Column("expires_at_us", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(8), nullable=True),
        sa.Column("resolved_by_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_holds")),
        sa.ForeignKeyConstraint(["id"], ["ledger_transactions.id"], name=op.f("fk_ledger_holds_id")),
        sa.ForeignKeyConstraint(["account_id"], ["ledger_accounts.id"], name=op.f("fk_ledger_holds_account_id")),
        sa.ForeignKeyConstraint(
            ["resolved_by_id"], ["ledger_transactions.id"], name=op.f("fk_ledger_holds_resolved_by_id")
        ),
        sa.CheckConstraint(_not_negative("amount"), name=op.f("ck_ledger_holds_amount")),
        sa.CheckConstraint("(outcome IS NULL) = (resolved_by_id IS NULL)", name=op.f("ck_ledger_holds_resolved_by_id")),
    )
    for name, column in (("ix_ledger_holds_open", "account_id"), ("ix_ledger_holds_expiring", "expires_at_us")):
        op.create_index(name, "ledger_holds", [column], sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN)


def _not_negative(column: str) -> str:
    if op.get_bind().dialect.name == "postgresql":
        return f"{column} >= 0"
    return f"substr({column}, 1, 1) = '+'"


def _amounts(table: str, *columns: str) -> list[sa.CheckConstraint]:
    """Return a constraint for each column: no NaN in Postgres, where it counts as the largest; in SQLite the format."""
    if op.get_bind().dialect.name == "postgresql":
        conditions = {column: f"{column} <> 'NaN'" for column in columns}
    else:
        conditions = {column: f"{column} GLOB '[+-]{'[0-9]' * 38}'" for column in columns}
    return [
        sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{column}_is_a_number"))
        for column, condition in conditions.items()
    ]


def _protect_postgres() -> None:
    op.execute(
        """
        CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% of % is refused: the ledger is append-only', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """
    )
    for table in _APPEND_ONLY:
        _refuse_in_postgres(table, "UPDATE OR DELETE OR TRUNCATE")
    for table, forged in (("ledger_accounts", _ACCOUNT_FORGED), ("ledger_holds", _HOLD_FORGED)):
        _refuse_in_postgres(table, "DELETE OR TRUNCATE")
        op.execute(
            f"CREATE TRIGGER {table}_forged BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({forged}) "
            "EXECUTE FUNCTION ledger_refuse()"
        )
    # At the end of the transaction, because rows may come one by one. It also finds postings that are added later.
    op.execute(
        """
        CREATE FUNCTION ledger_check_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (
                SELECT FROM ledger_postings AS posting
                JOIN ledger_accounts AS account ON account.id = posting.account_id
                WHERE posting.transaction_id = NEW.transaction_id
                GROUP BY account.asset HAVING sum(posting.available_change + posting.held_change) <> 0
            ) THEN
                RAISE EXCEPTION 'transaction % does not sum to zero per asset', NEW.transaction_id
                    USING ERRCODE = 'check_violation';
            END IF;
            IF (SELECT postings FROM ledger_transactions WHERE id = NEW.transaction_id)
                <> (SELECT count(*) FROM ledger_postings WHERE transaction_id = NEW.transaction_id)
            THEN
                RAISE EXCEPTION 'transaction % has more or fewer postings than it says', NEW.transaction_id
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE CONSTRAINT TRIGGER ledger_postings_balance AFTER INSERT ON ledger_postings
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_transaction()
        """
    )


def _refuse_in_postgres(table: str, events: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE {events} ON {table} FOR EACH STATEMENT "
        "EXECUTE FUNCTION ledger_refuse()"
    )


def _protect_sqlite() -> None:
    for table in _APPEND_ONLY:
        _refuse_in_sqlite(table, "update", "UPDATE")
    for table in (*_APPEND_ONLY, "ledger_accounts", "ledger_holds"):
        _refuse_in_sqlite(table, "delete", "DELETE")
    for table, forged in (("ledger_accounts", _ACCOUNT_FORGED), ("ledger_holds", _HOLD_FORGED)):
        _refuse_in_sqlite(table, "forged", "UPDATE", f"WHEN {forged.replace('IS DISTINCT FROM', 'IS NOT')}")
    _refuse_in_sqlite(
        "ledger_postings",
        "late",
        "INSERT",
        "WHEN EXISTS (SELECT 1 FROM ledger_transactions WHERE id = NEW.transaction_id)",
    )
    _refuse_in_sqlite(
        "ledger_transactions",
        "incomplete",
        "INSERT",
        "WHEN NEW.postings <> (SELECT count(*) FROM ledger_postings WHERE transaction_id = NEW.id)",
    )
    _refuse_in_sqlite("ledger_transactions", "unbalanced", "INSERT", f"WHEN EXISTS ({_UNBALANCED_IN_SQLITE})")


# SQLite has no integers of 38 digits. Both changes of each posting are cut into 13 + 13 + 12 digits, which are summed
# apart. The whole is zero if nothing remains when each sum is carried to the next.
_UNBALANCED_IN_SQLITE = """
    SELECT asset
    FROM (
        SELECT asset, sum(sign * high) AS high, sum(sign * middle) AS middle, sum(sign * low) AS low
        FROM (
            SELECT asset,
                CAST(substr(change, 1, 1) || '1' AS INTEGER) AS sign,
                CAST(substr(change, 2, 13) AS INTEGER) AS high,
                CAST(substr(change, 15, 13) AS INTEGER) AS middle,
                CAST(substr(change, 28, 12) AS INTEGER) AS low
            FROM (
                SELECT account.asset AS asset, posting.available_change AS change
                FROM ledger_postings AS posting JOIN ledger_accounts AS account ON account.id = posting.account_id
                WHERE posting.transaction_id = NEW.id
                UNION ALL
                SELECT account.asset, posting.held_change
                FROM ledger_postings AS posting JOIN ledger_accounts AS account ON account.id = posting.account_id
                WHERE posting.transaction_id = NEW.id
            )
        )
        GROUP BY asset
    )
    WHERE low % 1000000000000 <> 0
        OR (middle + low / 1000000000000) % 10000000000000 <> 0
        OR high + (middle + low / 1000000000000) / 10000000000000 <> 0
"""


def _refuse_in_sqlite(table: str, name: str, event: str, condition: str = "") -> None:
    op.execute(
        f"CREATE TRIGGER {table}_{name} BEFORE {event} ON {table} FOR EACH ROW {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{table}: {name}'); END"
    )
