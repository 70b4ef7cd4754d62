"""Batches over a real socket."""

import asyncio
from typing import Any

import orjson

from entrypoints.http.rates.batch_routes import LINES_PER_REQUEST
from tests.integration.problems import is_problem
from tests.servers.service import RunService
from tests.servers.service_client import Answer, Service
from tests.servers.simulated_exchanges import BINANCE_BOOKS, KUCOIN_BOOKS, SimulatedExchanges

BTC = {"currency_from": "BTC", "currency_to": "USDT", "amount": 1}
WRONG = {"currency_from": "BTC", "amount": -1}
NOWHERE = BTC | {"currency_to": "NONE"}


async def send(service: Service, lines: object, **shared: object) -> Answer:
    return await service.ask("POST", "/api/v1/convert/batch", json={"conversions": lines, **shared})


async def answered(service: Service, *lines: object, **shared: object) -> list[dict[str, Any]]:
    answer = await send(service, lines, **shared)
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.json["conversions"]
    return found


def without_request(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name not in {"instance", "request_id"}}


async def test_good_and_bad_lines_are_answered_in_order_as_each_would_be_alone(warm_service: Service) -> None:
    lines = [BTC, WRONG, BTC | {"amount": "0.25", "include_route": True}, NOWHERE]
    shared: dict[str, object] = {"cache_max_seconds": 1000}
    found = await answered(warm_service, *lines, **shared)
    for line, one in zip(lines, found, strict=True):
        alone = await warm_service.post(orjson.dumps(shared | line))
        if alone.status == 200:
            assert one == alone.json
        else:
            assert one == {"problem": without_request(alone.json)}
    assert [one.get("problem", {}).get("status", 200) for one in found] == [200, 422, 200, 404]
    assert "route" in found[2]
    assert "route" not in found[0]


async def test_a_line_with_an_unknown_exchange_is_told_those_that_a_line_may_name(warm_service: Service) -> None:
    """A single conversion may also name `best`."""
    good, bad = await answered(warm_service, BTC, BTC | {"exchange": "nyse"}, cache_max_seconds=1000)
    assert "rate" in good
    assert bad["problem"]["status"] == 422
    assert bad["problem"]["detail"].endswith("the supported ones are: binance, kucoin")


async def test_the_short_path_answers_too(warm_service: Service) -> None:
    answer = await warm_service.ask("POST", "/api/convert/batch", json={"conversions": [BTC]})
    assert (answer.status, len(answer.json["conversions"])) == (200, 1)


async def test_a_thousand_lines_that_want_new_prices_make_one_fetch(
    warm_service: Service, exchanges: SimulatedExchanges
) -> None:
    found = await answered(warm_service, *[BTC | {"amount": number} for number in range(1000)])
    assert [one["result"] == one["rate"] for one in found[:3]] == [False, True, False]
    assert len({(one["rate"], one["updated_at"]) for one in found}) == 1
    assert (await exchanges.paths("binance")).get(BINANCE_BOOKS) == 1


async def test_concurrent_batches_share_the_fetch_as_well(service: Service, exchanges: SimulatedExchanges) -> None:
    batches = await asyncio.gather(*(answered(service, *[BTC] * 50) for _ in range(10)))
    assert len({one["rate"] for lines in batches for one in lines}) == 1
    assert (await exchanges.paths("binance"))[BINANCE_BOOKS] == 1


async def test_when_an_exchange_fails_all_lines_get_the_snapshot_of_the_next(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    await exchanges.commit("binance", "status", path=BINANCE_BOOKS, code=500)
    pinned = BTC | {"exchange": "binance"}
    found = await answered(service, *[BTC, pinned] * 100)
    assert {(one["exchange"], one["updated_at"]) for one in found[::2]} == {("kucoin", found[0]["updated_at"])}
    problem = found[1]["problem"]
    assert (problem["status"], problem["failures"]) == (503, {"binance": "server_error"})
    assert problem["retry_after_seconds"] >= 1
    assert {orjson.dumps(one["problem"]) for one in found[1::2]} == {orjson.dumps(problem)}
    assert (await exchanges.paths("binance"))[BINANCE_BOOKS] == 2
    assert (await exchanges.paths("kucoin"))[KUCOIN_BOOKS] == 1


async def test_a_batch_that_is_wrong_as_a_whole_is_one_problem(warm_service: Service) -> None:
    assert is_problem(await send(warm_service, []), 422, "conversions")
    assert is_problem(await send(warm_service, [BTC] * 1001), 422, "conversions")
    assert is_problem(await send(warm_service, [BTC], cache_max_seconds=-1), 422, "cache_max_seconds")
    assert is_problem(await send(warm_service, [BTC], amount=1), 422, "amount")
    assert is_problem(await send(warm_service, [BTC], exchange="nyse"), 422, "exchange")


async def test_a_batch_may_have_256_kib_and_no_more(warm_service: Service) -> None:
    async def padded(size: int) -> Answer:
        body = orjson.dumps({"conversions": [BTC], "cache_max_seconds": 1000})
        return await warm_service.ask(
            "POST", "/api/v1/convert/batch", data=body.ljust(size), headers={"Content-Type": "application/json"}
        )

    assert (await padded(256 * 1024)).status == 200
    assert is_problem(await padded(256 * 1024 + 1), 413)


async def test_batches_have_a_limit_of_their_own_that_counts_lines(run_service: RunService) -> None:
    async with run_service(rate_limit_batch="1000/minute") as service:
        assert (await send(service, [BTC] * 999, cache_max_seconds=1000)).status == 200
        assert (await send(service, [BTC] * 1000, cache_max_seconds=1000)).status == 200  # it began within the limit
        refused = await send(service, [BTC])
        assert is_problem(refused, 429)
        assert int(refused.headers["Retry-After"]) > 0
        assert (await service.convert()).status == 200


async def test_a_rate_limit_counts_every_twenty_lines_as_one_request(run_service: RunService) -> None:
    async with run_service(rate_limit_convert="50/minute") as service:
        left = []
        for lines in (1, LINES_PER_REQUEST, LINES_PER_REQUEST + 1, 50 * LINES_PER_REQUEST):
            answer = await send(service, [BTC] * lines, cache_max_seconds=1000)
            assert answer.status == 200, answer.body
            left.append(answer.headers["RateLimit"].split(";")[1])
        assert left == ["r=49", "r=48", "r=46", "r=0"]
        assert is_problem(await send(service, [BTC]), 429)
