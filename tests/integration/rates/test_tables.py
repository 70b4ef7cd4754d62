"""`GET /api/v1/rates`: one currency in many others, as one answer over a real socket."""

import asyncio
import csv
from decimal import Decimal

from tests.integration.problems import is_problem
from tests.servers.service import RunService
from tests.servers.service_client import Answer, Service
from tests.servers.simulated_exchanges import SimulatedExchanges

WARM = "cache_max_seconds=1000"


async def rates(service: Service, query: str, **options: object) -> Answer:
    return await service.ask("GET", f"/api/v1/rates?{query}", **options)


async def test_each_rate_is_what_a_conversion_answers(service: Service) -> None:
    for rate_type in ("mid", "executable"):
        table = await rates(service, f"base=btc&symbols=USDT,TRX,SHIB,KCS,BTC&rate_type={rate_type}&{WARM}")
        assert table.status == 200, table.body
        assert table.json["unpriced"] == {}
        assert list(table.json["rates"]) == ["USDT", "TRX", "SHIB", "KCS", "BTC"]
        for symbol, row in table.json["rates"].items():
            single = (await service.convert("BTC", symbol, rate_type=rate_type, cache_max_seconds=1000)).json
            assert row == {name: single[name] for name in ("rate", "exchange", "updated_at")}
        assert table.json["updated_at"] == min(row["updated_at"] for row in table.json["rates"].values())


async def test_without_symbols_all_currencies_are_there_and_none_is_lost(service: Service) -> None:
    table = (await rates(service, f"base=USDT&{WARM}")).json
    assert len(table["rates"]) > 100
    assert list(table["rates"]) == sorted(table["rates"])
    assert "USDT" not in table["rates"]
    assert table["rates"].keys().isdisjoint(table["unpriced"])
    for code, reason in table["unpriced"].items():  # listed, and without a price
        assert "binance: " in reason, code


async def test_what_cannot_be_priced_says_why_and_only_a_table_without_any_rate_is_a_problem(service: Service) -> None:
    table = await rates(service, f"base=BTC&symbols=USDT,XYZ&{WARM}")
    assert list(table.json["rates"]) == ["USDT"]
    assert table.json["unpriced"] == {"XYZ": "binance: XYZ is not listed; kucoin: XYZ is not listed"}
    assert is_problem(await rates(service, f"base=XYZ&{WARM}"), 404)


async def test_the_same_table_is_answered_from_memory_and_an_unchanged_one_with_304(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    first = await rates(service, f"base=USDT&{WARM}")
    calls = await exchanges.all_calls()
    again = await rates(service, f"base=USDT&{WARM}")
    assert (again.body, again.headers["ETag"]) == (first.body, first.headers["ETag"])
    known = await rates(service, f"base=USDT&{WARM}", headers={"If-None-Match": first.headers["ETag"]})
    assert (known.status, known.body) == (304, b"")
    assert await exchanges.all_calls() == calls


async def test_new_prices_make_a_new_table(service: Service, exchanges: SimulatedExchanges) -> None:
    first = await rates(service, "base=USDT&symbols=BTC")
    exchanges.clock.advance(60)
    second = await rates(service, "base=USDT&symbols=BTC")
    assert first.headers["ETag"] != second.headers["ETag"]
    assert first.json["rates"]["BTC"]["rate"] != second.json["rates"]["BTC"]["rate"]
    old = await rates(service, "base=USDT&symbols=BTC", headers={"If-None-Match": first.headers["ETag"]})
    assert old.status == 200


async def test_csv_has_a_row_for_each_currency_priced_or_not(service: Service) -> None:
    answer = await rates(service, f"base=BTC&symbols=USDT,XYZ&format=csv&{WARM}")
    assert answer.headers["Content-Type"].startswith("text/csv")
    priced, unpriced = csv.DictReader(answer.body.decode().splitlines())
    assert (priced["base"], priced["symbol"], priced["exchange"]) == ("BTC", "USDT", "binance")
    assert Decimal(priced["rate"]) > 0
    assert unpriced["rate"] == ""
    assert "not listed" in unpriced["reason"]


async def test_wrong_parameters_are_named(service: Service) -> None:
    assert is_problem(await rates(service, "symbols=BTC"), 422, "base")
    assert is_problem(await rates(service, "base=BTC&symbols=A,,B"), 422, "symbols")
    assert is_problem(await rates(service, "base=BTC&symbols=" + ",".join(["A"] * 1001)), 422, "symbols")
    assert is_problem(await rates(service, "base=BTC&rate_type=depth"), 422, "rate_type")
    assert is_problem(await rates(service, "base=BTC&cache_max_seconds=-1"), 422, "cache_max_seconds")
    assert is_problem(await rates(service, "base=BTC&cache_max_seconds=soon"), 422, "cache_max_seconds")


async def test_a_conversion_does_not_wait_for_a_whole_table(service: Service) -> None:
    await rates(service, f"base=USDT&{WARM}")
    table = asyncio.create_task(rates(service, f"base=TRX&{WARM}"))
    slowest = 0.0
    while not table.done():
        slowest = max(slowest, (await service.convert(cache_max_seconds=1000)).seconds)
    assert (await table).status == 200
    assert slowest < (await table).seconds or slowest < 0.05


async def test_a_rate_limit_counts_a_table_by_its_rates(run_service: RunService) -> None:
    async with run_service(rate_limit_convert="5/minute") as service:
        assert (await rates(service, f"base=USDT&{WARM}")).status == 200
        assert (await rates(service, f"base=USDT&{WARM}")).status == 429
