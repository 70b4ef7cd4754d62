"""Binance's adapter, talking to a server that speaks Binance's format."""

import json

import aiohttp
import pytest

from adapters.binance.market_data import Binance
from application.market_data.ports.exchange import Quota, Usage
from application.market_data.ports.fetch_lock import Payload
from domain.rates.errors import FailureReason
from tests.contracts.exchange_contract import LISTED, BookRow, Row
from tests.contracts.wire_exchange_contract import Json, WireExchangeContract, WireVenue
from tests.contracts.wire_failures import in_seconds
from tests.contracts.wire_server import Reply, WireServer


class BinanceVenue(WireVenue):
    listing_path = "/api/v3/exchangeInfo"
    books_path = "/api/v3/ticker/bookTicker"
    tells_time = False

    def __init__(self, server: WireServer, session: aiohttp.ClientSession) -> None:
        super().__init__(server)
        self.exchange = Binance(base_url=server.url, session=session, clock=self.clock, meter=self.meter)

    def listing_row(self, row: Row, *, is_tradable: bool) -> Json:
        symbol, base, quote = row
        return {
            "symbol": symbol,
            "status": "TRADING" if is_tradable else "BREAK",
            "baseAsset": base,
            "baseAssetPrecision": 8,
            "quoteAsset": quote,
            "orderTypes": ["LIMIT", "MARKET"],
            "isSpotTradingAllowed": True,
            "filters": [{"filterType": "PRICE_FILTER", "tickSize": "0.01"}],
        }

    def books_row(self, row: BookRow) -> Json:
        symbol, bid, ask = row
        return {"symbol": symbol, "bidPrice": bid, "bidQty": "1.0", "askPrice": ask, "askQty": "2.0"}

    def listing_document(self, rows: list[Json]) -> Json:
        return {"timezone": "UTC", "serverTime": 1, "rateLimits": [], "exchangeFilters": [], "symbols": rows}

    def books_document(self, rows: list[Json]) -> Json:
        return rows


class TestBinance(WireExchangeContract):
    def wired(self, server: WireServer, session: aiohttp.ClientSession) -> WireVenue:
        return BinanceVenue(server, session)

    async def test_it_calls_the_documented_addresses_of_binance(self, venue: WireVenue) -> None:
        await venue.exchange.fetch_instruments()
        await venue.exchange.fetch_book_tickers()
        assert venue.server.paths == ["/api/v3/exchangeInfo?showPermissionSets=false", "/api/v3/ticker/bookTicker"]

    @pytest.mark.parametrize("status", ["BREAK", "HALT", "AUCTION_MATCH", "END_OF_DAY", "SOMETHING_NEW", ""])
    async def test_only_pairs_with_the_status_trading_are_listed(self, venue: WireVenue, status: str) -> None:
        venue.listing_rows[0]["status"] = status
        venue.recover()
        assert await _symbols(venue) == {symbol for symbol, _, _ in LISTED[1:]}

    async def test_pairs_that_are_not_allowed_for_spot_trading_are_not_listed(self, venue: WireVenue) -> None:
        venue.listing_rows[0]["isSpotTradingAllowed"] = False
        del venue.listing_rows[1]["isSpotTradingAllowed"]
        venue.recover()
        assert await _symbols(venue) == {LISTED[2][0]}

    async def test_an_error_object_in_place_of_the_list_is_a_failure(self, venue: WireVenue) -> None:
        venue.reply(Reply(b'{"code":-1003,"msg":"Too much request weight used"}'))
        assert {error.reason for error in await venue.failures()} == {FailureReason.BAD_BODY}

    @pytest.mark.parametrize("status", [418, 429])
    async def test_a_retry_after_date_is_understood(self, venue: WireVenue, status: int) -> None:
        venue.reply(Reply(b"{}", status, {"Retry-After": in_seconds(60)}))
        for error in await venue.failures():
            assert error.retry_after_seconds == 60

    @pytest.mark.parametrize("status", [200, 418, 429, 503])
    async def test_the_used_weight_is_read_from_any_answer(self, venue: WireVenue, status: int) -> None:
        venue.reply(Reply(b"{}", status, {"X-MBX-USED-WEIGHT": "7", "x-mbx-used-weight-1m": "5901"}))
        await venue.failures()
        assert venue.meter.weights == {"binance": 5901}
        minute_ends_at = (venue.clock.now() // 60 + 1) * 60
        assert venue.exchange.usage == Usage(used=5901, limit=6000, until=minute_ends_at)

    @pytest.mark.parametrize("weight", [None, "", "-1", "1.5", "many", "٣", "9" * 12])
    async def test_without_a_valid_weight_none_is_reported(self, venue: WireVenue, weight: str | None) -> None:
        venue.reply(Reply(b"{}", 503, {} if weight is None else {"X-MBX-USED-WEIGHT-1M": weight}))
        await venue.failures()
        assert venue.meter.weights == {}
        assert venue.exchange.usage is None

    async def test_the_limit_of_weight_is_the_one_that_the_listing_tells(self, venue: WireVenue) -> None:
        assert venue.exchange.quota == Quota(6000, 60.0, {Payload.INSTRUMENTS: 20, Payload.BOOK_TICKERS: 4})
        told = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 1200}
        orders = {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 7}
        document = {"rateLimits": [told, orders], "symbols": venue.listing_rows}
        venue.reply(Reply(json.dumps(document).encode(), 200, {"X-MBX-USED-WEIGHT-1M": "24"}))
        await venue.exchange.fetch_instruments()
        assert venue.exchange.quota is not None
        assert venue.exchange.quota.limit == 1200
        await venue.exchange.fetch_instruments()
        assert venue.exchange.usage is not None
        assert venue.exchange.usage.limit == 1200

    @pytest.mark.parametrize("limits", ["[]", "7", "null", "[{}]", '[{"limit": 0}]', "[[]]", '["x"]'])
    async def test_a_listing_without_that_limit_changes_nothing(self, venue: WireVenue, limits: str) -> None:
        rows = json.dumps(venue.listing_rows)
        venue.reply(Reply(f'{{"rateLimits": {limits}, "symbols": {rows}}}'.encode()))
        await venue.exchange.fetch_instruments()
        assert venue.exchange.quota is not None
        assert venue.exchange.quota.limit == 6000


async def _symbols(venue: WireVenue) -> set[str]:
    return {each.symbol for each in await venue.exchange.fetch_instruments()}
