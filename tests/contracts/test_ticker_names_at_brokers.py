"""An order buys what was priced: every ticker of the table means the same to a broker as to market data."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import partial
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from adapters.binance import signing as binance_signing
from adapters.binance.trading import BinanceBroker
from adapters.kucoin import signing as kucoin_signing
from adapters.kucoin.trading import KuCoinBroker
from adapters.simulated_venue.broker import SimulatedBroker
from application.orders.ports.broker import Broker
from domain.currency import Currency
from domain.orders.errors import NotTradable
from domain.orders.venue_order import VenueOrder, VenueReport, VenueStatus
from domain.pair import Pair
from domain.rates.instruments import Instruments
from domain.rates.tickers import EVERYWHERE, OWN_TICKERS, meanings
from tests.servers.serving import serving
from tests.unit.application.market_data.builders import market_data_of
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.database import FakeDatabase
from tests.unit.fakes.exchange import FakeExchange
from tests.unit.fakes.fetch_lock import FakeFetchLock
from tests.unit.fakes.market_cache import FakeMarketCache

USDT = Currency("USDT")
VENUES = ("binance", "kucoin")


def tickers(exchange: str) -> list[str]:
    """Return all of the table that the exchange may list, some of which it calls as others call another coin."""
    names = meanings(exchange, NOON).names
    rows = {row.ticker for row in OWN_TICKERS if row.exchange in {EVERYWHERE, exchange}}
    return sorted(rows | {row.name for row in OWN_TICKERS if "." not in row.name} - set(names.values()))


def separator(exchange: str) -> str:
    return "-" if exchange == "kucoin" else ""


def listed(exchange: str, bases: Sequence[str]) -> Instruments:
    return Instruments.of(exchange, [(f"{base}{separator(exchange)}USDT", base, "USDT") for base in bases], NOON)


def kucoin_symbol(base: str) -> dict[str, Any]:
    names = {"symbol": f"{base}-USDT", "baseCurrency": base, "quoteCurrency": "USDT", "feeCurrency": "USDT"}
    return names | {"enableTrading": True}


def binance_symbol(base: str) -> dict[str, Any]:
    names = {"symbol": f"{base}USDT", "baseAsset": base, "quoteAsset": "USDT", "status": "TRADING"}
    return names | {"isSpotTradingAllowed": True, "orderTypes": ["LIMIT"], "filters": []}


async def kucoin(bases: Sequence[str], request: web.Request) -> web.Response:
    """Answer as KuCoin does, with a balance and the fee of a purchase in each of these tickers."""
    base = request.query.get("symbol", "").removesuffix("-USDT")
    trade = {"id": 1, "tradeId": 1, "orderId": "1", "price": "1", "size": "1", "fee": "0.1", "feeCurrency": base}
    answers: dict[str, object] = {
        "symbols": [kucoin_symbol(base) for base in bases],
        "accounts": [{"currency": ticker, "balance": str(number)} for number, ticker in enumerate(bases, 1)],
        "fills": {"items": [trade]},
    }
    return web.json_response({"code": "200000", "data": answers[request.path.rpartition("/")[2]]})


async def binance(bases: Sequence[str], request: web.Request) -> web.Response:
    """Answer as Binance does, with a balance and the fee of a purchase in each of these tickers."""
    base, name = request.query.get("symbol", "").removesuffix("USDT"), request.path.rpartition("/")[2]
    if name == "exchangeInfo" and base not in bases:
        return web.json_response({"code": -1121, "msg": "Invalid symbol."}, status=400)
    balances = [{"asset": ticker, "free": str(number), "locked": "0"} for number, ticker in enumerate(bases, 1)]
    answers: dict[str, object] = {
        "exchangeInfo": {"symbols": [binance_symbol(base)]},
        "account": {"balances": balances},
        "time": {"serverTime": int(NOON * 1000)},
        "commission": {"standardCommission": {"taker": "0.001"}},
        "myTrades": [{"id": 1, "orderId": 1, "price": "1", "qty": "1", "commission": "0.1", "commissionAsset": base}],
    }
    return web.json_response(answers[name])


def venue_app(bases: Sequence[str]) -> web.Application:
    """Return both exchanges, which list these tickers."""
    app = web.Application()
    app.router.add_get("/api/v3/{name:.+}", partial(binance, bases))
    app.router.add_get("/api/{name:.+}", partial(kucoin, bases))
    return app


@asynccontextmanager
async def broker_at(exchange: str, bases: Sequence[str]) -> AsyncIterator[Broker]:
    clock = FakeClock()
    async with serving(venue_app(bases)) as url, aiohttp.ClientSession() as session:
        if exchange == "kucoin":
            keys = kucoin_signing.Credentials("key", "secret", "passphrase")
            yield KuCoinBroker(base_url=url, session=session, clock=clock, credentials=keys)
        else:
            own = binance_signing.Credentials("key", "secret")
            yield BinanceBroker(base_url=url, session=session, clock=clock, credentials=own)


@pytest.mark.parametrize("exchange", VENUES)
async def test_what_is_ordered_paid_and_held_is_what_was_priced(exchange: str) -> None:
    market = listed(exchange, tickers(exchange))
    names = {*market.aliases, *(base for base, _ in market.pairs.ends.values())}
    assert names
    async with broker_at(exchange, tickers(exchange)) as broker:
        balances = await broker.balances()
        for name in sorted(names):
            pair = Pair(name, USDT)
            (symbol,) = market.between(name, USDT)
            rules = await broker.rules(pair)
            assert (rules.symbol, rules.market) == (symbol, (exchange, symbol)), name
            order = VenueOrder("id", symbol, pair, Decimal(1), Decimal(1), int(NOON * 1000), 5000)
            (fill,) = await broker.fills(order, VenueReport("1", VenueStatus.DONE, Decimal(1), Decimal(1)))
            assert fill.fee_asset == name
            held = balances[market.named(name)]
            assert tickers(exchange)[int(held) - 1] == symbol.removesuffix("USDT").removesuffix("-")


@pytest.mark.parametrize("exchange", VENUES)
async def test_no_broker_buys_by_a_ticker_what_market_data_does_not_price_by_it(exchange: str) -> None:
    names = {row.ticker for row in OWN_TICKERS} | {row.name for row in OWN_TICKERS}
    alone: list[str] = []
    async with broker_at(exchange, alone) as broker:
        for ticker in ("ALT", "BIFI", "WAX", "BTT"):
            alone[:] = [ticker]
            market = listed(exchange, alone)
            for currency in map(Currency, names):
                if not market.between(currency, USDT):
                    with pytest.raises(NotTradable):
                        await broker.rules(Pair(currency, USDT))


@pytest.mark.parametrize("exchange", VENUES)
async def test_the_simulated_venue_buys_by_the_names_of_its_market(exchange: str) -> None:
    clock = FakeClock()
    fake = FakeExchange(exchange, clock, {f"{ticker}/USDT": ("1", "2") for ticker in tickers(exchange)})
    market = market_data_of(fake, FakeMarketCache(), FakeFetchLock(clock), clock)
    broker = SimulatedBroker(markets={exchange: market}, database=FakeDatabase(), clock=clock, funds={})
    instruments = await market.instruments()
    for base, _ in instruments.pairs.ends.values():
        (symbol,) = instruments.between(base, USDT)
        assert (await broker.rules(Pair(base, USDT))).market == (exchange, symbol)
