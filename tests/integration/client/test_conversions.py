"""The client package converts against a running service, over real sockets."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from crossrate_client import AsyncClient, Client, Question
from crossrate_client.models import Conversion
from crossrate_client.problems import InvalidInput, NoRoute
from tests.servers.service_client import Service

WARM_SECONDS = 100_000_000


async def test_a_conversion_is_exact_and_has_its_route(warm_service: Service) -> None:
    async with AsyncClient(warm_service.url) as client:
        conversion = await client.convert(
            "TRX", "ADA", Decimal("0.5"), cache_max_seconds=WARM_SECONDS, include_route=True
        )
    answer = (await warm_service.convert("TRX", "ADA", "0.5", cache_max_seconds=WARM_SECONDS)).json
    assert conversion.rate == Decimal(answer["rate"])
    assert conversion.result == conversion.rate * Decimal("0.5")
    assert conversion.updated_at == datetime.fromtimestamp(answer["updated_at"], UTC)
    assert [leg.symbol for leg in conversion.route or ()] == ["TRXETH", "ADAETH"]


async def test_the_blocking_client_has_the_same_answer(warm_service: Service) -> None:
    def ask() -> Conversion:
        with Client(warm_service.url) as client:
            return client.convert("BTC", "USDT", "2", cache_max_seconds=WARM_SECONDS)

    async with AsyncClient(f"{warm_service.url}/") as client:
        assert await asyncio.to_thread(ask) == await client.convert("BTC", "USDT", 2, cache_max_seconds=WARM_SECONDS)


async def test_best_depth_and_median_bring_what_belongs_to_them(warm_service: Service) -> None:
    async with AsyncClient(warm_service.url) as client:
        best = await client.convert("BTC", "USDT", 1, exchange="best", cache_max_seconds=WARM_SECONDS)
        depth = await client.convert(
            "BTC", "USDT", "0.25", rate_type="depth", include_route=True, cache_max_seconds=WARM_SECONDS
        )
        median = await client.convert("BTC", "USDT", 1, rate_type="median", cache_max_seconds=WARM_SECONDS)
    assert [each.exchange for each in best.considered or ()] == list({"binance", "kucoin"} - {best.exchange})
    assert depth.trades
    assert depth.received == sum(trade.funds - trade.fee for trade in depth.trades)
    assert {each.exchange for each in median.providers or ()} == {"binance", "kucoin"}


async def test_a_batch_has_an_answer_or_a_typed_problem_for_each_line(warm_service: Service) -> None:
    async with AsyncClient(warm_service.url) as client:
        converted, failed = await client.convert_many(
            [Question("BTC", "USDT", 1, include_route=True), Question("BTC", "NOTHING", 1)],
            cache_max_seconds=WARM_SECONDS,
        )
    assert isinstance(converted, Conversion)
    assert converted.route
    assert isinstance(failed, NoRoute)
    assert set(failed.reasons) == {"binance", "kucoin"}


async def test_problems_are_exceptions_of_their_own_class(warm_service: Service) -> None:
    async with AsyncClient(warm_service.url) as client:
        with pytest.raises(NoRoute, match="is not listed") as no_route:
            await client.convert("BTC", "NOTHING", 1, cache_max_seconds=WARM_SECONDS)
        with pytest.raises(InvalidInput, match="amount") as invalid:
            await client.convert("BTC", "USDT", -1)
        with pytest.raises(TypeError, match="exact"):
            await client.convert("BTC", "USDT", 0.1)  # type: ignore[arg-type]  # what is tested
    assert (no_route.value.status, no_route.value.slug) == (404, "no-route")
    assert no_route.value.request_id
    assert [error.field for error in invalid.value.field_errors] == ["amount"]


async def test_a_table_and_the_exchanges_are_read_into_models(warm_service: Service) -> None:
    async with AsyncClient(warm_service.url) as client:
        table = await client.rates("USDT", ["BTC", "NOTHING"], cache_max_seconds=WARM_SECONDS)
        exchanges = await client.exchanges()
    assert isinstance(table.rates["BTC"].rate, Decimal)
    assert set(table.unpriced) == {"NOTHING"}
    assert [exchange.name for exchange in exchanges] == ["binance", "kucoin"]
