"""Which exchange serves, and along how many legs."""

import itertools
from collections import defaultdict
from decimal import Decimal

import pytest

from tests.integration.problems import is_problem
from tests.servers.service import RunService
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges, TrueBook


def pairs_of(books: dict[str, TrueBook]) -> set[frozenset[str]]:
    return {frozenset((book.base, book.quote)) for book in books.values()}


async def test_a_direct_pair_on_the_second_exchange_comes_before_a_detour_on_the_first(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    on_binance = await exchanges.tradable("binance")
    listed_there = {code for book in on_binance.values() for code in (book.base, book.quote)}
    direct_there = pairs_of(on_binance)
    candidates = [
        (symbol, book)
        for symbol, book in (await exchanges.tradable("kucoin")).items()
        if {book.base, book.quote} <= listed_there and frozenset((book.base, book.quote)) not in direct_there
    ]
    assert len(candidates) >= 10
    for symbol, book in candidates[:10]:
        answer = (await service.convert(book.base, book.quote, include_route=True, cache_max_seconds=1000)).json
        assert answer["exchange"] == "kucoin"
        assert [leg["symbol"] for leg in answer["route"]] == [symbol]
        named = (
            await service.convert(book.base, book.quote, exchange="binance", include_route=True, cache_max_seconds=1000)
        ).json
        assert named["exchange"] == "binance"
        assert len(named["route"]) >= 2
        assert {leg["exchange"] for leg in named["route"]} == {"binance"}


async def test_the_first_exchange_serves_a_direct_pair_on_both(service: Service, exchanges: SimulatedExchanges) -> None:
    on_both = pairs_of(await exchanges.tradable("binance")) & pairs_of(await exchanges.tradable("kucoin"))
    assert len(on_both) >= 10
    for one, other in sorted(map(sorted, on_both))[:10]:
        assert (await service.convert(one, other, cache_max_seconds=1000)).json["exchange"] == "binance"
    assert await exchanges.calls("kucoin") == 0


@pytest.mark.parametrize(("order", "serving"), [("binance,kucoin", "binance"), ("kucoin,binance", "kucoin")])
async def test_exchanges_are_tried_in_the_configured_order(run_service: RunService, order: str, serving: str) -> None:
    async with run_service(exchanges=order) as service:
        assert (await service.convert()).json["exchange"] == serving


async def test_only_configured_exchanges_are_called_or_supported(
    run_service: RunService, exchanges: SimulatedExchanges
) -> None:
    async with run_service(exchanges="kucoin") as service:
        assert (await service.convert()).json["exchange"] == "kucoin"
        assert is_problem(await service.convert(exchange="binance"), 422, "exchange")
        assert list((await service.convert("BNB", "USDT")).json["reasons"]) == ["kucoin"]
    assert await exchanges.calls("binance") == 0


@pytest.mark.parametrize("ticker", ["BIFI", "MC"])
async def test_a_ticker_with_two_meanings_stays_on_one_exchange(service: Service, ticker: str) -> None:
    there = (await service.convert(ticker, "USDT")).json
    here = (await service.convert(ticker, "USDT", exchange="kucoin")).json
    assert (there["exchange"], here["exchange"]) == ("binance", "kucoin")
    assert Decimal(there["rate"]) > 10 * Decimal(here["rate"])
    crossed = await service.convert("KCS", f"{ticker}.KUCOIN", include_route=True)
    assert {leg["exchange"] for leg in crossed.json["route"]} == {"kucoin"}
    assert is_problem(await service.convert("KCS", ticker), 404)


@pytest.mark.parametrize("exchange", ["binance", "kucoin"])
async def test_a_route_has_the_fewest_legs_and_no_more_than_the_setting(
    run_service: RunService, exchanges: SimulatedExchanges, exchange: str
) -> None:
    by_legs = fewest_legs(await exchanges.tradable(exchange))
    fields = {"exchange": exchange, "include_route": True, "cache_max_seconds": 1000}
    for max_legs in (1, 2, 3):
        async with run_service(max_legs=max_legs) as service:
            for legs in (1, 2, 3, 4):
                for one, other in by_legs[legs][:3]:
                    answer = await service.convert(one, other, **fields)
                    if legs > max_legs:
                        assert is_problem(answer, 404)
                        assert answer.json["reasons"][exchange].startswith(f"no route of at most {max_legs} leg")
                    else:
                        assert len(answer.json["route"]) == legs


def fewest_legs(books: dict[str, TrueBook]) -> dict[int, list[tuple[str, str]]]:
    """Return some pairs of currencies by the number of legs between them; 4 stands for 4 and more."""
    beside: dict[str, set[str]] = defaultdict(set)
    for book in books.values():
        beside[book.base].add(book.quote)
        beside[book.quote].add(book.base)
    by_legs: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for one, other in itertools.combinations(sorted(beside), 2):
        reached, legs = {one}, 0
        while other not in reached and legs < 4:
            reached, legs = reached.union(*(beside[code] for code in reached)), legs + 1
        by_legs[legs if other in reached and legs < 4 else 4].append((one, other))
    assert all(by_legs[legs] for legs in (1, 2, 3, 4))
    return by_legs
