"""OKX's adapter, talking to a server that speaks OKX's format."""

import json

import aiohttp
import pytest

from adapters.okx.market_data import Okx
from domain.rates.errors import FailureReason
from tests.contracts.exchange_contract import BookRow, Row
from tests.contracts.wire_exchange_contract import Json, WireExchangeContract, WireVenue
from tests.contracts.wire_server import Reply, WireServer
from tests.unit.fakes.clock import NOON


class OkxVenue(WireVenue):
    listing_path = "/api/v5/public/instruments"
    books_path = "/api/v5/market/tickers"
    tells_time = True

    def __init__(self, server: WireServer, session: aiohttp.ClientSession) -> None:
        super().__init__(server)
        self.exchange = Okx(base_url=server.url, session=session, clock=self.clock, meter=self.meter)

    def listing_row(self, row: Row, *, is_tradable: bool) -> Json:
        symbol, base, quote = row
        state = "live" if is_tradable else "suspend"
        return {"instType": "SPOT", "instId": symbol, "baseCcy": base, "quoteCcy": quote, "state": state}

    def books_row(self, row: BookRow) -> Json:
        symbol, bid, ask = row
        return {"instType": "SPOT", "instId": symbol, "last": "1", "bidPx": bid, "askPx": ask}

    def listing_document(self, rows: list[Json]) -> Json:
        return {"code": "0", "msg": "", "data": rows}

    def books_document(self, rows: list[Json]) -> Json:
        """The first row has changed last."""
        dated = [row | {"ts": str(int(self.told_at * 1000))} if isinstance(row, dict) and row else row for row in rows]
        return {"code": "0", "msg": "", "data": dated}

    def as_success(self, body: bytes) -> bytes:
        return body.replace(b'"200000"', b'"0"')


class TestOkx(WireExchangeContract):
    def wired(self, server: WireServer, session: aiohttp.ClientSession) -> WireVenue:
        return OkxVenue(server, session)

    async def test_it_asks_for_all_spot_pairs_at_once(self, venue: WireVenue) -> None:
        await venue.exchange.fetch_instruments()
        await venue.exchange.fetch_book_tickers()
        assert venue.server.paths == [
            "/api/v5/public/instruments?instType=SPOT",
            "/api/v5/market/tickers?instType=SPOT",
        ]

    @pytest.mark.parametrize(
        ("code", "reason", "is_transient", "seconds"),
        [
            ("50011", FailureReason.RATE_LIMITED, False, 30.0),
            ("50061", FailureReason.RATE_LIMITED, False, 30.0),
            ("50001", FailureReason.SERVER_ERROR, True, None),
            ("50013", FailureReason.SERVER_ERROR, True, None),
            ("51001", FailureReason.REFUSED, False, None),
            ("", FailureReason.REFUSED, False, None),
            ("x" * 5000, FailureReason.REFUSED, False, None),
        ],
        ids=lambda value: str(value)[:20],
    )
    async def test_a_failure_code_under_http_200_is_a_failure_by_its_name(
        self, venue: WireVenue, code: str, reason: FailureReason, is_transient: bool, seconds: float | None
    ) -> None:
        venue.reply(Reply(json.dumps({"code": code, "msg": "no", "data": []}).encode()))
        for error in await venue.failures():
            assert (error.reason, error.is_transient, error.retry_after_seconds) == (reason, is_transient, seconds)
            assert len(error.detail) < 100
        assert venue.exchange.usage is None

    @pytest.mark.parametrize("body", ['{"code":0,"data":[]}', '{"data":[]}', '{"code":null}'])
    async def test_a_body_without_a_valid_code_is_a_failure(self, venue: WireVenue, body: str) -> None:
        venue.reply(Reply(body.encode()))
        assert {error.reason for error in await venue.failures()} == {FailureReason.BAD_BODY}

    async def test_prices_are_as_old_as_the_ticker_that_changed_last(self, venue: WireVenue) -> None:
        document = venue.books_document(venue.books_rows)
        for row, seconds in zip(document["data"], (3600, 90, 7200), strict=True):
            row["ts"] = str(int((NOON - seconds) * 1000))
        venue.server.replies[venue.books_path] = Reply(json.dumps(document).encode())
        assert (await venue.exchange.fetch_book_tickers()).observed_at == NOON - 90

    @pytest.mark.parametrize("odd", [None, 7, "", "soon", "9" * 400, "1e400", []], ids=lambda odd: str(odd)[:9])
    async def test_tickers_without_a_proper_time_are_as_old_as_their_fetch(self, venue: WireVenue, odd: object) -> None:
        rows = [row | {"ts": odd} for row in venue.books_rows]
        venue.server.replies[venue.books_path] = Reply(json.dumps({"code": "0", "data": rows}).encode())
        assert (await venue.exchange.fetch_book_tickers()).observed_at == NOON
