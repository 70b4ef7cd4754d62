"""KuCoin's adapter, talking to a server that speaks KuCoin's format."""

import json

import aiohttp
import pytest

from adapters.kucoin.market_data import KuCoin
from adapters.kucoin.messages import CLOCK_TOLERANCE_SECONDS
from application.market_data.ports.exchange import Usage
from domain.rates.errors import ExchangeUnavailable, FailureReason
from tests.contracts.exchange_contract import BookRow, Row
from tests.contracts.wire_exchange_contract import Json, WireExchangeContract, WireVenue
from tests.contracts.wire_server import Reply, WireServer
from tests.unit.fakes.clock import NOON

TOO_MANY = '{"code":"429000","msg":"Too Many Requests"}'
OVERLOADED = '{"code":"429000","msg":"Too many requests. System-level rate limit exceeded."}'


class KuCoinVenue(WireVenue):
    listing_path = "/api/v2/symbols"
    books_path = "/api/v1/market/allTickers"
    tells_time = True

    def __init__(self, server: WireServer, session: aiohttp.ClientSession) -> None:
        super().__init__(server)
        self.exchange = KuCoin(base_url=server.url, session=session, clock=self.clock, meter=self.meter)

    def listing_row(self, row: Row, *, is_tradable: bool) -> Json:
        symbol, base, quote = row
        return {
            "symbol": symbol,
            "name": f"{symbol} by its newer name",
            "baseCurrency": base,
            "quoteCurrency": quote,
            "feeCurrency": quote,
            "market": "USDS",
            "isMarginEnabled": False,
            "enableTrading": is_tradable,
        }

    def books_row(self, row: BookRow) -> Json:
        symbol, bid, ask = row
        return {"symbol": symbol, "symbolName": f"{symbol} by its newer name", "buy": bid, "sell": ask, "last": "1"}

    def listing_document(self, rows: list[Json]) -> Json:
        return {"code": "200000", "data": rows}

    def books_document(self, rows: list[Json]) -> Json:
        return {
            "code": "200000",
            "data": {"time": int(self.told_at * 1000), "ticker": rows},
        }


class TestKuCoin(WireExchangeContract):
    def wired(self, server: WireServer, session: aiohttp.ClientSession) -> WireVenue:
        return KuCoinVenue(server, session)

    async def test_it_calls_the_documented_addresses_of_kucoin(self, venue: WireVenue) -> None:
        await venue.exchange.fetch_instruments()
        await venue.exchange.fetch_book_tickers()
        assert venue.server.paths == ["/api/v2/symbols", "/api/v1/market/allTickers"]

    @pytest.mark.parametrize(
        "code", ["400100", "500000", "900001", "200001", "", "x" * 5000], ids=lambda code: code[:9]
    )
    async def test_a_failure_code_under_http_200_is_a_failure(self, venue: WireVenue, code: str) -> None:
        venue.reply(Reply(json.dumps({"code": code, "msg": "no", "data": []}).encode()))
        for error in await venue.failures():
            assert (error.reason, error.is_transient) == (FailureReason.REFUSED, False)
            assert len(error.detail) < 100

    @pytest.mark.parametrize("body", ['{"code":200000,"data":[]}', '{"data":[]}', '{"code":null}'])
    async def test_a_body_without_a_valid_code_is_a_failure(self, venue: WireVenue, body: str) -> None:
        venue.reply(Reply(body.encode()))
        assert {error.reason for error in await venue.failures()} == {FailureReason.BAD_BODY}

    @pytest.mark.parametrize("status", [200, 429])
    @pytest.mark.parametrize(
        ("body", "reset", "seconds"),
        [
            (TOO_MANY, "7000", 7.0),
            (TOO_MANY, "250", 0.25),
            (TOO_MANY, None, 30.0),
            (TOO_MANY, "soon", 30.0),
            (TOO_MANY, "-1", 30.0),
            (TOO_MANY, "٣", 30.0),
            (TOO_MANY, "9" * 11, 3 * 24 * 3600.0),
            (TOO_MANY, "9" * 4000, 30.0),
            (OVERLOADED, None, 1.0),
        ],
    )
    async def test_an_empty_pool_says_in_milliseconds_when_it_is_refilled(
        self, venue: WireVenue, status: int, body: str, reset: str | None, seconds: float
    ) -> None:
        venue.reply(Reply(body.encode(), status, {} if reset is None else {"gw-ratelimit-reset": reset}))
        for error in await venue.failures():
            assert (error.reason, error.is_transient) == (FailureReason.RATE_LIMITED, False)
            assert error.retry_after_seconds == seconds

    @pytest.mark.parametrize(
        ("limit", "remaining", "used"),
        [
            ("2000", "1985", {"kucoin": 15}),
            ("2000", "2000", {"kucoin": 0}),
            ("2000", "0", {"kucoin": 2000}),
            ("2000", "2001", {"kucoin": 0}),
            ("2000", "-1", {}),
            ("2000", None, {}),
            ("0", "0", {}),
            (None, "1985", {}),
            ("many", "few", {}),
        ],
    )
    async def test_the_used_weight_is_what_the_pool_lacks(
        self, venue: WireVenue, limit: str | None, remaining: str | None, used: dict[str, int]
    ) -> None:
        headers = {"gw-ratelimit-limit": limit, "gw-ratelimit-remaining": remaining}
        venue.reply(Reply(b"{}", 429, {name: text for name, text in headers.items() if text is not None}))
        await venue.failures()
        assert venue.meter.weights == used

    @pytest.mark.parametrize(("reset", "seconds"), [("12500", 12.5), (None, 30.0), ("soon", 30.0), ("9999999", 30.0)])
    async def test_the_use_of_the_pool_is_reported_with_the_time_of_its_refill(
        self, venue: WireVenue, reset: str | None, seconds: float
    ) -> None:
        assert venue.exchange.usage is None
        headers = {"gw-ratelimit-limit": "2000", "gw-ratelimit-remaining": "300", "gw-ratelimit-reset": reset}
        venue.reply(Reply(b"{}", 200, {name: text for name, text in headers.items() if text is not None}))
        await venue.failures()
        assert venue.exchange.usage == Usage(used=1700, limit=2000, until=venue.clock.now() + seconds)

    async def test_cloudflares_rate_limit_is_distinguished_from_a_blocked_address(self, venue: WireVenue) -> None:
        venue.reply(Reply(b"error code: 1015", 403, {"Content-Type": "text/html"}))
        for error in await venue.failures():
            assert (error.reason, error.retry_after_seconds) == (FailureReason.RATE_LIMITED, 30.0)

    async def test_a_snapshot_from_the_future_is_not_used(self, venue: WireVenue) -> None:
        assert isinstance(venue, KuCoinVenue)
        venue.source_time = NOON + CLOCK_TOLERANCE_SECONDS + 1
        venue.recover()
        with pytest.raises(Exception, match="61 s ahead") as caught:
            await venue.exchange.fetch_book_tickers()
        assert getattr(caught.value, "reason", None) is FailureReason.BAD_BODY

    @pytest.mark.parametrize("seconds", [8, 600, 24 * 3600])
    async def test_a_snapshot_is_as_old_as_its_own_time_says(self, venue: WireVenue, seconds: int) -> None:
        assert isinstance(venue, KuCoinVenue)
        venue.source_time = NOON - seconds
        venue.recover()
        book_tickers = await venue.exchange.fetch_book_tickers()
        assert (book_tickers.observed_at, book_tickers.fetched_at) == (NOON - seconds, NOON)

    @pytest.mark.parametrize("offset", [CLOCK_TOLERANCE_SECONDS, -2.0, -7.0])
    async def test_a_snapshot_of_a_moment_ago_is_as_old_as_its_fetch(self, venue: WireVenue, offset: float) -> None:
        assert isinstance(venue, KuCoinVenue)
        venue.source_time = NOON + offset
        venue.recover()
        assert (await venue.exchange.fetch_book_tickers()).observed_at == NOON

    @pytest.mark.parametrize("time", ["1e400", "1" + "0" * 400, "null", '"now"', "1.5"], ids=lambda time: time[:6])
    async def test_a_snapshot_without_a_proper_time_is_not_used(self, venue: WireVenue, time: str) -> None:
        body = f'{{"code":"200000","data":{{"time":{time},"ticker":[{{"symbol":"A","buy":"1","sell":"1"}}]}}}}'
        venue.reply(Reply(body.encode()))
        assert (await venue.failures())[1].reason is FailureReason.BAD_BODY


async def test_currencies_have_their_full_names_in_one_call() -> None:
    async with WireServer().running() as server, aiohttp.ClientSession() as session:
        exchange = KuCoinVenue(server, session).exchange
        names = exchange.currency_names
        assert names is not None
        rows = [{"currency": "ADA", "fullName": "Cardano"}, {"currency": "BTC"}, {"currency": "X", "fullName": None}]
        path = "/api/v3/currencies"
        server.replies = {path: Reply(json.dumps({"code": "200000", "data": rows}).encode())}
        assert await names.fetch_currency_names() == {"ADA": "Cardano"}
        assert (server.paths, names.currency_names_weight) == ([path], 3)
        for body in (b'{"code": "200000", "data": {}}', b'{"code": "400100", "msg": "no"}', b"<html>"):
            server.replies = {path: Reply(body)}
            with pytest.raises(ExchangeUnavailable):
                await names.fetch_currency_names()
