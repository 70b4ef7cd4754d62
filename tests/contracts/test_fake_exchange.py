"""The fake exchange keeps the contract of an exchange."""

import asyncio

import pytest

from application.market_data.ports.exchange import Exchange
from tests.contracts.exchange_contract import LISTED, QUOTED, BookRow, BooksContract, ExchangeContract, Row, Venue
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.exchange import FakeExchange, failure


class FakeVenue(Venue):
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.fake = FakeExchange("binance", self.clock)
        self.exchange: Exchange = self.fake
        self.list_pairs(LISTED)
        self.quote(QUOTED)

    def list_pairs(self, tradable: list[Row], halted: list[Row] | None = None) -> None:
        self.fake.listed = [*(halted or []), *tradable]
        self.fake.halted = {symbol for symbol, _, _ in halted or []}

    def quote(self, rows: list[BookRow]) -> None:
        self.fake.book_tickers = [(symbol, bid or "", ask or "") for symbol, bid, ask in rows]

    def break_down(self) -> None:
        self.fake.standing_failure = failure("binance")

    def recover(self) -> None:
        self.fake.standing_failure = None

    def take(self, seconds: float) -> None:
        self.fake.hold()
        asyncio.get_running_loop().call_soon(self._answer, seconds)

    @property
    def calls(self) -> int:
        return self.fake.calls

    def _answer(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.fake.release()


class TestFakeExchange(ExchangeContract, BooksContract):
    @pytest.fixture
    def venue(self) -> Venue:
        return FakeVenue()
