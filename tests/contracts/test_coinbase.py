"""Coinbase's adapter, talking to a server that speaks Coinbase's format."""

import json

import aiohttp
import pytest

from adapters.coinbase.market_data import Coinbase
from domain.rates.errors import ExchangeUnavailable, FailureReason
from entrypoints.settings.installed_exchanges import registered_exchange
from tests.contracts.exchange_contract import LISTED, BookRow, Row
from tests.contracts.wire_exchange_contract import Json, WireListingContract, WireVenue
from tests.contracts.wire_server import Reply, WireServer


class CoinbaseVenue(WireVenue):
    listing_path = "/products"
    books_path = "/there/are/none"
    tells_time = False
    shows_books = False

    def __init__(self, server: WireServer, session: aiohttp.ClientSession) -> None:
        super().__init__(server)
        self.exchange = Coinbase(base_url=server.url, session=session, clock=self.clock, meter=self.meter)

    def listing_row(self, row: Row, *, is_tradable: bool) -> Json:
        symbol, base, quote = row
        flags = {"trading_disabled": not is_tradable, "cancel_only": False, "post_only": False, "limit_only": True}
        return {"id": symbol, "base_currency": base, "quote_currency": quote, "status": "online"} | flags

    def books_row(self, row: BookRow) -> Json:
        return {"id": row[0]}

    def listing_document(self, rows: list[Json]) -> Json:
        return rows

    def books_document(self, rows: list[Json]) -> Json:
        return rows


class TestCoinbase(WireListingContract):
    def wired(self, server: WireServer, session: aiohttp.ClientSession) -> WireVenue:
        return CoinbaseVenue(server, session)

    async def test_it_says_without_a_call_that_prices_come_by_its_stream_alone(self, venue: WireVenue) -> None:
        assert registered_exchange(venue.exchange.name).streams_only
        with pytest.raises(ExchangeUnavailable) as caught:
            await venue.exchange.fetch_book_tickers()
        assert (caught.value.reason, caught.value.is_transient) == (FailureReason.REFUSED, False)
        assert caught.value.detail == "no answer has the prices of all pairs: they come by its stream alone"
        assert venue.calls == 0

    @pytest.mark.parametrize(
        "change",
        [
            {"status": "delisted"},
            {"trading_disabled": True},
            {"cancel_only": True},
            {"post_only": True},
            {"auction_mode": True},
        ],
        ids=str,
    )
    async def test_what_nobody_can_trade_at_once_is_halted(self, venue: WireVenue, change: Json) -> None:
        venue.listing_rows[0] |= change
        venue.recover()
        assert {each.symbol for each in await venue.exchange.fetch_instruments()} == {row[0] for row in LISTED[1:]}

    async def test_it_tells_the_names_of_currencies(self, venue: WireVenue) -> None:
        names = venue.exchange.currency_names
        assert names is not None
        rows: list[Json] = [{"id": "ADA", "name": "Cardano", "details": {}}, {"id": "X"}, 7]
        venue.server.replies["/currencies"] = Reply(json.dumps(rows).encode())
        assert await names.fetch_currency_names() == {"ADA": "Cardano"}
        assert names.currency_names_weight == 1
