"""What the application relies on in any exchange's order books."""

from abc import ABC, abstractmethod
from decimal import Decimal

import pytest

from application.market_data.ports.order_books import OrderBooks
from domain.rates.errors import ExchangeUnavailable, FailureReason
from tests.unit.fakes.clock import NOON, FakeClock

Levels = list[tuple[str, str]]

SYMBOL = "币安人生-USDT"
BIDS: Levels = [("0.00000000000000000000000053", "1"), ("0.00000000000000000000000051", "20.50")]
ASKS: Levels = [("0.00000000000000000000000054", "0.00000001"), ("1.5", "7000000000")]


class BookVenue(ABC):
    """Order books under test; `show` puts a book up for `SYMBOL`."""

    books: OrderBooks
    clock: FakeClock

    @abstractmethod
    def show(self, bids: Levels, asks: Levels) -> None: ...

    @abstractmethod
    def break_down(self) -> None:
        """From now on, no call is answered."""

    @abstractmethod
    def take_five_seconds(self) -> None:
        """Let this time pass between the next request and its answer."""

    @property
    @abstractmethod
    def calls(self) -> int: ...


class OrderBooksContract(ABC):
    @pytest.fixture
    @abstractmethod
    def shelf(self) -> BookVenue: ...

    async def test_a_book_has_every_digit_of_its_levels(self, shelf: BookVenue) -> None:
        shelf.show(BIDS, ASKS)
        book = await shelf.books.fetch_order_book(SYMBOL)
        assert book.symbol == SYMBOL
        assert [(f"{level.price:f}", f"{level.quantity:f}") for level in book.bids] == BIDS
        assert [(f"{level.price:f}", f"{level.quantity:f}") for level in book.asks] == ASKS

    async def test_a_book_is_dated_with_the_moment_before_the_request_and_each_call_sends_one(
        self, shelf: BookVenue
    ) -> None:
        shelf.show(BIDS, ASKS)
        shelf.take_five_seconds()
        assert (await shelf.books.fetch_order_book(SYMBOL)).observed_at == NOON
        await shelf.books.fetch_order_book(SYMBOL)
        assert shelf.calls == 2

    @pytest.mark.parametrize(
        ("bids", "asks"),
        [
            ([], ASKS),
            (BIDS, []),
            (BIDS[::-1], ASKS),
            (BIDS, ASKS[::-1]),
            ([BIDS[0], BIDS[0]], ASKS),
            ([("2", "1")], [("1", "1")]),
            ([("0", "1")], ASKS),
            ([("1e-9", "0")], [("1", "1")]),
            ([("NaN", "1")], [("1", "1")]),
            ([("1" * 5000, "1")], [("1", "1")]),
        ],
        ids=["no bid", "no ask", "bids rise", "asks fall", "twice", "crossed", "zero", "no quantity", "NaN", "long"],
    )
    async def test_a_book_that_cannot_be_right_is_a_failure(self, shelf: BookVenue, bids: Levels, asks: Levels) -> None:
        shelf.show(bids, asks)
        with pytest.raises(ExchangeUnavailable) as caught:
            await shelf.books.fetch_order_book(SYMBOL)
        assert (caught.value.reason, caught.value.is_transient) == (FailureReason.BAD_BODY, True)

    async def test_an_exchange_that_does_not_answer_is_unavailable(self, shelf: BookVenue) -> None:
        shelf.break_down()
        with pytest.raises(ExchangeUnavailable):
            await shelf.books.fetch_order_book(SYMBOL)
        assert shelf.calls == 1

    def test_a_call_has_a_weight_and_a_trade_a_fee(self, shelf: BookVenue) -> None:
        assert shelf.books.order_book_weight > 0
        assert 0 <= shelf.books.standard_taker_fee < Decimal("0.1")
