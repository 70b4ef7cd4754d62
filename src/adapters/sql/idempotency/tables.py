"""The table of idempotency keys. Times are Unix seconds.

Answers are complete once their transaction is committed; NULL is only ever seen inside it.
"""

from sqlalchemy import Column, Index, LargeBinary, SmallInteger, String, Table, Text

from adapters.sql.metadata import METADATA, Moment

IDEMPOTENCY_KEYS = Table(
    "idempotency_keys",
    METADATA,
    Column("owner", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", LargeBinary(32), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("status", SmallInteger, nullable=True),
    Column("headers", Text, nullable=True),
    Column("body", LargeBinary, nullable=True),
    Index(None, "expires_at"),
)
