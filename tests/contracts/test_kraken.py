"""Kraken's adapter, talking to a server that speaks Kraken's format."""

import json
from typing import ClassVar

import aiohttp
import pytest

from adapters.kraken.market_data import Kraken
from domain.rates.errors import FailureReason
from tests.contracts.exchange_contract import LISTED, BookRow, Row
from tests.contracts.wire_exchange_contract import Json, WireExchangeContract, WireVenue
from tests.contracts.wire_server import Reply, WireServer
from tests.unit.fakes.clock import NOON

ASSETS = "/0/public/Assets"
OLD_CODES = {"BTC": "XXBT"}
NAMES = {"XXBT": "XBT"}


class KrakenVenue(WireVenue):
    listing_path = "/0/public/AssetPairs"
    books_path = "/0/public/Ticker"
    tells_time = False
    uncounted: ClassVar[str] = ASSETS  # asked only after a listing that has changed

    def __init__(self, server: WireServer, session: aiohttp.ClientSession) -> None:
        super().__init__(server)
        self.exchange = Kraken(base_url=server.url, session=session, clock=self.clock, meter=self.meter)

    def listing_row(self, row: Row, *, is_tradable: bool) -> Json:
        key, base, quote = row
        return {
            "altname": f"{key} by another name",
            "wsname": "NOT/THIS",
            "aclass_base": "currency",
            "base": OLD_CODES.get(base, base),
            "aclass_quote": "currency",
            "quote": OLD_CODES.get(quote, quote),
            "status": "online" if is_tradable else "cancel_only",
            "key": key,
        }

    def books_row(self, row: BookRow) -> Json:
        key, bid, ask = row
        return {"a": [ask, "1", "1.000"], "b": [bid, "1", "1.000"], "c": ["1", "0.1"], "key": key}

    def listing_document(self, rows: list[Json]) -> Json:
        return answer(rows)

    def books_document(self, rows: list[Json]) -> Json:
        return answer(rows)

    def recover(self) -> None:
        super().recover()
        pairs = [row for row in self.listing_rows if isinstance(row, dict) and "base" in row]
        codes = {row[side] for row in pairs for side in ("base", "quote")}
        assets = {code: {"aclass": "currency", "altname": NAMES.get(code, code)} for code in codes}
        self.server.replies[ASSETS] = Reply(json.dumps({"error": [], "result": assets}, ensure_ascii=False).encode())

    @property
    def calls(self) -> int:
        return len([path for path in self.server.paths if path != self.uncounted])


def answer(rows: list[Json]) -> Json:
    """Put rows under their keys; a row without a key gets one of its own."""
    keyed = {}
    for at, row in enumerate(rows):
        own = dict(row) if isinstance(row, dict) else row
        keyed[own.pop("key", f"JUNK{at}") if isinstance(own, dict) else f"JUNK{at}"] = own
    return {"error": [], "result": keyed}


class TestKraken(WireExchangeContract):
    def wired(self, server: WireServer, session: aiohttp.ClientSession) -> WireVenue:
        return KrakenVenue(server, session)

    async def test_names_of_assets_are_fetched_only_after_a_listing_that_has_changed(self, venue: WireVenue) -> None:
        for _ in range(2):
            await venue.exchange.fetch_instruments()
        await venue.exchange.fetch_book_tickers()
        assert venue.server.paths == ["/0/public/AssetPairs", ASSETS, "/0/public/AssetPairs", "/0/public/Ticker"]
        venue.list_pairs([*LISTED, ("NEWUSD", "NEW", "USD")])
        assert len(await venue.exchange.fetch_instruments()) == len(LISTED) + 1
        assert venue.server.paths[-2:] == ["/0/public/AssetPairs", ASSETS]

    async def test_a_listing_without_names_is_a_failure_and_the_names_are_asked_for_again(
        self, venue: WireVenue
    ) -> None:
        names = venue.server.replies[ASSETS]
        venue.server.replies[ASSETS] = Reply(b"{}", 503)
        with pytest.raises(Exception, match="HTTP 503") as caught:
            await venue.exchange.fetch_instruments()
        assert getattr(caught.value, "reason", None) is FailureReason.SERVER_ERROR
        venue.server.replies[ASSETS] = names
        assert len(await venue.exchange.fetch_instruments()) == len(LISTED)

    @pytest.mark.parametrize(
        ("text", "reason", "is_transient", "seconds"),
        [
            ("EGeneral:Too many requests", FailureReason.RATE_LIMITED, False, 30.0),
            ("EAPI:Rate limit exceeded", FailureReason.RATE_LIMITED, False, 30.0),
            ("EGeneral:Temporary lockout", FailureReason.RATE_LIMITED, False, 30.0),
            (f"EService: Throttled: {NOON + 12:.0f}", FailureReason.RATE_LIMITED, False, 12.0),
            (f"EService:Throttled:[{NOON - 12:.0f}]", FailureReason.RATE_LIMITED, False, 1.0),
            ("EService:Unavailable", FailureReason.SERVER_ERROR, True, None),
            ("EService:Busy", FailureReason.SERVER_ERROR, True, None),
            ("EGeneral:Internal error", FailureReason.SERVER_ERROR, True, None),
            ("EQuery:Unknown asset pair", FailureReason.REFUSED, False, None),
            ("x" * 5000, FailureReason.REFUSED, False, None),
        ],
        ids=lambda value: str(value)[:30],
    )
    async def test_an_error_under_http_200_is_a_failure_by_its_name(
        self, venue: WireVenue, text: str, reason: FailureReason, is_transient: bool, seconds: float | None
    ) -> None:
        venue.reply(Reply(json.dumps({"error": [text], "result": {}}).encode()))
        for error in await venue.failures():
            assert (error.reason, error.is_transient, error.retry_after_seconds) == (reason, is_transient, seconds)
            assert len(error.detail) < 100
        assert venue.exchange.usage is None

    @pytest.mark.parametrize("body", ['{"error":"EService:Unavailable"}', '{"result":{}}', '{"error":null}'])
    async def test_a_body_without_a_list_of_errors_is_a_failure(self, venue: WireVenue, body: str) -> None:
        venue.reply(Reply(body.encode()))
        assert {error.reason for error in await venue.failures()} == {FailureReason.BAD_BODY}
