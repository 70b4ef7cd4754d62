"""Engines for SQLite and Postgres, with bounds on time and connections.

Each database has two, so that writers who wait for one another leave the connections of readers alone.
"""

import ssl
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

POSTGRES_PORT = 5432
# Of each of the two engines. The one that writes SQLite has a single connection: SQLite has one writer at a time.
CONNECTIONS = 5
EXTRA_CONNECTIONS = 3
# To get a connection from the pool, and to open one.
CONNECT_TIMEOUT_SECONDS = 2.0
STATEMENT_TIMEOUT_SECONDS = 5.0
# For a row that another transaction has locked, and for another process that writes to SQLite. Longer than the second
# after which Postgres looks for deadlocks: otherwise they would end as timeouts, which are not retried.
LOCK_TIMEOUT_SECONDS = 2.0

# An option of ours in the address: a pooler that gives every transaction another connection stands in between.
POOLER = "pooler"

_UNNAMED_STATEMENTS: Mapping[str, Any] = {
    "statement_cache_size": 0,
    "prepared_statement_cache_size": 0,
    "prepared_statement_name_func": lambda: "",
}

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}


def make_engine(address: str, *, writes: bool) -> AsyncEngine:
    """Return an engine for `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/NAME`; opens nothing yet.

    Unless it `writes`, SQLite itself refuses every change; Postgres does so in a transaction that begins with
    `begin_in_postgres`. Its errors hide the parameters of statements, which include hashes and digests, because
    tracebacks are logged.
    """
    url = make_url(address)
    url = url.set(drivername=_DRIVERS[url.get_backend_name()])
    return _sqlite(url, writes=writes) if url.get_backend_name() == "sqlite" else _postgres(url)


def place_of(address: str) -> str:
    """Return the file of SQLite, or the host and port of Postgres, without user and password: for the log."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        return str(Path(url.database or "").absolute())
    host = url.host or "".join(url.query.get("host", ""))
    return f"[{host}]:{url.port or POSTGRES_PORT}" if ":" in host else f"{host}:{url.port or POSTGRES_PORT}"


def tls_of(address: str) -> ssl.SSLContext | str | None:
    """Return what the driver is to do about TLS, as `sslmode` in the address says; None leaves it to the driver.

    The driver reads its own files in the home folder; these modes are as Postgres documents them, and without a file of
    authorities the system's count.
    """
    query = make_url(address).query
    mode, authorities = query.get("sslmode"), query.get("sslrootcert")
    if mode is None and authorities is not None:
        mode = "verify-full"
    if mode in {None, "disable", "allow", "prefer"}:
        return None if mode is None else str(mode)
    context = ssl.create_default_context(cafile=None if authorities is None else str(authorities))
    context.check_hostname = mode == "verify-full"
    if mode == "require" and authorities is None:
        context.verify_mode = ssl.CERT_NONE
    if "sslcert" in query:
        context.load_cert_chain(str(query["sslcert"]), str(query["sslkey"]) if "sslkey" in query else None)
    return context


def begin_in_postgres(address: str, *, writes: bool) -> str:
    """Return what begins a transaction of a unit of work: statements that Postgres gets at once.

    What reads sees one moment. Otherwise each statement would see what was committed before it, and money on its way
    would be missing or there twice.
    """
    begin = "BEGIN" if writes else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    if POOLER not in make_url(address).query:
        return begin
    # A pooler gives each transaction another connection, and takes no settings when one is opened.
    return "; ".join([begin, *(f"SET LOCAL {name} = {value}" for name, value in _limits().items())])


def _limits() -> dict[str, str]:
    return {
        "statement_timeout": _milliseconds(STATEMENT_TIMEOUT_SECONDS),
        "lock_timeout": _milliseconds(LOCK_TIMEOUT_SECONDS),
        "idle_in_transaction_session_timeout": "30000",
    }


def _postgres(url: URL) -> AsyncEngine:
    is_pooled = POOLER in url.query
    tls = tls_of(url.render_as_string(hide_password=False))
    url = url.difference_update_query(["sslmode", "sslrootcert", "sslcert", "sslkey", POOLER])
    engine = create_async_engine(
        url,
        pool_size=CONNECTIONS,
        max_overflow=EXTRA_CONNECTIONS,
        pool_timeout=CONNECT_TIMEOUT_SECONDS,
        hide_parameters=True,
        connect_args={
            "timeout": CONNECT_TIMEOUT_SECONDS,
            **({} if tls is None else {"ssl": tls}),
            # The server's own timeout is shorter; this one is for a server that does not answer at all.
            "command_timeout": STATEMENT_TIMEOUT_SECONDS + 1,
            "server_settings": {"application_name": "crossrate", **({} if is_pooled else _limits())},
            **(_UNNAMED_STATEMENTS if is_pooled else {}),
        },
    )
    event.listen(engine.sync_engine, "checkout", _replace_closed)
    return engine


def _replace_closed(_: DBAPIConnection, entry: ConnectionPoolEntry, __: PoolProxiedConnection) -> None:
    # The library's own check before each unit of work is three statements, most of what a short unit costs. This one
    # asks the driver, which notices the end of a connection by itself.
    if entry.driver_connection is not None and entry.driver_connection.is_closed():
        raise DisconnectionError


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))


def _sqlite(url: URL, *, writes: bool) -> AsyncEngine:
    if url.database:
        file = Path(url.database)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)  # a new file must be private, because it will hold password hashes
    engine = create_async_engine(
        url,
        pool_size=1 if writes else CONNECTIONS,
        max_overflow=0 if writes else EXTRA_CONNECTIONS,
        pool_timeout=CONNECT_TIMEOUT_SECONDS,
        hide_parameters=True,
        connect_args={"timeout": LOCK_TIMEOUT_SECONDS},  # for a writer in another process
    )
    event.listen(engine.sync_engine, "connect", partial(_prepare_sqlite, writes))
    event.listen(engine.sync_engine, "begin", partial(_begin_sqlite, writes))
    return engine


def _prepare_sqlite(writes: bool, connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # `_begin_sqlite` begins transactions, not the driver
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    cursor.close()


def _begin_sqlite(writes: bool, connection: Connection) -> None:
    # A transaction that reads first and writes later fails if another one wrote in between, and waiting does not help;
    # BEGIN IMMEDIATE waits for the other writer.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
