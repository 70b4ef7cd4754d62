"""The tables of identity. Deleting a user deletes all that is theirs except their audit events.

Times are Unix seconds.
"""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    Uuid,
)

from adapters.sql.metadata import APPEND_ONLY, METADATA, Moment, RowId

USERS = Table(
    "users",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("name_key", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("password_hash", String(255), nullable=False),
    Column("is_disabled", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("default_to", String(20), nullable=True),
    UniqueConstraint("name_key"),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, ForeignKey(USERS.c.id, ondelete="CASCADE"), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("refreshed_at", Moment, nullable=True),
    Column("address", String(64), nullable=True),
    Column("user_agent", String(255), nullable=True),
    Column("password_at", Moment, nullable=True),
    Index(None, "user_id"),
)

API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, ForeignKey(USERS.c.id, ondelete="CASCADE"), nullable=False),
    Column("name", String(64), nullable=False),
    Column("scopes", String(255), nullable=False),
    Column("secret_digest", LargeBinary(32), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=True),
    Index(None, "user_id"),
)

LOGIN_FAILURES = Table(
    "login_failures",
    METADATA,
    Column("id", RowId, primary_key=True),
    Column("account", String(64), nullable=False),
    Column("address", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    Column("session_id", Uuid, nullable=True),
    Column("network", String(64), nullable=True),
    Index(None, "account", "at"),
    Index(None, "address", "at"),
    Index(None, "network", "at"),
    Index(None, "at"),
)

KNOWN_ADDRESSES = Table(
    "known_addresses",
    METADATA,
    Column("user_id", Uuid, ForeignKey(USERS.c.id, ondelete="CASCADE"), primary_key=True),
    Column("address", String(64), primary_key=True),
    Column("last_login_at", Moment, nullable=False),
)

AUDIT_EVENTS = Table(
    "audit_events",
    METADATA,
    Column("id", RowId, primary_key=True),
    Column("action", String(32), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("who", String(64), nullable=False),
    Column("user_id", Uuid, nullable=True),
    Column("address", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    Column("detail", String(255), nullable=False),
    Index(None, "at"),
    info=APPEND_ONLY,
)
