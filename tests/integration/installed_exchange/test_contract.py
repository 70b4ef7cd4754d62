"""The exchange that is installed beside Crossrate keeps the same contract as Crossrate's own."""

from decimal import Decimal

import aiohttp

from adapters.rest.registered_exchange import ExchangeParts
from domain.rates.errors import FailureReason
from domain.rates.trading_rules import TradingRules
from tests.contracts.exchange_contract import BookRow, Row
from tests.contracts.wire_exchange_contract import WireExchangeContract, WireVenue
from tests.contracts.wire_server import Reply, WireServer
from tests.integration.installed_exchange import wire
from tests.integration.installed_exchange.distribution.orca.registration import ORCA


class OrcaVenue(WireVenue):
    listing_path = "/0/public/AssetPairs"
    books_path = "/0/public/Ticker"
    tells_time = True

    def __init__(self, server: WireServer, session: aiohttp.ClientSession) -> None:
        super().__init__(server)
        settings = {"fee_tier": "1", "api_key": None}
        parts = ExchangeParts(url=server.url, settings=settings, session=session, clock=self.clock, meter=self.meter)
        self.exchange = ORCA.market_data(parts)

    def listing_row(self, row: Row, *, is_tradable: bool) -> wire.Json:
        return wire.pair(*row, is_online=is_tradable)

    def books_row(self, row: BookRow) -> wire.Json:
        return wire.ticker(*row)

    def listing_document(self, rows: list[wire.Json]) -> wire.Json:
        return wire.answer([dict(row) if isinstance(row, dict) else row for row in rows])

    def books_document(self, rows: list[wire.Json]) -> wire.Json:
        copies = [dict(row) if isinstance(row, dict) else row for row in rows]
        return wire.answer(copies, time=self.told_at)


class TestOrca(WireExchangeContract):
    def wired(self, server: WireServer, session: aiohttp.ClientSession) -> WireVenue:
        return OrcaVenue(server, session)

    async def test_a_pair_comes_with_its_rules_and_the_fees_of_the_tier_that_is_set(self, venue: WireVenue) -> None:
        instruments = await venue.exchange.fetch_instruments()
        assert instruments.instrument("BTC-USDT").rules == TradingRules(
            tick_size=Decimal("0.1"),
            lot_size=Decimal("0.00000001"),
            min_quantity=Decimal("0.00005"),
            min_notional=Decimal("0.5"),
            maker_fee=Decimal("0.002"),
            taker_fee=Decimal("0.0035"),
        )

    async def test_errors_under_http_200_are_failures(self, venue: WireVenue) -> None:
        venue.reply(Reply(b'{"error":["EGeneral:Too many requests"],"result":{}}'))
        for error in await venue.failures():
            assert (error.reason, error.is_transient) == (FailureReason.REFUSED, False)
