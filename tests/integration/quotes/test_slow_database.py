"""A slow database delays what is read from it, and nothing that is in memory."""

import asyncio

import aiohttp
import pytest
from sqlalchemy import text

from adapters.sql.open_database import open_database
from tests.integration.identity.client import Client
from tests.servers.service_client import Service

READS = ("/quotes?limit=1000", "/quotes?format=csv")
IN_MEMORY = ("/pairs?limit=1000", "/currencies?limit=500")


async def test_lists_and_streams_wait_for_no_quotes_that_are_read_slowly(
    ada: Client, quotes_service: Service, database_url: str, client: aiohttp.ClientSession
) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite has no lock that readers wait for")
    locking = await open_database(database_url, upgrades_itself=False)
    async with locking.engine.connect() as connection:
        await connection.execute(text("LOCK TABLE quotes IN ACCESS EXCLUSIVE MODE"))
        reading = [asyncio.create_task(ada.ask("GET", path)) for path in READS]
        await asyncio.sleep(0.2)
        for path in IN_MEMORY:
            assert (await ada.ask("GET", path)).status == 200
        async with client.get(f"{quotes_service.url}/api/v1/stream?pairs=BTC/USDT") as stream:
            assert (await stream.content.readline()).startswith(b"retry:")
        assert not any(read.done() for read in reading)
        await connection.rollback()
    await locking.close()
    assert [(await read).status for read in reading] == [200, 200]
