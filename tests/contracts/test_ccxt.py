"""The adapter over ccxt: its clients of the exchanges that Crossrate also reads itself, at the simulated ones."""

import asyncio
import socket
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import NoReturn

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver

from adapters.ccxt import bounded_session
from adapters.ccxt.library import CCXT
from adapters.ccxt.market_data import MARKETS_MAX_AGE_SECONDS, CcxtExchange
from adapters.ccxt.messages import instruments_in, shortest
from adapters.rest.registered_exchange import ExchangeParts
from application.market_data.ports.exchange import Exchange
from domain.rates.errors import ExchangeUnavailable, FailureReason
from entrypoints.settings.installed_exchanges import registered_exchanges
from entrypoints.simulator.app import simulator_app
from tests.contracts.exchange_contract import LISTED, QUOTED, BooksContract, ExchangeContract, Venue
from tests.contracts.test_bybit import BybitVenue
from tests.contracts.wire_server import Fault, Reply, WireServer
from tests.servers.serving import serving
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.meter import FakeMeter

EXCHANGES = ("binance", "bybit", "kraken", "kucoin", "okx")


class NoNames(AbstractResolver):
    """Knows no host, so that nothing but addresses of this machine can be called."""

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> NoReturn:  # noqa: ARG002
        raise AssertionError(f"{host} would have been called")

    async def close(self) -> None: ...


def _session(seconds: float) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=4, resolver=NoNames())
    return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=seconds))


class CcxtVenue(BybitVenue):
    def __init__(self, server: WireServer, session: aiohttp.ClientSession) -> None:
        super().__init__(server, session)
        self.exchange = CcxtExchange("bybit", url=server.url, session=session, clock=self.clock)


class TestCcxt(ExchangeContract, BooksContract):
    @pytest.fixture(scope="module")
    async def server(self) -> AsyncIterator[WireServer]:
        async with WireServer().running() as server:
            yield server

    @pytest.fixture
    async def venue(self, server: WireServer) -> AsyncIterator[Venue]:
        await server.begin_anew()
        async with _session(5) as session:
            yield CcxtVenue(server, session)

    async def test_books_hold_every_digit_of_their_prices(self, venue: Venue) -> None:
        """As far as a float does: the fewest digits that stand for it."""
        books = (await venue.exchange.fetch_book_tickers()).by_symbol
        for symbol, bid, ask in QUOTED:
            assert (float(books[symbol].bid), float(books[symbol].ask)) == (float(bid or 0), float(ask or 0))
        assert books[LISTED[0][0]].bid == Decimal("0.02")

    async def test_pairs_that_are_listed_later_get_prices_though_another_process_fetches_the_list(
        self, venue: Venue
    ) -> None:
        venue.list_pairs(LISTED[:1])
        assert len((await venue.exchange.fetch_book_tickers()).by_symbol) == 1
        venue.list_pairs(LISTED)
        venue.clock.advance(MARKETS_MAX_AGE_SECONDS - 1)
        assert len((await venue.exchange.fetch_book_tickers()).by_symbol) == 1
        venue.clock.advance(1)
        assert len((await venue.exchange.fetch_book_tickers()).by_symbol) == len(QUOTED)


async def test_failures_are_named_without_addresses_or_bodies() -> None:
    async with WireServer().running() as server, _session(0.3) as session:
        venue, url = CcxtVenue(server, session), server.url
        for reply, reason in (
            (Reply(status=429), FailureReason.RATE_LIMITED),
            (Reply(b"<html>secret"), FailureReason.BAD_BODY),
            (Reply(status=503), FailureReason.SERVER_ERROR),
        ):
            venue.reply(reply)
            with pytest.raises(ExchangeUnavailable) as caught:
                await venue.exchange.fetch_instruments()
            assert caught.value.reason in {reason, FailureReason.SERVER_ERROR}
            assert "secret" not in str(caught.value)
    async with _session(1) as session:
        gone = CcxtExchange("bybit", url=url, session=session, clock=FakeClock())
        with pytest.raises(ExchangeUnavailable) as refused:
            await gone.fetch_instruments()
        assert (refused.value.reason, refused.value.is_transient) == (FailureReason.NETWORK, True)
        assert url not in str(refused.value)


async def test_a_redirect_is_not_followed() -> None:
    async with WireServer().running() as server, _session(5) as session:
        venue = CcxtVenue(server, session)
        venue.reply(Reply(b"", 302, {"Location": "https://user:secret@elsewhere.example/login?next=1"}))
        with pytest.raises(ExchangeUnavailable) as caught:
            await venue.exchange.fetch_instruments()
        assert (caught.value.reason, caught.value.is_transient) == (FailureReason.REFUSED, False)
        assert caught.value.detail == "HTTP 302, which redirects to https://elsewhere.example/login"
        assert len(server.paths) == 1


async def test_no_more_of_a_body_is_read_than_of_any_exchange(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with _session(30) as session:
        exchange = CcxtExchange("binance", url=f"{url}/binance", session=session, clock=FakeClock())
        await exchange.fetch_book_tickers()
        monkeypatch.setattr(bounded_session, "MAX_BODY_BYTES", 10_000)
        with pytest.raises(ExchangeUnavailable) as caught:
            await exchange.fetch_book_tickers()
        failed = caught.value
        assert (failed.reason, failed.is_transient) == (FailureReason.BAD_BODY, False)
        assert failed.detail == "the body is over 10000 bytes"
        monkeypatch.undo()
        assert len((await exchange.fetch_book_tickers()).by_symbol) > 400


async def test_a_call_that_hangs_ends_with_the_attempt_and_can_be_cancelled() -> None:
    async with WireServer().running() as server, _session(0.2) as session:
        venue = CcxtVenue(server, session)
        venue.reply(Reply(fault=Fault.HANGING))
        with pytest.raises(ExchangeUnavailable) as caught:
            await venue.exchange.fetch_instruments()
        assert caught.value.reason is FailureReason.TIMEOUT
        call = asyncio.create_task(venue.exchange.fetch_instruments())
        await asyncio.sleep(0.02)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        venue.recover()
        assert len(await venue.exchange.fetch_instruments()) == len(LISTED)


@pytest.fixture(scope="module")
async def url() -> AsyncIterator[str]:
    async with serving(simulator_app(data=None, clock=lambda: NOON)) as url:
        yield url


@pytest.mark.parametrize("name", EXCHANGES)
async def test_it_finds_what_our_own_adapter_finds_and_calls_nobody_else(url: str, name: str) -> None:
    async with _session(30) as session:
        parts = ExchangeParts(url=f"{url}/{name}", settings={}, session=session, clock=FakeClock(), meter=FakeMeter())
        ours, theirs = registered_exchanges()[name].market_data(parts), CCXT.registered(name).market_data(parts)
        assert theirs.name == f"ccxt:{name}"
        wanted, found = await _prices(ours), await _prices(theirs)
    assert len(found) > 400
    # ccxt does not look at Binance's isSpotTradingAllowed.
    assert len(found.keys() ^ wanted.keys()) < 0.01 * len(wanted)
    assert all(found[symbol] == wanted[symbol] for symbol in found.keys() & wanted.keys())


async def _prices(exchange: Exchange) -> dict[str, tuple[float, float]]:
    books, listed = (await exchange.fetch_book_tickers()).by_symbol, await exchange.fetch_instruments()
    return {
        each.symbol: (float(books[each.symbol].bid), float(books[each.symbol].ask))
        for each in listed
        if each.symbol in books
    }


def test_only_spot_pairs_that_trade_and_follow_one_coin_are_listed() -> None:
    def market(base: str, **fields: object) -> dict[str, object]:
        return {"id": f"{base}_USDT", "base": base, "quote": "USDT", "spot": True, "active": True} | fields

    markets = [market("BTC"), market("BTC3L"), market("BTCDOWN"), market("JUP"), market("ETH", active=False)]
    markets += [market("SOL", spot=False), market("ADA", contract=True), market("TRX", active=None)]
    made = instruments_in("ccxt:gate", markets, NOON)
    assert [each.symbol for each in made] == ["BTC_USDT", "JUP_USDT", "TRX_USDT"]


def test_a_pair_that_is_halted_can_make_a_ticker_ambiguous() -> None:
    def market(base: str, **fields: object) -> dict[str, object]:
        return {"id": f"{base}_USDT", "base": base, "quote": "USDT", "spot": True, "active": True} | fields

    alone, doubled = [market("LYXe"), market("BTC")], market("LYXE", active=False)
    assert [each.symbol for each in instruments_in("ccxt:gate", alone, NOON)] == ["LYXe_USDT", "BTC_USDT"]
    assert [each.symbol for each in instruments_in("ccxt:gate", [*alone, doubled], NOON)] == ["BTC_USDT"]


@pytest.mark.parametrize(("price", "text"), [(0.1, "0.1"), (1e-10, "0.0000000001"), (97052.75, "97052.75"), (3, "3.0")])
def test_a_float_is_written_with_the_fewest_digits_that_stand_for_it(price: float, text: str) -> None:
    assert shortest(price) == text


def test_what_has_no_prices_of_all_pairs_is_refused() -> None:
    useless = [name for name in ("gate", "mexc", "kraken") if not CCXT.registered(name).default_url.startswith("https")]
    assert useless == []
    assert {"gate", "mexc", "kraken"} <= set(CCXT.ids())
