"""Paging through 100,000 quotes while others are added everywhere sees each once."""

import asyncio
import random
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from sqlalchemy import insert

from adapters.sql.database import SqlDatabase
from adapters.sql.open_database import open_database
from adapters.sql.quotes.tables import QUOTES
from application.quotes.list_quotes import ListQuotes
from application.quotes.ports.quote_repository import QuoteFilter
from domain.pair import Pair
from domain.quotes.quote import Quote
from entrypoints.http.quotes.cursor import cursor_of, position_at

ROWS = 100_000
HOUR = 1_714_302_000
BTC_USD = Pair.parse("BTC/USD")


@pytest.fixture
async def database(new_database_url: str) -> AsyncIterator[SqlDatabase]:
    database = SqlDatabase(new_database_url, upgrades_itself=False)
    # Four quotes a second, so that the order within a second counts too.
    rows = [
        {
            "pair": "BTC/USD",
            "rate": f"{number}.5",
            "source": "alphavantage",
            "observed_at": HOUR + number // 4,
            "recorded_at": HOUR,
            "hour": None,
            "route": None,
        }
        for number in range(1, ROWS + 1)
    ]
    filled = await open_database(new_database_url, upgrades_itself=False)
    async with filled.engine.begin() as connection:
        for start in range(0, ROWS, 5000):
            await connection.execute(insert(QUOTES), rows[start : start + 5000])
    await filled.close()
    yield database
    await database.close()


async def test_each_of_many_quotes_is_seen_once_while_others_are_added(database: SqlDatabase) -> None:
    chance = random.Random(1)  # noqa: S311 -- nobody is to be kept from guessing
    walked_to_the_end = asyncio.Event()
    added = 0

    async def add_everywhere() -> None:
        nonlocal added
        while not walked_to_the_end.is_set():
            at = HOUR + chance.randrange(-100, ROWS // 4 + 100)
            async with database.writing() as work:
                await work.quotes.add(Quote(BTC_USD, Decimal("0.25"), "exchanges", at), at)
            added += 1

    adding = asyncio.create_task(add_everywhere())
    list_quotes = ListQuotes(database)
    seen: list[int] = []
    order: list[tuple[int, int]] = []
    cursor = None
    while True:
        page = await list_quotes(QuoteFilter(BTC_USD), position_at(cursor) if cursor else None, 1000)
        seen += [each.id for each in page.quotes]
        order += [(each.quote.observed_at, each.id) for each in page.quotes]
        if page.next is None:
            break
        cursor = cursor_of(page.next)
    walked_to_the_end.set()
    await adding
    assert added > 10, "it went on meanwhile"
    assert len(seen) == len(set(seen))
    assert set(range(1, ROWS + 1)) <= set(seen)
    assert order == sorted(order, reverse=True)
