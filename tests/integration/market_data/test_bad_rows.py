"""Broken rows in a good list are left out, and nothing else."""

from decimal import Decimal

import pytest

from entrypoints.simulator.faults.bad_rows import SPARED_ROWS
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import (
    BINANCE_BOOKS,
    BINANCE_LISTING,
    KUCOIN_BOOKS,
    KUCOIN_LISTING,
    SimulatedExchanges,
)

LISTS = [
    ("binance", BINANCE_LISTING),
    ("binance", BINANCE_BOOKS),
    ("kucoin", KUCOIN_LISTING),
    ("kucoin", KUCOIN_BOOKS),
]


@pytest.mark.parametrize(("exchange", "path"), LISTS, ids=["-".join(pair) for pair in LISTS])
@pytest.mark.parametrize("every", [20, 30])
async def test_bad_rows_are_left_out_and_every_good_one_converts(
    service: Service, exchanges: SimulatedExchanges, exchange: str, path: str, every: int
) -> None:
    symbols = list(await exchanges.books(exchange))
    tradable = await exchanges.tradable(exchange)
    await exchanges.commit(exchange, "bad_rows", every=every, path=path)
    fields = {"exchange": exchange, "cache_max_seconds": 1000, "include_route": True}
    broken = good = 0
    for place, symbol in enumerate(symbols):
        book = tradable.get(symbol)
        if book is None or book.is_wide:  # instead of a wide one, a detour is preferred
            continue
        answer = await service.convert(book.base, book.quote, **fields)
        legs = [leg["symbol"] for leg in answer.json.get("route", [])]
        if place >= SPARED_ROWS and (place - SPARED_ROWS) % every == 0:
            assert symbol not in legs
            broken += 1
        else:
            assert legs == [symbol]
            assert abs(Decimal(answer.json["rate"]) / book.mid - 1) < Decimal("1e-11")
            good += 1
    assert good >= SPARED_ROWS - 2
    assert broken >= 3


async def test_a_list_with_bad_rows_needs_no_second_attempt(service: Service, exchanges: SimulatedExchanges) -> None:
    await exchanges.commit("binance", "bad_rows", every=20)
    assert (await service.convert()).json["exchange"] == "binance"
    assert await exchanges.calls("binance") == 2


@pytest.mark.parametrize("exchange", ["binance", "kucoin"])
@pytest.mark.parametrize("every", [1, 10])
async def test_a_listing_that_lost_many_rows_is_a_failure(
    service: Service, exchanges: SimulatedExchanges, exchange: str, every: int
) -> None:
    await exchanges.commit(exchange, "bad_rows", every=every)
    answer = await service.convert("NOPE", "USDT", exchange=exchange)
    assert (answer.status, answer.json["failures"]) == (503, {exchange: "bad_body"})
