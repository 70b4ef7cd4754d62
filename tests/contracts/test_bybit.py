"""Bybit's adapter, talking to a server that speaks Bybit's format."""

import json

import aiohttp
import pytest

from adapters.bybit.market_data import Bybit
from domain.rates.errors import FailureReason
from tests.contracts.exchange_contract import BookRow, Row
from tests.contracts.wire_exchange_contract import Json, WireExchangeContract, WireVenue
from tests.contracts.wire_failures import HTML
from tests.contracts.wire_server import Reply, WireServer
from tests.unit.fakes.clock import NOON


class BybitVenue(WireVenue):
    listing_path = "/v5/market/instruments-info"
    books_path = "/v5/market/tickers"
    tells_time = True

    def __init__(self, server: WireServer, session: aiohttp.ClientSession) -> None:
        super().__init__(server)
        self.exchange = Bybit(base_url=server.url, session=session, clock=self.clock, meter=self.meter)

    def listing_row(self, row: Row, *, is_tradable: bool) -> Json:
        symbol, base, quote = row
        status = "Trading" if is_tradable else "PreLaunch"
        return {"symbol": symbol, "baseCoin": base, "quoteCoin": quote, "status": status, "innovation": "0"}

    def books_row(self, row: BookRow) -> Json:
        symbol, bid, ask = row
        return {"symbol": symbol, "bid1Price": bid, "ask1Price": ask, "lastPrice": "1"}

    def listing_document(self, rows: list[Json]) -> Json:
        return document(rows, NOON)

    def books_document(self, rows: list[Json]) -> Json:
        return document(rows, self.told_at)


def document(rows: list[Json], time: float) -> Json:
    result = {"category": "spot", "list": rows}
    return {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": int(time * 1000)}


class TestBybit(WireExchangeContract):
    def wired(self, server: WireServer, session: aiohttp.ClientSession) -> WireVenue:
        return BybitVenue(server, session)

    async def test_it_asks_for_all_spot_pairs_at_once(self, venue: WireVenue) -> None:
        await venue.exchange.fetch_instruments()
        await venue.exchange.fetch_book_tickers()
        assert venue.server.paths == [
            "/v5/market/instruments-info?category=spot",
            "/v5/market/tickers?category=spot",
        ]

    @pytest.mark.parametrize(
        ("code", "reason", "is_transient", "seconds"),
        [
            (10006, FailureReason.RATE_LIMITED, False, 30.0),
            (10018, FailureReason.RATE_LIMITED, False, 30.0),
            (10016, FailureReason.SERVER_ERROR, True, None),
            (10001, FailureReason.REFUSED, False, None),
            (-1, FailureReason.REFUSED, False, None),
        ],
    )
    async def test_a_failure_code_under_http_200_is_a_failure_by_its_name(
        self, venue: WireVenue, code: int, reason: FailureReason, is_transient: bool, seconds: float | None
    ) -> None:
        venue.reply(Reply(json.dumps({"retCode": code, "retMsg": "no", "result": {}}).encode()))
        for error in await venue.failures():
            assert (error.reason, error.is_transient, error.retry_after_seconds) == (reason, is_transient, seconds)
        assert venue.exchange.usage is None

    @pytest.mark.parametrize("body", ['{"retCode":"0","result":{"list":[]}}', '{"result":{}}', '{"retCode":null}'])
    async def test_a_body_without_a_valid_code_is_a_failure(self, venue: WireVenue, body: str) -> None:
        venue.reply(Reply(body.encode()))
        assert {error.reason for error in await venue.failures()} == {FailureReason.BAD_BODY}

    async def test_who_asks_too_often_waits_for_ten_minutes(self, venue: WireVenue) -> None:
        venue.reply(Reply(b'{"retCode":10018,"retMsg":"Access too frequent"}', 403))
        for error in await venue.failures():
            assert (error.reason, error.retry_after_seconds) == (FailureReason.RATE_LIMITED, 600.0)
        venue.reply(Reply(HTML, 403))
        assert {error.reason for error in await venue.failures()} == {FailureReason.BLOCKED}

    @pytest.mark.parametrize("odd", ["null", '"now"', "1.5", "[]"])
    async def test_tickers_without_a_proper_time_are_as_old_as_their_fetch(self, venue: WireVenue, odd: str) -> None:
        body = json.dumps(venue.books_document(venue.books_rows) | {"time": "ODD"}).replace('"ODD"', odd)
        venue.server.replies[venue.books_path] = Reply(body.encode())
        assert (await venue.exchange.fetch_book_tickers()).observed_at == NOON
