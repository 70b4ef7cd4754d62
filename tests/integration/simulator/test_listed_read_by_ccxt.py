"""ccxt's clients read the other simulated exchanges as Crossrate's adapters do: two readers, one market."""

import math
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import aiohttp
import ccxt.async_support as ccxt
import pytest

from adapters.rest.registered_exchange import ExchangeParts
from application.market_data.ports.exchange import Exchange
from entrypoints.settings.installed_exchanges import registered_exchanges
from entrypoints.simulator.app import simulator_app
from tests.servers.recordings import recorded_data
from tests.servers.serving import serving
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.meter import FakeMeter

Untyped: TypeAlias = Any  # ccxt has no types that mypy could read

RECORDED = recorded_data()


@dataclass(frozen=True)
class Reader:
    """How ccxt's client of an exchange is pointed at the simulated one."""

    name: str
    client: Callable[[], Untyped]
    point: Callable[[Untyped, str], None]


def _at_kraken(client: Untyped, url: str) -> None:
    client.urls["api"] = {"public": url, "private": url}


def _at_okx(client: Untyped, url: str) -> None:
    client.urls["api"] = {"rest": url}


def _at_bybit(client: Untyped, url: str) -> None:
    client.urls["api"] = dict.fromkeys(client.urls["api"], url)


def _at_coinbase(client: Untyped, url: str) -> None:
    client.urls["api"] = {"public": url, "private": url}


SPOT_ONLY = {"options": {"fetchMarkets": {"types": ["spot"]}, "defaultType": "spot"}}
READERS = {
    "kraken": Reader("kraken", ccxt.kraken, _at_kraken),
    "okx": Reader("okx", partial(ccxt.okx, SPOT_ONLY), _at_okx),
    "bybit": Reader("bybit", partial(ccxt.bybit, SPOT_ONLY), _at_bybit),
    "coinbase": Reader("coinbase", ccxt.coinbaseexchange, _at_coinbase),
}


@pytest.fixture(scope="module", params=["generated", "recorded"])
async def url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    if request.param == "recorded" and RECORDED is None:
        pytest.skip("needs recorded payloads of the exchanges")
    data: Path | None = RECORDED if request.param == "recorded" else None
    # Time stands still, so that what both read is of the same moment.
    async with serving(simulator_app(data=data, clock=lambda: 1_700_000_000.0)) as url:
        yield url


@pytest.fixture(params=READERS)
async def reader(request: pytest.FixtureRequest, url: str) -> AsyncIterator[tuple[Untyped, Exchange]]:
    reader = READERS[request.param]
    client = reader.client()
    client.timeout = 30_000
    reader.point(client, f"{url}/{reader.name}")
    clock = FakeClock(1_700_000_000.0)
    async with client, aiohttp.ClientSession() as session:
        parts = ExchangeParts(url=f"{url}/{reader.name}", settings={}, session=session, clock=clock, meter=FakeMeter())
        yield client, registered_exchanges()[reader.name].market_data(parts)


async def test_ccxt_finds_the_same_pairs_and_books(reader: tuple[Untyped, Exchange]) -> None:
    client, exchange = reader
    markets = (await client.load_markets()).values()
    ours = await exchange.fetch_instruments()
    # ccxt takes a staked asset, ETH2.S, for a currency
    active = [each for each in markets if each["active"] and "." not in each["base"] and not _is_barred(each["info"])]
    theirs = {(each["id"], _named(each["base"]), _named(each["quote"])) for each in active}
    assert {(each.symbol, each.pair.base, each.pair.quote) for each in ours} == theirs
    assert len(theirs) > 1
    if registered_exchanges()[exchange.name].streams_only:
        return
    ids = {each["symbol"]: each["id"] for each in markets}
    tickers = (await client.fetch_tickers()).values()
    read = {ids[each["symbol"]]: (each["bid"], each["ask"]) for each in tickers if _is_sane(each["bid"], each["ask"])}
    books = (await exchange.fetch_book_tickers()).by_symbol
    assert {symbol: (float(book.bid), float(book.ask)) for symbol, book in books.items()} == read


async def test_both_read_the_same_order_books(reader: tuple[Untyped, Exchange]) -> None:
    client, exchange = reader
    await client.load_markets()
    listed = await exchange.fetch_instruments()
    streams_only = registered_exchanges()[exchange.name].streams_only
    books = () if streams_only else (await exchange.fetch_book_tickers()).by_symbol
    symbols = [each.symbol for each in listed if streams_only or each.symbol in books][:5]
    assert exchange.order_books is not None
    for symbol in symbols:
        ours, theirs = await exchange.order_books.fetch_order_book(symbol), await client.fetch_order_book(symbol, 200)
        for levels, read in ((ours.bids, theirs["bids"]), (ours.asks, theirs["asks"])):
            assert [[float(level.price), float(level.quantity)] for level in levels] == [row[:2] for row in read]
            assert len(read) > 10


async def test_both_read_the_same_rules(reader: tuple[Untyped, Exchange]) -> None:
    client, exchange = reader
    markets = {each["id"]: each for each in (await client.load_markets()).values()}
    for each in await exchange.fetch_instruments():
        market, rules = markets[each.symbol], each.rules
        # ccxt takes the decimals of balances instead, where these are fewer
        assert 0 < _float(rules.lot_size) <= market["precision"]["amount"]
        if exchange.name == "coinbase":  # of which ccxt reads only this bound
            assert _float(rules.min_notional) == market["limits"]["cost"]["min"]
        else:
            assert _float(rules.min_quantity) == market["limits"]["amount"]["min"]
        if rules.taker_fee is not None:
            assert (_float(rules.taker_fee), _float(rules.maker_fee)) == (market["taker"], market["maker"])


def _named(code: str) -> str:
    # ccxt calls AE otherwise, to tell it from another coin of that name, keeps BTT for what others call BTTC, and
    # does not tell coins from the states' money whose codes they have.
    named = {"AET": "AE", "BTT": "BTTC", "ERN": "ERN.TOKEN", "RON": "RON.TOKEN", "SOS": "SOS.TOKEN"}
    return named.get(code, code.upper())


def _is_barred(row: Mapping[str, object]) -> bool:
    """Tell whether Coinbase takes no order that could be matched at once, which ccxt does not look at."""
    return any(row.get(flag) for flag in ("cancel_only", "post_only", "trading_disabled"))


def _is_sane(bid: float | None, ask: float | None) -> bool:
    return bool(bid and ask and bid <= ask)


def _float(number: Decimal | None) -> float:
    return math.nan if number is None else float(number)
