"""Which failures of the database driver mean that the database is unavailable, and what callers see of them."""

import sqlite3
from errno import ENOSPC

import asyncpg
import pytest
import sqlalchemy.exc
from structlog.testing import capture_logs

from adapters.sql.failures import Progress, translated_failures
from domain.errors import (
    ConcurrentChange,
    ConstraintViolated,
    CrossrateError,
    DatabaseBusy,
    DatabaseUnavailable,
    OutcomeUnknown,
    ValueOutOfRange,
)

STATEMENT = "SELECT secret FROM somewhere"


def by_asyncpg(kind: type[sqlalchemy.exc.DBAPIError], cause: Exception) -> sqlalchemy.exc.DBAPIError:
    """As SQLAlchemy raises it: the driver's error below one of its own dialect's."""
    wrapped = Exception("of the dialect")
    wrapped.__cause__ = cause
    return kind(STATEMENT, {}, wrapped)


def sqlite_error(name: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("the text of the error")
    error.sqlite_errorname = name
    return error


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (sqlalchemy.exc.OperationalError(STATEMENT, {}, sqlite_error("SQLITE_FULL")), "disk full"),
        (
            sqlalchemy.exc.OperationalError(STATEMENT, {}, sqlite_error("SQLITE_CANTOPEN")),
            "OperationalError, SQLITE_CANTOPEN",
        ),
        (by_asyncpg(sqlalchemy.exc.DBAPIError, asyncpg.DiskFullError("text")), "disk full"),
        (by_asyncpg(sqlalchemy.exc.DBAPIError, asyncpg.QueryCanceledError("text")), "QueryCanceledError"),
        (
            by_asyncpg(sqlalchemy.exc.ProgrammingError, asyncpg.InsufficientPrivilegeError("text")),
            "the user lacks a grant",
        ),
        (OSError(ENOSPC, "text"), "OSError, No space left on device"),
        (TimeoutError(), "TimeoutError"),
    ],
    ids=[
        "full disk",
        "sqlite",
        "postgres's full disk",
        "postgres",
        "missing grant",
        "operating system",
        "timeout",
    ],
)
def test_callers_see_only_the_kind_of_a_failure_from_outside(error: Exception, message: str) -> None:
    with pytest.raises(DatabaseUnavailable) as caught, translated_failures():
        raise error
    assert str(caught.value) == message
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    "error",
    [
        by_asyncpg(sqlalchemy.exc.ProgrammingError, asyncpg.UndefinedTableError("text")),
        ValueError("a mistake"),
        OverflowError("a mistake"),
    ],
    ids=["wrong statement", "not of the database", "a number of our own"],
)
def test_a_mistake_of_our_own_stays_what_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, translated_failures():
        raise error
    assert caught.value is error


BROKEN = by_asyncpg(sqlalchemy.exc.IntegrityError, asyncpg.CheckViolationError("text"))
TOO_LARGE = by_asyncpg(sqlalchemy.exc.DBAPIError, asyncpg.NumericValueOutOfRangeError("text"))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (by_asyncpg(sqlalchemy.exc.DBAPIError, asyncpg.DeadlockDetectedError("text")), ConcurrentChange),
        (by_asyncpg(sqlalchemy.exc.DBAPIError, asyncpg.SerializationError("text")), ConcurrentChange),
        (by_asyncpg(sqlalchemy.exc.DBAPIError, asyncpg.LockNotAvailableError("text")), ConcurrentChange),
        (sqlalchemy.exc.OperationalError(STATEMENT, {}, sqlite_error("SQLITE_BUSY")), DatabaseBusy),
        (sqlalchemy.exc.OperationalError(STATEMENT, {}, sqlite_error("SQLITE_BUSY_SNAPSHOT")), DatabaseBusy),
        (sqlalchemy.exc.TimeoutError("the pool has none left"), DatabaseBusy),
        (BROKEN, ConstraintViolated),
        (sqlalchemy.exc.IntegrityError(STATEMENT, {}, sqlite3.IntegrityError("text")), ConstraintViolated),
        (TOO_LARGE, ValueOutOfRange),
        (sqlalchemy.exc.DataError(STATEMENT, {}, Exception("text")), ValueOutOfRange),
        (OverflowError("Python int too large to convert to SQLite INTEGER"), ValueOutOfRange),
    ],
    ids=lambda value: "" if isinstance(value, type) else repr(getattr(value, "orig", value)),
)
def test_what_others_and_values_prevent_is_not_an_unavailable_database(
    error: Exception, kind: type[CrossrateError]
) -> None:
    with pytest.raises(kind) as caught, translated_failures():
        raise error
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    "error",
    [
        by_asyncpg(sqlalchemy.exc.DBAPIError, asyncpg.ConnectionDoesNotExistError("text")),
        by_asyncpg(sqlalchemy.exc.DBAPIError, asyncpg.AdminShutdownError("text")),
        by_asyncpg(sqlalchemy.exc.InterfaceError, asyncpg.InterfaceError("text")),
        asyncpg.ProtocolViolationError("text"),
        ConnectionResetError("text"),
        TimeoutError(),
    ],
    ids=repr,
)
def test_without_an_answer_to_commit_the_outcome_is_unknown(error: Exception) -> None:
    with pytest.raises(OutcomeUnknown), translated_failures(Progress(is_committing=True)):
        raise error
    with pytest.raises(DatabaseUnavailable) as caught, translated_failures(Progress()):
        raise error
    assert type(caught.value) is DatabaseUnavailable


def test_what_a_trigger_of_ours_says_is_told_without_the_detail() -> None:
    refused = {"C": "23514", "M": "the ledger is append-only", "D": "Failing row contains (1, x)."}
    with pytest.raises(ConstraintViolated) as caught, translated_failures():
        raise by_asyncpg(sqlalchemy.exc.IntegrityError, asyncpg.PostgresError.new(refused))
    assert caught.value.constraint == "the ledger is append-only"


def test_a_missing_value_is_named_by_its_column_without_the_row_that_postgres_repeats() -> None:
    missing = {"C": "23502", "M": "null value", "D": "Failing row contains (1, $argon2id$x: y, null)."}
    answer = asyncpg.PostgresError.new(missing | {"t": "users", "c": "created_at"})
    with pytest.raises(ConstraintViolated) as caught, capture_logs() as logged, translated_failures():
        raise by_asyncpg(sqlalchemy.exc.IntegrityError, answer)
    assert caught.value.constraint == "users.created_at"
    assert logged == [{"event": "constraint_violated", "log_level": "error", "constraint": "users.created_at"}]


def test_an_error_in_answer_to_commit_means_that_nothing_was_changed() -> None:
    answer = asyncpg.PostgresError.new({"S": "FEHLER", "V": "ERROR", "C": "23514", "M": "text"})
    error = by_asyncpg(sqlalchemy.exc.IntegrityError, answer)
    with pytest.raises(ConstraintViolated), translated_failures(Progress(is_committing=True)):
        raise error
