"""Webhooks, and the deliveries of events to them."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0014"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_IS_PENDING = sa.text("next_attempt_at IS NOT NULL")
_HAS_ENDED = sa.text("next_attempt_at IS NULL")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(2048), nullable=False),
        sa.Column("events", sa.String(1024), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(128), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("failures_in_a_row", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.Double(), nullable=True),
        sa.Column("resumes_at", sa.Double(), nullable=False),
        sa.Column("is_slow", sa.Boolean(), nullable=False),
        sa.Column("disabled_at", sa.Double(), nullable=True),
        sa.Column("reason", sa.String(255), nullable=True),
        sa.Column("leased_by", sa.String(32), nullable=True),
        sa.Column("leased_until", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_webhooks_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
        *_finite("webhooks", "created_at", "failing_since", "resumes_at", "disabled_at", "leased_until"),
    )
    op.create_index(op.f("ix_webhooks_user_id"), "webhooks", ["user_id"])
    op.create_table(
        "webhook_deliveries",
        sa.Column("number", _ROW_ID, nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.Double(), nullable=True),
        sa.Column("last_attempt_at", sa.Double(), nullable=True),
        sa.Column("http_status", sa.SmallInteger(), nullable=True),
        sa.Column("error", sa.String(255), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_deliveries_webhook_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("webhook_id", "event_id", name=op.f("uq_webhook_deliveries_webhook_id_event_id")),
        *_finite("webhook_deliveries", "created_at", "next_attempt_at", "last_attempt_at"),
    )
    op.create_index(op.f("ix_webhook_deliveries_webhook_id_number"), "webhook_deliveries", ["webhook_id", "number"])
    _index("due", ["webhook_id", "next_attempt_at"], _IS_PENDING)
    _index("ended", ["created_at"], _HAS_ENDED)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("webhook_deliveries")
    op.drop_table("webhooks")


def _index(name: str, columns: list[str], which: sa.TextClause) -> None:
    op.create_index(
        f"ix_webhook_deliveries_{name}", "webhook_deliveries", columns, sqlite_where=which, postgresql_where=which
    )


def _finite(table: str, *columns: str) -> list[sa.CheckConstraint]:
    if op.get_bind().dialect.name == "sqlite":
        return []
    return [
        sa.CheckConstraint(
            f"{column} > '-Infinity' AND {column} < 'Infinity'", name=op.f(f"ck_{table}_{column}_finite")
        )
        for column in columns
    ]
