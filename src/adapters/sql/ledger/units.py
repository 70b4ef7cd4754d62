"""How amounts are stored: exact integers of up to 38 digits."""

from decimal import Decimal
from typing import Any

from sqlalchemy import Dialect, Numeric, String
from sqlalchemy.types import TypeDecorator, TypeEngine

DIGITS = 38


class Units(TypeDecorator[int]):
    """NUMERIC(38, 0) in Postgres. SQLite has integers of 64 bits only, so text: a sign and 38 digits.

    With this width the sign is one character and the digits can be cut into integers, so that SQLite's own constraints
    and triggers can check amounts.
    """

    impl = Numeric(DIGITS, 0)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type of the column."""
        kind: TypeEngine[Any] = String(DIGITS + 1) if dialect.name == "sqlite" else Numeric(DIGITS, 0)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: int | None, dialect: Dialect) -> object:
        """Return what the driver stores."""
        if value is None:
            return None
        return f"{value:+0{DIGITS + 1}d}" if dialect.name == "sqlite" else Decimal(value)

    def process_result_value(self, value: Decimal | str | None, dialect: Dialect) -> int | None:  # noqa: ARG002 -- SQLAlchemy's
        """Return the integer."""
        return None if value is None else int(value)
