"""Which failures of the database driver mean that the database is unavailable, and what callers see of them."""

import sqlite3
from errno import ENOSPC

import asyncpg
import pytest
import sqlalchemy.exc

from adapters.sql.open_database import unavailable_when_failing
from domain.errors import DatabaseUnavailable

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
        (sqlalchemy.exc.TimeoutError("the pool has none left"), "TimeoutError"),
        (OSError(ENOSPC, "text"), "OSError, No space left on device"),
        (TimeoutError(), "TimeoutError"),
    ],
    ids=[
        "full disk",
        "sqlite",
        "postgres's full disk",
        "postgres",
        "missing grant",
        "pool",
        "operating system",
        "timeout",
    ],
)
def test_callers_see_only_the_kind_of_a_failure_from_outside(error: Exception, message: str) -> None:
    with pytest.raises(DatabaseUnavailable) as caught, unavailable_when_failing():
        raise error
    assert str(caught.value) == message
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    "error",
    [
        by_asyncpg(sqlalchemy.exc.ProgrammingError, asyncpg.UndefinedTableError("text")),
        sqlalchemy.exc.IntegrityError(STATEMENT, {}, sqlite3.IntegrityError("text")),
        sqlalchemy.exc.DataError(STATEMENT, {}, Exception("text")),
        ValueError("a mistake"),
    ],
    ids=["wrong statement", "broken constraint", "wrong data", "not of the database"],
)
def test_a_mistake_of_our_own_stays_what_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, unavailable_when_failing():
        raise error
    assert caught.value is error
