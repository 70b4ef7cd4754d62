"""Translates the driver's failures into the domain's errors."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import asyncpg
import sqlalchemy.exc
import structlog
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError, StatementError

from adapters.system_errors import with_reason
from domain.errors import (
    ConcurrentChange,
    ConstraintViolated,
    DatabaseBusy,
    DatabaseUnavailable,
    OutcomeUnknown,
    ValueOutOfRange,
)

# What a pooler in transaction mode answers where named statements or settings of a session are used.
_OF_A_POOLER = (
    asyncpg.DuplicatePreparedStatementError,
    asyncpg.InvalidSQLStatementNameError,
    asyncpg.ProtocolViolationError,
)
BEHIND_A_POOLER = "it is behind a connection pooler; set CROSSRATE_DATABASE_POOLER=true"

# Of statements that do not go through SQLAlchemy.
_OF_THE_DRIVER = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

_FROM_OUTSIDE = (StatementError, sqlalchemy.exc.TimeoutError, *_OF_THE_DRIVER, OSError, TimeoutError)

# The transaction gave way to another one, and may succeed when it runs again.
_GAVE_WAY = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)

# Failures that operators meet: SQLite's name of the error, or the class of Postgres' error.
_PLAINLY = {
    "SQLITE_FULL": "disk full",
    "DiskFullError": "disk full",
    "SQLITE_READONLY": "read-only file",
    "SQLITE_READONLY_DBMOVED": "the file was moved or deleted",
    "SQLITE_READONLY_DIRECTORY": "read-only folder",
    "ReadOnlySQLTransactionError": "read-only server, such as a replica",
    "InsufficientPrivilegeError": "the user lacks a grant",
}

log = structlog.get_logger()


@dataclass(slots=True)
class Progress:
    """How far a unit of work is. After COMMIT was sent, a failure no longer means that nothing was changed."""

    is_committing: bool = False


@contextmanager
def translated_failures(progress: Progress | None = None) -> Iterator[None]:
    """Translate the database's failures; those of our own, such as a wrong statement, pass through."""
    try:
        yield
    except (*_FROM_OUTSIDE, OverflowError) as error:
        cause = driver_error(error)
        if progress is not None and progress.is_committing and not _says_rolled_back(cause):
            raise OutcomeUnknown(type(cause).__name__) from error
        translated = _translated(error, cause)
        if translated is None:
            raise
        raise translated from error


def driver_error(error: BaseException) -> BaseException:
    """Return the driver's own error, which SQLAlchemy wraps, asyncpg's even twice."""
    original = getattr(error, "orig", None)
    return error if original is None else original.__cause__ or original


def _says_rolled_back(cause: BaseException) -> bool:
    """Tell whether the database itself answered COMMIT, with an error, and goes on.

    A server that ends the connection may have committed before.
    """
    if isinstance(cause, asyncpg.PostgresError):
        return getattr(cause, "severity_en", None) == "ERROR"
    return isinstance(cause, sqlite3.Error)


def _translated(error: BaseException, cause: BaseException) -> Exception | None:
    """Return the domain's error, None for a mistake of our own."""
    if isinstance(cause, _OF_A_POOLER):
        return DatabaseUnavailable(BEHIND_A_POOLER)
    translated = _waited_in_vain(error, cause) or _refused(error, cause)
    if translated is not None:
        return translated
    return None if _is_our_mistake(error, cause) else _unavailable(cause)


def _is_our_mistake(error: BaseException, cause: BaseException) -> bool:
    if isinstance(error, ProgrammingError | asyncpg.SyntaxOrAccessError):
        return not isinstance(cause, asyncpg.InsufficientPrivilegeError)
    is_from_driver = isinstance(error, DBAPIError) or not isinstance(error, StatementError)
    return isinstance(error, OverflowError) or not is_from_driver


def _waited_in_vain(error: BaseException, cause: BaseException) -> Exception | None:
    if isinstance(cause, _GAVE_WAY):
        return ConcurrentChange(type(cause).__name__, can_retry=True)
    if isinstance(cause, asyncpg.LockNotAvailableError):
        return ConcurrentChange(type(cause).__name__)
    if isinstance(error, sqlalchemy.exc.TimeoutError):
        return DatabaseBusy("every connection is in use")
    name = _sqlite_name(cause)
    return DatabaseBusy(name) if name.startswith("SQLITE_BUSY") else None


def _refused(error: BaseException, cause: BaseException) -> Exception | None:
    if isinstance(error, IntegrityError | asyncpg.IntegrityConstraintViolationError):
        return _constraint_violated(cause)
    is_too_large = isinstance(error, OverflowError) and "SQLite" in str(error)
    # The driver, or a type of column, could not encode the value.
    is_no_value = isinstance(error, StatementError | asyncpg.InterfaceError) and isinstance(cause, ValueError)
    if not (is_too_large or is_no_value or isinstance(error, DataError) or isinstance(cause, asyncpg.DataError)):
        return None
    log.error("value_refused", reason=type(cause).__name__)
    return ValueOutOfRange("a value is out of range")


def _constraint_violated(cause: BaseException) -> ConstraintViolated:
    name = _constraint_of(cause)
    log.error("constraint_violated", constraint=name)
    return ConstraintViolated(name)


def _constraint_of(cause: BaseException) -> str | None:
    """Return the name of the constraint, or the columns, or what one of our triggers says."""
    if isinstance(cause, sqlite3.Error):
        return str(cause).rpartition(": ")[2] or None  # SQLite has no field for it; its message ends with it
    name, column = getattr(cause, "constraint_name", None), getattr(cause, "column_name", None)
    if name or column:
        return name or f"{getattr(cause, 'table_name', None)}.{column}"
    # Without what asyncpg's str() adds, the DETAIL, which may have the whole row.
    return str(cause.args[0]) if cause.args else None


def _unavailable(cause: BaseException) -> DatabaseUnavailable:
    # Without messages: the library's contains the statement, the driver's the address. The name of SQLite's or the
    # system's error suffices to distinguish a file that is not a database from one that cannot be opened.
    name = _sqlite_name(cause)
    plain = _PLAINLY.get(name or type(cause).__name__)
    if plain is not None:
        return DatabaseUnavailable(plain)
    return DatabaseUnavailable(f"{type(cause).__name__}, {name}" if name else with_reason(cause))


def _sqlite_name(cause: BaseException) -> str:
    return getattr(cause, "sqlite_errorname", "")
