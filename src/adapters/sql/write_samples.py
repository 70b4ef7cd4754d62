"""A change that shows whether the database takes writes. It is large, since a small one fits even on a full disk."""

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

# Postgres reserves room in its files, so a full disk shows only when a file grows. This query forces it to write half a
# megabyte of rows into a temporary file.
_LITTLE_MEMORY = text("SET LOCAL work_mem = '64kB'")
_SPILL = text("SELECT count(*) FROM generate_series(1, 20000)")


async def write_sample(connection: AsyncConnection) -> None:
    """Insert a row of random bytes, which cannot be compressed."""
    if connection.dialect.name == "postgresql":
        await connection.execute(_LITTLE_MEMORY)
        await connection.execute(_SPILL)
    await connection.execute(insert(WRITE_SAMPLES).values(content=secrets.token_bytes(SAMPLE_BYTES)))


async def delete_samples(connection: AsyncConnection) -> None:
    """Delete the rows of all processes, even of those that ended before they could."""
    await connection.execute(delete(WRITE_SAMPLES))
