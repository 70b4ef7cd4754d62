"""The order books of all adapters, against servers that speak their formats, and those of the fake."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from adapters.binance.market_data import Binance
from adapters.bybit.market_data import Bybit
from adapters.ccxt.market_data import READ_AGAIN_SECONDS, CcxtExchange
from adapters.coinbase.market_data import Coinbase
from adapters.kraken.market_data import Kraken
from adapters.kucoin.market_data import KuCoin
from adapters.okx.market_data import Okx
from application.market_data.ports.order_books import OrderBooks
from domain.rates.errors import ExchangeUnavailable, FailureReason
from tests.contracts.order_books_contract import ASKS, BIDS, SYMBOL, BookVenue, Levels, OrderBooksContract
from tests.contracts.wire_server import Reply, WireServer
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.exchange import FakeExchange, failure
from tests.unit.fakes.meter import FakeMeter


class WireBookVenue(BookVenue):
    def __init__(self, server: WireServer, path: str) -> None:
        self.server = server
        self.clock = FakeClock()
        self._path = path

    def reply(self, document: Any) -> None:  # noqa: ANN401 -- any JSON
        self.server.replies = {self._path: Reply(json.dumps(document).encode())}

    def break_down(self) -> None:
        self.server.replies = {self._path: Reply(status=500)}

    def take_five_seconds(self) -> None:
        self.server.on_request = lambda: self.clock.advance(5)

    @property
    def calls(self) -> int:
        return len(self.server.paths)


class BinanceBooks(WireBookVenue):
    def __init__(self, server: WireServer, session: aiohttp.ClientSession) -> None:
        super().__init__(server, "/api/v3/depth")
        self.books: OrderBooks = Binance(base_url=server.url, session=session, clock=self.clock, meter=FakeMeter())

    def show(self, bids: Levels, asks: Levels) -> None:
        self.reply({"lastUpdateId": 1027024, "bids": bids, "asks": asks})


class KuCoinBooks(WireBookVenue):
    def __init__(self, server: WireServer, session: aiohttp.ClientSession) -> None:
        super().__init__(server, "/api/v1/market/orderbook/level2_100")
        self.books: OrderBooks = KuCoin(base_url=server.url, session=session, clock=self.clock, meter=FakeMeter())

    def show(self, bids: Levels, asks: Levels, told_at: float = NOON) -> None:
        data = {"time": int(told_at * 1000), "sequence": "29", "bids": bids, "asks": asks}
        self.reply({"code": "200000", "data": data})


class KrakenBooks(WireBookVenue):
    def __init__(self, server: WireServer, session: aiohttp.ClientSession) -> None:
        super().__init__(server, "/0/public/Depth")
        self.books: OrderBooks = Kraken(base_url=server.url, session=session, clock=self.clock, meter=FakeMeter())

    def show(self, bids: Levels, asks: Levels) -> None:
        sides = {"bids": bids, "asks": asks}
        book = {name: [[*level, int(NOON)] for level in levels] for name, levels in sides.items()}
        self.reply({"error": [], "result": {"KEY": book}})


class OkxBooks(WireBookVenue):
    def __init__(self, server: WireServer, session: aiohttp.ClientSession) -> None:
        super().__init__(server, "/api/v5/market/books")
        self.books: OrderBooks = Okx(base_url=server.url, session=session, clock=self.clock, meter=FakeMeter())

    def show(self, bids: Levels, asks: Levels, told_at: float = NOON) -> None:
        sides = {"bids": bids, "asks": asks}
        book = {name: [[*level, "0", "1"] for level in levels] for name, levels in sides.items()}
        self.reply({"code": "0", "msg": "", "data": [book | {"ts": str(int(told_at * 1000))}]})


class BybitBooks(WireBookVenue):
    def __init__(self, server: WireServer, session: aiohttp.ClientSession) -> None:
        super().__init__(server, "/v5/market/orderbook")
        self.books: OrderBooks = Bybit(base_url=server.url, session=session, clock=self.clock, meter=FakeMeter())

    def show(self, bids: Levels, asks: Levels, told_at: float = NOON) -> None:
        book = {"s": SYMBOL, "b": bids, "a": asks, "ts": int(told_at * 1000), "u": 1, "seq": 1}
        self.reply({"retCode": 0, "retMsg": "OK", "result": book, "time": int(told_at * 1000)})


class CoinbaseBooks(WireBookVenue):
    def __init__(self, server: WireServer, session: aiohttp.ClientSession) -> None:
        super().__init__(server, f"/products/{SYMBOL}/book")
        self.books: OrderBooks = Coinbase(base_url=server.url, session=session, clock=self.clock, meter=FakeMeter())

    def show(self, bids: Levels, asks: Levels, told_at: float = NOON, *, is_auction: bool = False) -> None:
        sides = {"bids": bids, "asks": asks}
        book = {name: [[*level, 3] for level in levels] for name, levels in sides.items()}
        time = datetime.fromtimestamp(told_at, UTC).isoformat().replace("+00:00", "Z")
        self.reply(book | {"sequence": 13051505638, "auction_mode": is_auction, "auction": None, "time": time})


class CcxtBooks(BybitBooks):
    """It has read the listing already, without which it knows no symbol."""

    def __init__(self, server: WireServer, session: aiohttp.ClientSession) -> None:
        super().__init__(server, session)
        self.exchange = CcxtExchange("bybit", url=server.url, session=session, clock=self.clock)
        self.books = self.exchange

    async def read_listing(self) -> None:
        self.list_pairs("币安人生")
        await self.exchange.fetch_instruments()
        self.server.paths.clear()

    def list_pairs(self, *bases: str) -> None:
        filters: dict[str, Any] = {"status": "Trading", "lotSizeFilter": {}, "priceFilter": {}}
        rows = [{"symbol": f"{base}-USDT", "baseCoin": base, "quoteCoin": "USDT"} | filters for base in bases]
        document = {"retCode": 0, "retMsg": "OK", "result": {"category": "spot", "list": rows}, "time": 1}
        self.server.replies["/v5/market/instruments-info"] = Reply(json.dumps(document).encode())


class FakeBooks(BookVenue):
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.exchange = FakeExchange("fake", self.clock)
        self.books: OrderBooks = self.exchange

    def show(self, bids: Levels, asks: Levels) -> None:
        self.exchange.books[SYMBOL] = bids, asks

    def break_down(self) -> None:
        self.exchange.standing_failure = failure("fake")

    def take_five_seconds(self) -> None:
        self.clock.advance(0)  # it answers at once

    @property
    def calls(self) -> int:
        return self.exchange.order_book_calls


@pytest.fixture
async def server() -> AsyncIterator[WireServer]:
    async with WireServer().running() as server:
        yield server


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        yield session


class TestBinance(OrderBooksContract):
    @pytest.fixture
    def shelf(self, server: WireServer, session: aiohttp.ClientSession) -> BookVenue:
        return BinanceBooks(server, session)

    async def test_it_asks_for_500_levels_and_encodes_the_symbol(
        self, server: WireServer, session: aiohttp.ClientSession
    ) -> None:
        shelf = BinanceBooks(server, session)
        shelf.show(BIDS, ASKS)
        await shelf.books.fetch_order_book(SYMBOL)
        assert server.queries == [{"symbol": SYMBOL, "limit": "500"}]


class TestKuCoin(OrderBooksContract):
    @pytest.fixture
    def shelf(self, server: WireServer, session: aiohttp.ClientSession) -> BookVenue:
        return KuCoinBooks(server, session)

    async def test_a_book_is_as_old_as_it_says_and_none_is_from_the_future(
        self, server: WireServer, session: aiohttp.ClientSession
    ) -> None:
        shelf = KuCoinBooks(server, session)
        shelf.show(BIDS, ASKS, NOON - 600)
        assert (await shelf.books.fetch_order_book(SYMBOL)).observed_at == NOON - 600
        shelf.show(BIDS, ASKS, NOON + 3600)
        with pytest.raises(ExchangeUnavailable):
            await shelf.books.fetch_order_book(SYMBOL)

    async def test_the_null_of_an_unknown_symbol_is_a_failure(
        self, server: WireServer, session: aiohttp.ClientSession
    ) -> None:
        shelf = KuCoinBooks(server, session)
        shelf.reply({"code": "200000", "data": None})
        with pytest.raises(ExchangeUnavailable):
            await shelf.books.fetch_order_book("NOPE")


class TestKraken(OrderBooksContract):
    @pytest.fixture
    def shelf(self, server: WireServer, session: aiohttp.ClientSession) -> BookVenue:
        return KrakenBooks(server, session)

    async def test_the_books_of_other_pairs_are_a_failure(
        self, server: WireServer, session: aiohttp.ClientSession
    ) -> None:
        shelf = KrakenBooks(server, session)
        for result in ({}, {"ONE": {"bids": BIDS, "asks": ASKS}, "TWO": {"bids": BIDS, "asks": ASKS}}):
            shelf.reply({"error": [], "result": result})
            with pytest.raises(ExchangeUnavailable):
                await shelf.books.fetch_order_book(SYMBOL)


class TestOkx(OrderBooksContract):
    @pytest.fixture
    def shelf(self, server: WireServer, session: aiohttp.ClientSession) -> BookVenue:
        return OkxBooks(server, session)


class TestBybit(OrderBooksContract):
    @pytest.fixture
    def shelf(self, server: WireServer, session: aiohttp.ClientSession) -> BookVenue:
        return BybitBooks(server, session)


class TestCoinbase(OrderBooksContract):
    @pytest.fixture
    def shelf(self, server: WireServer, session: aiohttp.ClientSession) -> BookVenue:
        return CoinbaseBooks(server, session)

    async def test_of_a_whole_book_the_best_levels_are_used(
        self, server: WireServer, session: aiohttp.ClientSession
    ) -> None:
        shelf = CoinbaseBooks(server, session)
        shelf.show([(str(30_000 - n), "1") for n in range(9_000)], [(str(30_001 + n), "1") for n in range(9_000)])
        book = await shelf.books.fetch_order_book(SYMBOL)
        assert (len(book.bids), len(book.asks), book.bids[-1].price) == (500, 500, Decimal(29_501))
        assert server.queries == [{"level": "2"}]

    async def test_what_an_auction_indicates_is_no_book(
        self, server: WireServer, session: aiohttp.ClientSession
    ) -> None:
        shelf = CoinbaseBooks(server, session)
        shelf.show(BIDS, ASKS, is_auction=True)
        with pytest.raises(ExchangeUnavailable, match="auction"):
            await shelf.books.fetch_order_book(SYMBOL)


@pytest.mark.parametrize("kind", [OkxBooks, BybitBooks, CoinbaseBooks])
async def test_a_book_is_as_old_as_it_says(
    server: WireServer, session: aiohttp.ClientSession, kind: type[OkxBooks | BybitBooks | CoinbaseBooks]
) -> None:
    shelf = kind(server, session)
    shelf.show(BIDS, ASKS, NOON - 600)
    assert (await shelf.books.fetch_order_book(SYMBOL)).observed_at == NOON - 600


class TestCcxt(OrderBooksContract):
    """ccxt sorts levels, and makes floats of numbers."""

    @pytest.fixture
    async def shelf(self, server: WireServer, session: aiohttp.ClientSession) -> BookVenue:
        shelf = CcxtBooks(server, session)
        await shelf.read_listing()
        return shelf

    async def test_a_book_has_every_digit_of_its_levels(self, shelf: BookVenue) -> None:
        shelf.show(BIDS[::-1], ASKS)
        book = await shelf.books.fetch_order_book(SYMBOL)
        assert (book.exchange, book.symbol) == ("ccxt:bybit", SYMBOL)
        for levels, shown in ((book.bids, BIDS), (book.asks, ASKS)):
            assert levels == tuple((Decimal(price), Decimal(quantity)) for price, quantity in shown)

    async def test_the_markets_are_read_again_for_a_pair_listed_later_but_at_most_once_a_minute(
        self, shelf: BookVenue
    ) -> None:
        assert isinstance(shelf, CcxtBooks)
        shelf.show(BIDS, ASKS)
        shelf.list_pairs("币安人生", "NEW")  # another process has read this listing
        for calls, seconds in ((0, READ_AGAIN_SECONDS), (1, 0)):
            with pytest.raises(ExchangeUnavailable) as caught:
                await shelf.books.fetch_order_book("OLD-USDT")
            failed = caught.value
            assert (failed.reason, failed.is_transient) == (FailureReason.REFUSED, False)
            assert (failed.detail, shelf.calls) == ("lists no OLD-USDT", calls)
            shelf.clock.advance(seconds)
        assert (await shelf.books.fetch_order_book("NEW-USDT")).symbol == "NEW-USDT"
        assert shelf.calls == 2

    @pytest.mark.parametrize(
        ("bids", "asks"),
        [([], ASKS), ([BIDS[0], BIDS[0]], ASKS), ([("2", "1")], [("1", "1")]), ([("NaN", "1")], [("1", "1")])],
        ids=["no bid", "twice", "crossed", "NaN"],
    )
    async def test_a_book_that_cannot_be_right_is_a_failure(self, shelf: BookVenue, bids: Levels, asks: Levels) -> None:
        await super().test_a_book_that_cannot_be_right_is_a_failure(shelf, bids, asks)


class TestFake(OrderBooksContract):
    @pytest.fixture
    def shelf(self) -> BookVenue:
        return FakeBooks()
