"""Rates are those of the exchanges' own books, on the right exchange and along the right route."""

import itertools
from decimal import Context, Decimal

import pytest

from tests.integration.problems import is_problem
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.fakes.clock import TickingClock

TWELVE_DIGITS = Context(prec=12)


def rounded(exact: Decimal) -> Decimal:
    return TWELVE_DIGITS.plus(exact)


@pytest.mark.parametrize("exchange", ["binance", "kucoin"])
async def test_direct_rates_are_those_of_the_exchanges_own_books(
    service: Service, exchanges: SimulatedExchanges, clock: TickingClock, exchange: str
) -> None:
    exchanges.clock.advance(1234)
    clock.advance(1234)
    books = await exchanges.tradable(exchange)
    for symbol, book in itertools.islice(books.items(), 0, None, 7):
        if book.is_wide:  # a detour is preferred
            continue
        fields = {"exchange": exchange, "cache_max_seconds": 1000, "include_route": True}
        sold = (await service.convert(book.base, book.quote, **fields)).json
        bought = (await service.convert(book.quote, book.base, **fields)).json
        assert [leg["symbol"] for leg in sold["route"] + bought["route"]] == [symbol, symbol]
        assert [leg["side"] for leg in sold["route"] + bought["route"]] == ["sell", "buy"]
        assert Decimal(sold["route"][0]["price"]) == Decimal(bought["route"][0]["price"]) == book.mid
        assert Decimal(sold["rate"]) == rounded(book.mid)
        assert Decimal(bought["rate"]) == TWELVE_DIGITS.divide(Decimal(1), book.mid)


@pytest.mark.parametrize("exchange", ["binance", "kucoin"])
async def test_an_executable_rate_sells_at_the_bid_and_buys_at_the_ask(
    service: Service, exchanges: SimulatedExchanges, exchange: str
) -> None:
    books = await exchanges.tradable(exchange)
    for book in itertools.islice(books.values(), 10):
        fields = {"exchange": exchange, "cache_max_seconds": 1000, "rate_type": "executable"}
        sold = (await service.convert(book.base, book.quote, **fields)).json
        bought = (await service.convert(book.quote, book.base, **fields)).json
        assert Decimal(sold["rate"]) == rounded(book.bid)
        assert Decimal(bought["rate"]) == TWELVE_DIGITS.divide(Decimal(1), book.ask)


async def test_prices_move_and_the_rate_moves_with_them(service: Service, exchanges: SimulatedExchanges) -> None:
    rates = []
    for _ in range(3):
        exchanges.clock.advance(60)
        book = (await exchanges.tradable("binance"))["BTCUSDT"]
        rates.append(Decimal((await service.convert("BTC", "USDT")).json["rate"]))
        assert rates[-1] == rounded(book.mid)
    assert len(set(rates)) == 3


async def test_an_indirect_rate_is_the_product_of_its_legs(service: Service, exchanges: SimulatedExchanges) -> None:
    books = await exchanges.tradable("binance")
    for rate_type in ("mid", "executable"):
        answer = (await service.convert("TRX", "SHIB", include_route=True, rate_type=rate_type)).json
        first, second = answer["route"]
        assert (first["side"], second["side"]) == ("sell", "buy")
        sold, bought = books[first["symbol"]], books[second["symbol"]]
        prices = (sold.mid, bought.mid) if rate_type == "mid" else (sold.bid, bought.ask)
        assert (Decimal(first["price"]), Decimal(second["price"])) == prices
        assert Decimal(answer["rate"]) == TWELVE_DIGITS.divide(*prices)


async def test_a_market_with_a_wide_spread_is_avoided(service: Service) -> None:
    # TRX/DAI and ADA/DAI are both listed, and TRX/DAI's middle is many times the true price.
    answer = (await service.convert("TRX", "ADA", exchange="binance", include_route=True)).json
    assert len(answer["route"]) == 2
    assert all("DAI" not in leg["symbol"] for leg in answer["route"])
    through_usdt = Decimal((await service.convert("TRX", "USDT")).json["rate"]) / Decimal(
        (await service.convert("ADA", "USDT")).json["rate"]
    )
    assert abs(Decimal(answer["rate"]) / through_usdt - 1) < Decimal("0.01")


@pytest.mark.parametrize("exchange", ["binance", "kucoin"])
async def test_no_route_uses_a_halted_market_or_an_insane_book(
    service: Service, exchanges: SimulatedExchanges, exchange: str
) -> None:
    listed, tradable = await exchanges.books(exchange), await exchanges.tradable(exchange)
    dead = {symbol: row for symbol, row in listed.items() if symbol not in tradable}
    assert len(dead) >= 10
    for symbol, row in dead.items():
        fields = {"exchange": exchange, "include_route": True, "cache_max_seconds": 1000}
        answer = await service.convert(row["base"], row["quote"], **fields)
        if answer.status == 200:
            assert symbol not in [leg["symbol"] for leg in answer.json["route"]]
            assert len(answer.json["route"]) > 1
        else:
            assert is_problem(answer, 404)


async def test_a_coin_with_only_dead_markets_is_not_converted(service: Service, exchanges: SimulatedExchanges) -> None:
    listed, tradable = await exchanges.books("binance"), await exchanges.tradable("binance")
    alive = {code for book in tradable.values() for code in (book.base, book.quote)}
    dead = {row["base"] for row in listed.values()} - alive
    assert dead
    for code in dead:
        assert is_problem(await service.convert(code, "USDT", exchange="binance"), 404)
