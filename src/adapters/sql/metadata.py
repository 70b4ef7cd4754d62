"""The metadata that all tables share. A test compares it with the migrations, on both databases."""

import math

from sqlalchemy import BigInteger, Dialect, Double, Integer, MetaData, Table, TypeDecorator

# Constraints have names so that later migrations can change them.
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
METADATA = MetaData(naming_convention=_NAMES)

# SQLite generates primary keys only for INTEGER columns.
RowId = BigInteger().with_variant(Integer, "sqlite")

# Marks a table whose rows the application adds and never changes or deletes: `Table(..., info=APPEND_ONLY)`. A role of
# its own then has no right to: see grants.py.
APPEND_ONLY = {"append_only": True}


def is_append_only(table: Table) -> bool:
    """Return whether the table is marked so."""
    return bool(table.info.get("append_only"))


class Moment(TypeDecorator[float]):
    """Unix seconds: neither NaN nor an infinity, which pass many a comparison. Postgres also has a CHECK for each."""

    impl = Double
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:  # noqa: ARG002 -- as the library calls it
        """Refuse what is no number."""
        if value is not None and not math.isfinite(value):
            raise ValueError("a moment must be a finite number")
        return value
