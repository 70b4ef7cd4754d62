"""The service as `make gunicorn` starts it: several workers, one port."""

import asyncio
import os
import signal
from pathlib import Path

import aiohttp
import orjson
from redis.asyncio import Redis

from tests.integration.redis_state import no_lease_is_held, value_keys
from tests.servers.gunicorn import two_workers
from tests.servers.service_client import CONVERT
from tests.servers.simulated_exchanges import BINANCE_BOOKS, SimulatedExchanges
from tests.waiting import eventually

A_FETCH = 2  # calls: the listing and the books


async def test_both_workers_answer_and_every_line_of_their_log_is_json(
    exchanges: SimulatedExchanges, fresh_client: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async with two_workers(exchanges.url, fresh_client, tmp_path) as workers:
        for calls, worker in enumerate(workers.booted, start=1):
            with workers.only(worker):
                for name in ("once", "again"):
                    headers = {"Content-Type": "application/json", "X-Request-ID": f"{name}-{calls}"}
                    asked = {"currency_from": "BTC", "currency_to": "USDT", "amount": 1, "cache_max_seconds": 1000}
                    answer = await workers.service.post(orjson.dumps(asked), headers)
                    assert (answer.status, answer.headers["X-Request-ID"]) == (200, f"{name}-{calls}")
                    # Each has its own memory: it fetches once, and neither takes from the other's.
                    assert await exchanges.calls("binance") == calls * A_FETCH
        workers.process.process.send_signal(signal.SIGTERM)
        assert await workers.process.wait() == 0
        answered = [event for event in workers.process.events("request_answered") if event["route"] == CONVERT]
        assert [event["request_id"] for event in answered] == ["once-1", "again-1", "once-2", "again-2"]
        lines = [orjson.loads(line) for line in workers.process.log().splitlines()]
        assert all({"event", "level", "timestamp"} <= line.keys() for line in lines)
        assert len(lines) > len(answered)


async def test_sigterm_stops_both_workers_after_their_requests(
    exchanges: SimulatedExchanges, fresh_client: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async with two_workers(exchanges.url, fresh_client, tmp_path, stall_timeout_seconds="10") as workers:
        await exchanges.commit("binance", "latency", path=BINANCE_BOOKS, milliseconds=2000)
        under_way = []
        for calls, worker in enumerate(workers.booted, start=1):

            async def is_asked(calls: int = calls) -> bool:
                return await exchanges.calls("binance") == calls * A_FETCH

            with workers.only(worker):
                under_way.append(asyncio.create_task(workers.service.convert()))
                await eventually(is_asked)
        assert not any(request.done() for request in under_way)
        workers.process.process.send_signal(signal.SIGTERM)
        answers = await asyncio.gather(*under_way)
        assert [(answer.status, answer.json["exchange"]) for answer in answers] == [(200, "binance")] * 2
        assert await workers.process.wait() == 0
        assert len(workers.process.events("service_stopped")) == 2
        assert "Traceback" not in workers.process.log()


async def test_a_killed_worker_is_replaced_while_conversions_continue(
    exchanges: SimulatedExchanges, fresh_client: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async with two_workers(exchanges.url, fresh_client, tmp_path) as workers:
        killed, left = workers.booted
        os.kill(killed, signal.SIGKILL)

        async def is_replaced() -> bool:
            assert (await workers.service.convert()).status == 200
            return len(workers.process.events("service_started")) == 3

        await eventually(is_replaced)
        replacement = workers.booted[-1]
        assert len({killed, left, replacement}) == 3
        os.kill(left, signal.SIGSTOP)
        try:
            assert (await workers.service.convert()).status == 200
        finally:
            os.kill(left, signal.SIGCONT)
        os.kill(replacement, signal.SIGKILL)

        async def has_begun() -> bool:
            return len(workers.booted) == 4

        await eventually(has_begun)
        workers.process.process.send_signal(signal.SIGTERM)  # before that one has an event loop
        assert await workers.process.wait() == 0
        assert len(workers.process.events("service_stopped")) == 2


async def test_two_workers_share_what_either_fetched_through_one_redis(
    exchanges: SimulatedExchanges, fresh_client: aiohttp.ClientSession, tmp_path: Path, redis_url: str
) -> None:
    async with two_workers(exchanges.url, fresh_client, tmp_path, redis_url=redis_url) as workers:
        first, second = workers.booted
        with workers.only(first):
            before = await workers.service.convert(cache_max_seconds=1000)
        async with Redis.from_url(redis_url) as redis:

            async def is_kept() -> bool:
                return len(await value_keys(redis)) >= 2 and await no_lease_is_held(redis)

            await eventually(is_kept)
        with workers.only(second):
            after = await workers.service.convert(cache_max_seconds=1000)
        assert (before.status, after.json) == (200, before.json)
        asked = [workers.service.convert("TRX", "ADA", cache_max_seconds=1000) for _ in range(40)]
        assert {answer.status for answer in await asyncio.gather(*asked)} == {200}
        assert await exchanges.calls("binance") == A_FETCH
        # New to both; both may have received the request at the same moment.
        assert await exchanges.calls("kucoin") <= 2 * A_FETCH
