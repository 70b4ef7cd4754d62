"""Statements that run often, and skip SQLAlchemy in Postgres: it takes most of the time of a short statement."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, TextClause, UpdateBase, make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.postgres_transaction import driver_of

Statement = Select[Any] | TextClause | UpdateBase

_DIALECT = make_url("postgresql+asyncpg://").get_dialect()()


class DriverStatement:
    """A statement with named parameters, compiled once for Postgres' driver.

    SQLite gets it by SQLAlchemy, or another one, if there is one `in_sqlite`.
    """

    def __init__(self, statement: Statement, *, in_sqlite: Statement | None = None) -> None:
        self._in_sqlite = statement if in_sqlite is None else in_sqlite
        compiled = statement.compile(dialect=_DIALECT)
        self._text = str(compiled)
        self._parameters = [
            (name, compiled.binds[name].type.dialect_impl(_DIALECT).bind_processor(_DIALECT))
            for name in compiled.positiontup or ()
        ]

    async def execute(self, connection: AsyncConnection, values: Mapping[str, object]) -> int:
        """Return how many rows it changed."""
        if connection.dialect.name == "sqlite":
            return (await connection.execute(self._in_sqlite, values)).rowcount
        done = await driver_of(connection).execute(self._text, *self._arguments(values))
        return int(done.rpartition(" ")[2])

    async def fetch(self, connection: AsyncConnection, values: Mapping[str, object]) -> Sequence[tuple[Any, ...]]:
        """Return the rows. Postgres' driver returns numbers as Decimal, whatever the column's type is here."""
        if connection.dialect.name == "sqlite":
            return [tuple(row) for row in await connection.execute(self._in_sqlite, values)]
        return [tuple(row) for row in await driver_of(connection).fetch(self._text, *self._arguments(values))]

    def _arguments(self, values: Mapping[str, object]) -> list[object]:
        return [values[name] if process is None else process(values[name]) for name, process in self._parameters]
