"""The rows read for an answer do not grow with the number of quotes, and an upgrade fills the new tables."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from alembic import command
from sqlalchemy import event, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.migrate import migrations_config, upgrade
from adapters.sql.migrations.versions import r0005_hourly_rates
from adapters.sql.open_database import OpenDatabase
from adapters.sql.quotes.hourly_rates import add_to_hour
from adapters.sql.quotes.quote_repository import SqlQuoteRepository
from adapters.sql.quotes.tables import HOURLY_RATES
from application.quotes.ports.quote_repository import Position, QuoteFilter
from domain.pair import Pair

ROWS = 100_000
START = 1_600_000_000 // 3600 * 3600
SECONDS_APART = 20
END = START + ROWS * SECONDS_APART

BTC_USD, ETH_USDT = Pair.parse("BTC/USD"), Pair.parse("ETH/USDT")

# By hand, one pair all the time and the other rarely; one source all the time and the other rarely.
_FILL = """
INSERT INTO quotes (pair, rate, source, observed_at, recorded_at, hour, route)
SELECT CASE WHEN i % 1000 = 7 THEN 'ETH/USDT' ELSE 'BTC/USD' END, CAST(1 + i * 7919 % 100 AS TEXT) || '.5',
       CASE WHEN i % 1000 < 8 THEN 'alphavantage' ELSE 'exchanges' END,
       :start + i * :apart, :start + i * :apart, NULL, NULL
"""
_NUMBERS = {
    "sqlite": "FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows) SELECT i FROM n)",
    "postgresql": "FROM generate_series(1, CAST(:rows AS bigint)) AS i",
}

Question = Callable[[SqlQuoteRepository], Awaitable[object]]


def page(limit: int, before: Position | None = None, **filters: Any) -> Question:  # noqa: ANN401 -- of QuoteFilter
    return lambda quotes: quotes.list_page(QuoteFilter(**filters), before, limit)


async def candles(quotes: SqlQuoteRepository) -> object:
    return [each async for each in quotes.stream_hours(BTC_USD, None, START, END)]


HOURS = (END - START) // 3600 + 1
# Each question with the most rows that it may read.
QUESTIONS: dict[str, tuple[int, Question]] = {
    "the newest": (4, lambda quotes: quotes.find_newest([BTC_USD, ETH_USDT])),
    "the last by hand": (2, lambda quotes: quotes.find_last_on_request(ETH_USDT)),
    "a page": (100, page(100)),
    "one quote of a pair": (1, page(1, pair=ETH_USDT)),
    "one quote of a source": (1, page(1, source="alphavantage")),
    "one quote of a pair and a source": (1, page(1, pair=BTC_USD, source="alphavantage")),
    "a page of a pair": (100, page(100, pair=ETH_USDT)),
    "a page of a rare source": (100, page(100, source="alphavantage")),
    "a page of a pair and a rare source": (100, page(100, pair=BTC_USD, source="alphavantage")),
    "a page of a pair and a source that it never had": (0, page(100, pair=ETH_USDT, source="exchanges")),
    "a page from a position on": (100, page(100, Position(START + ROWS, 5), pair=BTC_USD)),
    "a page of a period": (100, page(100, pair=BTC_USD, since=START + 100, until=START + 200_000)),
    "candles": (2 * HOURS, candles),
}
# SQLite counts steps of its machine, of which one row takes some twenty; reading all rows would take two million.
STEPS_PER_ROW, STEPS = 100, 1000


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/crossrate.db"
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture
async def before(address: str) -> AsyncIterator[OpenDatabase]:
    """A database of the version before."""
    database = OpenDatabase(address)
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(migrations_config(sync), "0004"))
    yield database
    await database.close()


async def test_what_is_read_does_not_grow_with_the_number_of_quotes(before: OpenDatabase) -> None:
    await _fill(before, ROWS)
    await upgrade(before.engine)
    async with before.engine.begin() as connection:
        await connection.execute(text("ANALYZE"))
        for name, (rows, question) in QUESTIONS.items():
            if before.engine.dialect.name == "sqlite":
                assert await _steps(connection, question) <= STEPS + STEPS_PER_ROW * rows, name
            else:
                assert await _rows_read(connection, question) <= rows, name


@pytest.mark.parametrize("batch", [7, 1000])
async def test_the_quotes_of_an_earlier_version_are_in_the_candles(
    before: OpenDatabase, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(r0005_hourly_rates, "BATCH", batch)
    await _fill(before, 300, seconds_apart=100)
    await upgrade(before.engine)
    async with before.engine.begin() as connection:
        migrated = (await connection.execute(select(HOURLY_RATES).order_by(*HOURLY_RATES.primary_key))).all()
        await connection.execute(HOURLY_RATES.delete())
        for recorded in await SqlQuoteRepository(connection).list_page(QuoteFilter(), None, 1000):
            await add_to_hour(connection, recorded)
        added = (await connection.execute(select(HOURLY_RATES).order_by(*HOURLY_RATES.primary_key))).all()
    assert migrated == added
    assert len(migrated) > 9


async def test_an_empty_table_of_an_earlier_version_makes_no_candle(before: OpenDatabase) -> None:
    await upgrade(before.engine)
    async with before.engine.begin() as connection:
        assert (await connection.execute(select(HOURLY_RATES))).all() == []


async def _fill(database: OpenDatabase, rows: int, seconds_apart: int = SECONDS_APART) -> None:
    dialect = database.engine.dialect.name
    async with database.engine.begin() as connection:
        if dialect == "postgresql":
            await connection.execute(text("SET LOCAL statement_timeout = 0"))
        parameters = {"rows": rows, "start": START, "apart": seconds_apart}
        await connection.execute(text(_FILL + _NUMBERS[dialect]), parameters)


async def _steps(connection: AsyncConnection, question: Question) -> int:
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, aiosqlite.Connection)
    hundreds: list[None] = []
    await driver.set_progress_handler(lambda: hundreds.append(None), 100)
    try:
        await question(SqlQuoteRepository(connection))
    finally:
        await driver.set_progress_handler(None, 0)  # type: ignore[arg-type]  # its stub lacks the None that removes it
    return len(hundreds) * 100


async def _rows_read(connection: AsyncConnection, question: Question) -> float:
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:  # noqa: ANN401
        asked.append((statement, parameters))

    event.listen(connection.sync_connection, "before_cursor_execute", note)
    try:
        await question(SqlQuoteRepository(connection))
    finally:
        event.remove(connection.sync_connection, "before_cursor_execute", note)
    ((statement, parameters),) = asked
    explained = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
    found = explained.scalar_one()
    return _read(json.loads(found)[0]["Plan"] if isinstance(found, str) else found[0]["Plan"])


def _read(plan: dict[str, Any]) -> float:
    """Add up the rows that the scans of tables in a plan gave or passed over."""
    rows = sum(map(_read, plan.get("Plans", [])))
    if plan.get("Relation Name") in {"quotes", "hourly_rates"}:
        passed_over = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        rows += (plan["Actual Rows"] + passed_over) * plan["Actual Loops"]
    return rows
