"""The tables of webhooks. Times are Unix seconds."""

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from adapters.sql.identity.tables import USERS
from adapters.sql.metadata import METADATA, Moment, RowId

IS_PENDING = text("next_attempt_at IS NOT NULL")
HAS_ENDED = text("next_attempt_at IS NULL")

WEBHOOKS = Table(
    "webhooks",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, ForeignKey(USERS.c.id, ondelete="CASCADE"), nullable=False),
    Column("url", String(2048), nullable=False),
    Column("events", String(1024), nullable=False),
    Column("sealed_secret", LargeBinary(128), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("failures_in_a_row", Integer, nullable=False),
    Column("failing_since", Moment, nullable=True),
    Column("resumes_at", Moment, nullable=False),
    Column("is_slow", Boolean, nullable=False),
    Column("disabled_at", Moment, nullable=True),
    Column("reason", String(255), nullable=True),
    Column("leased_by", String(32), nullable=True),
    Column("leased_until", Moment, nullable=False),
    Index(None, "user_id"),
)

WEBHOOK_DELIVERIES = Table(
    "webhook_deliveries",
    METADATA,
    Column("number", RowId, primary_key=True),
    Column("webhook_id", Uuid, ForeignKey(WEBHOOKS.c.id, ondelete="CASCADE"), nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("type", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("status", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", Moment, nullable=True),
    Column("last_attempt_at", Moment, nullable=True),
    Column("http_status", SmallInteger, nullable=True),
    Column("error", String(255), nullable=True),
    Column("seconds", Double, nullable=True),
    UniqueConstraint("webhook_id", "event_id"),
    Index(None, "webhook_id", "number"),
    Index(
        "ix_webhook_deliveries_due",
        "webhook_id",
        "next_attempt_at",
        sqlite_where=IS_PENDING,
        postgresql_where=IS_PENDING,
    ),
    Index("ix_webhook_deliveries_ended", "created_at", sqlite_where=HAS_ENDED, postgresql_where=HAS_ENDED),
)
