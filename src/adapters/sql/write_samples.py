"""A change of several pages, which shows whether the database takes writes: a small one finds room on a full disk."""

import secrets

from sqlalchemy import Column, LargeBinary, Table, delete, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.metadata import METADATA, RowId

SAMPLE_BYTES = 16 * 1024

WRITE_SAMPLES = Table(
    "write_samples",
    METADATA,
    Column("id", RowId, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

# Postgres keeps room in its files for writes to come, so a full disk shows only when a file grows. These are half a
# megabyte of rows that it must put into a temporary file.
_LITTLE_MEMORY = text("SET LOCAL work_mem = '64kB'")
_SPILL = text("SELECT count(*) FROM generate_series(1, 20000)")


async def write_sample(connection: AsyncConnection) -> None:
    """Insert a row, of random bytes because they cannot be compressed."""
    if connection.dialect.name == "postgresql":
        await connection.execute(_LITTLE_MEMORY)
        await connection.execute(_SPILL)
    await connection.execute(insert(WRITE_SAMPLES).values(content=secrets.token_bytes(SAMPLE_BYTES)))


async def delete_samples(connection: AsyncConnection) -> None:
    """Delete the rows of every process, also of one that ended in between."""
    await connection.execute(delete(WRITE_SAMPLES))
