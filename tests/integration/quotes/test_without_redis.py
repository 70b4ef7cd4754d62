"""Several processes that share a database and no Redis: together they record as one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp

from tests.integration.identity.client import Client
from tests.integration.quotes.conftest import ALPHAVANTAGE_KEY, PAIRS
from tests.servers.service_process import ServiceProcess, running_process
from tests.servers.simulated_exchanges import MARKET, SimulatedExchanges
from tests.waiting import eventually

PROCESSES = 3


@asynccontextmanager
async def processes(
    exchanges: SimulatedExchanges,
    client: aiohttp.ClientSession,
    folder: Path,
    database_url: str,
    **settings: str,
) -> AsyncIterator[list[ServiceProcess]]:
    shared = {
        "database_url": database_url,
        "alphavantage_api_key": ALPHAVANTAGE_KEY,
        "log_format": "json",
        "stall_timeout_seconds": "10",
        "rate_limit_record": "off",
    }
    chosen = shared | settings
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(running_process(exchanges.url, client, folder, command=None, **chosen))
            for _ in range(PROCESSES)
        ]


async def signed_in(started: list[ServiceProcess]) -> list[Client]:
    """Return one user as each process knows them."""
    first = Client(started[0].service, "ada", "192.0.2.1")
    assert (await first.register()).status == 201
    assert (await first.login()).status == 200
    clients = [Client(process.service, "ada", "192.0.2.1", access=first.access) for process in started]
    for client in clients:  # each process has its database open from then on, and answers at once
        assert (await client.ask("GET", "/me")).status == 200
    return clients


async def test_fifty_simultaneous_requests_to_three_processes_make_one_call_and_one_row(
    moving_exchanges: SimulatedExchanges, client: aiohttp.ClientSession, new_database_url: str, tmp_path: Path
) -> None:
    async with processes(moving_exchanges, client, tmp_path, new_database_url, quote_pairs="none") as started:
        clients = await signed_in(started)
        await moving_exchanges.commit(
            "alphavantage", "latency", milliseconds=3000
        )  # so that all arrive before any is answered
        asking = (clients[number % PROCESSES].ask("POST", "/quotes", json={"pair": "SOL/USD"}) for number in range(50))
        answers = await asyncio.gather(*asking)
        assert {answer.status for answer in answers} == {201}, [answer.body for answer in answers]
        assert len({answer.body for answer in answers}) == 1
        assert await moving_exchanges.calls("alphavantage") == 1
        (row,) = (await clients[1].ask("GET", "/quotes?pair=SOL/USD")).json["quotes"]
        assert row["id"] == answers[0].json["quotes"][0]["id"]


async def test_three_processes_share_the_daily_quota_of_a_key(
    moving_exchanges: SimulatedExchanges, client: aiohttp.ClientSession, new_database_url: str, tmp_path: Path
) -> None:
    coins = [coin for coin in dict.fromkeys(pair.base for pair in MARKET.pairs["binance"]) if coin.isascii()][:30]
    # No call is kept for an hour, since no pair is tracked.
    settings = {"quote_pairs": "none", "alphavantage_daily_calls": "7"}
    async with processes(moving_exchanges, client, tmp_path, new_database_url, **settings) as started:
        clients = await signed_in(started)
        asking = (
            clients[number % PROCESSES].ask("POST", "/quotes", json={"pair": f"{coin}/USD"})
            for number, coin in enumerate(coins)
        )
        answers = await asyncio.gather(*asking)
        assert {answer.status for answer in answers} == {201, 503}
        assert [answer.status for answer in answers].count(201) <= 7 == await moving_exchanges.calls("alphavantage")


async def test_at_their_start_three_processes_record_each_pair_once(
    moving_exchanges: SimulatedExchanges, client: aiohttp.ClientSession, new_database_url: str, tmp_path: Path
) -> None:
    async with processes(moving_exchanges, client, tmp_path, new_database_url, quote_pairs=",".join(PAIRS)) as started:
        for process in started:

            async def are_fresh(of: ServiceProcess = process) -> bool:
                return {each["status"] for each in (await of.service.readiness())["quotes"].values()} == {"fresh"}

            await eventually(are_fresh)
        (ada, *_) = await signed_in(started)
        rows = (await ada.ask("GET", "/quotes")).json["quotes"]
        of_hours = [(row["pair"], row["hour"]) for row in rows if "hour" in row]
    assert sorted(pair for pair, _ in set(of_hours)) == sorted(pair for pair, _ in of_hours)
    assert {pair for pair, _ in of_hours} == set(PAIRS)
    assert await moving_exchanges.calls("alphavantage") == len([pair for pair, _ in of_hours if pair == "BTC/USD"])
