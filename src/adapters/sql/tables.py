"""The tables, as the newest migration leaves them: a test compares the two on both databases.

Moments are Unix seconds, as everywhere in the service. What belongs to a user goes with the user, but for the trail.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

# Named, so that later migrations can say which one they change.
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
METADATA = MetaData(naming_convention=_NAMES)

# SQLite counts up by itself in a column of just this type.
RowId = BigInteger().with_variant(Integer, "sqlite")

USERS = Table(
    "users",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("name_key", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("password_hash", String(255), nullable=False),
    Column("is_disabled", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    UniqueConstraint("name_key"),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, ForeignKey(USERS.c.id, ondelete="CASCADE"), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
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
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=True),
    Index(None, "user_id"),
)

LOGIN_FAILURES = Table(
    "login_failures",
    METADATA,
    Column("id", RowId, primary_key=True),
    Column("account", String(64), nullable=False),
    Column("address", String(64), nullable=False),
    Column("at", Double, nullable=False),
    Index(None, "account", "at"),
    Index(None, "address", "at"),
    Index(None, "at"),
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
    Column("at", Double, nullable=False),
    Column("detail", String(255), nullable=False),
    Index(None, "at"),
)

# Unique by hour only where there is one: databases hold no two NULLs to be the same.
QUOTES = Table(
    "quotes",
    METADATA,
    Column("id", RowId, primary_key=True),
    Column("pair", String(41), nullable=False),
    Column("rate", String(48), nullable=False),
    Column("source", String(32), nullable=False),
    Column("observed_at", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("hour", BigInteger, nullable=True),
    Column("route", Text, nullable=True),
    UniqueConstraint("pair", "hour", "source"),
    Index(None, "pair", "observed_at", "id"),
    Index(None, "observed_at", "id"),
    # The few that were recorded by hand, the last of which each asking by hand looks for.
    Index("ix_quotes_by_hand", "pair", "id", sqlite_where=text("hour IS NULL"), postgresql_where=text("hour IS NULL")),
)

CLAIMS = Table(
    "claims",
    METADATA,
    Column("name", String(255), primary_key=True),
    Column("holder", String(32), nullable=False),
    Column("taken_at", Double, nullable=False),
    Column("until", Double, nullable=False),
)

CALL_COUNTS = Table(
    "call_counts",
    METADATA,
    Column("source", String(32), primary_key=True),
    Column("day", BigInteger, nullable=False),
    Column("used", BigInteger, nullable=False),
    Column("hour", BigInteger, nullable=False),
    Column("hourly", BigInteger, nullable=False),
    Column("resting_until", Double, nullable=False),
)
