"""The feeds of all exchanges, against servers that speak as these do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import aiohttp
import pytest

from adapters.binance.feed import BinanceFeed
from adapters.bybit.feed import BybitFeed
from adapters.coinbase.feed import CoinbaseFeed
from adapters.kraken.feed import KrakenFeed
from adapters.kucoin.feed import KuCoinFeed
from adapters.okx.feed import OkxFeed
from adapters.rest.registered_exchange import FeedParts
from application.market_data.ports.feed import Feed, StreamedRow
from domain.rates.errors import ExchangeUnavailable, FailureReason
from tests.contracts.feed_contract import BTC, ETH, FeedContract, reading
from tests.feeds.stream_server import (
    BinanceStreams,
    BybitStreams,
    CoinbaseStreams,
    KrakenStreams,
    KuCoinStreams,
    OkxStreams,
    StreamServer,
)
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.meter import FakeMeter


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        yield session


def parts_of(server: StreamServer, session: aiohttp.ClientSession) -> FeedParts:
    url = server.url.replace("http", "ws")
    return FeedParts(url=url, rest_url=server.url, session=session, clock=FakeClock(), meter=FakeMeter())


class TestBinanceFeed(FeedContract):
    @pytest.fixture
    async def server(self) -> AsyncIterator[StreamServer]:
        async with BinanceStreams().running() as server:
            yield server

    @pytest.fixture
    def feed(self, server: StreamServer, session: aiohttp.ClientSession) -> Feed:
        return BinanceFeed(parts_of(server, session))

    async def test_many_symbols_are_asked_for_in_few_messages_apart_from_each_other(
        self, feed: Feed, server: StreamServer
    ) -> None:
        symbols = [f"S{number}USDT" for number in range(450)]
        async with reading(feed) as (connection, _):
            await connection.subscribe(symbols)
        assert [len(message["params"]) for message in server.received] == [200, 200, 50]
        assert server.received[0]["params"][0] == "s0usdt@bookTicker"
        first, *_, last = server.received_at
        assert last - first > 0.5
        assert feed.symbols_per_connection == 1024

    async def test_a_new_subscription_of_one_symbol_leaves_the_others(self, feed: Feed, server: StreamServer) -> None:
        async with reading(feed, BTC, ETH) as (connection, _):
            assert not connection.resubscribes_all
            await connection.resubscribe([BTC])
        assert [message["params"] for message in server.received[1:]] == [["btcusdt@bookTicker"]] * 2

    async def test_it_announces_its_end(self, feed: Feed, server: StreamServer) -> None:
        async with reading(feed, "BTCUSDT") as (connection, reader):
            before = len(reader.frames)
            assert not connection.is_ending
            await server.announce_end()
            await reader.until(frames=before + 1)
            assert connection.is_ending


class TestKuCoinFeed(FeedContract):
    @pytest.fixture
    async def server(self) -> AsyncIterator[StreamServer]:
        async with KuCoinStreams().running() as server:
            yield server

    @pytest.fixture
    def feed(self, server: StreamServer, session: aiohttp.ClientSession) -> Feed:
        return KuCoinFeed(parts_of(server, session))

    async def test_a_new_subscription_of_one_symbol_interrupts_all(self, feed: Feed, server: StreamServer) -> None:
        async with reading(feed, BTC, ETH) as (connection, _):
            assert connection.resubscribes_all
            await connection.resubscribe([BTC])
        assert [message["type"] for message in server.received] == ["subscribe", "unsubscribe", "subscribe"]
        assert {message["topic"] for message in server.received} == {"/market/ticker:all"}

    async def test_one_topic_has_all_symbols(self, feed: Feed, server: StreamServer) -> None:
        async with reading(feed) as (connection, _):
            await connection.subscribe(["BTC-USDT", "ETH-USDT"])
            await connection.subscribe(["NEW-USDT"])
            assert connection.silence_seconds == 36
        assert [message["topic"] for message in server.received] == ["/market/ticker:all"]

    async def test_a_missing_price_is_none(self, feed: Feed, server: StreamServer) -> None:
        async with reading(feed, "X") as (_, reader):
            text = server.book("X-USDT", "1", "2", 3).replace('"bestBid":"1"', '"bestBid":null')
            await server.push_text(text)
            await reader.until(rows=1)
        assert reader.rows == [StreamedRow("X-USDT", "0", "2", 3)]

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            ('{"code":"200000","data":{"token":"t","instanceServers":[]}}', FailureReason.BAD_BODY),
            ('{"code":"200000","data":null}', FailureReason.BAD_BODY),
            ('{"code":"429000","msg":"too many requests"}', FailureReason.RATE_LIMITED),
            ('{"code":"400100"}', FailureReason.REFUSED),
            ("<html>", FailureReason.BAD_BODY),
        ],
    )
    async def test_an_answer_without_a_server_says_why(
        self, feed: Feed, server: KuCoinStreams, answer: str, reason: FailureReason
    ) -> None:
        server.bullet = answer
        with pytest.raises(ExchangeUnavailable) as caught:
            async with feed.connected():
                pass
        assert caught.value.reason is reason

    async def test_a_stream_without_a_welcome_is_a_failure(
        self, feed: Feed, server: KuCoinStreams, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("adapters.kucoin.feed.WELCOMED_WITHIN_SECONDS", 0.1)
        server.welcomes = False
        with pytest.raises(ExchangeUnavailable) as caught:
            async with feed.connected():
                pass
        assert caught.value.reason is FailureReason.TIMEOUT


class TestOkxFeed(FeedContract):
    @pytest.fixture
    async def server(self) -> AsyncIterator[StreamServer]:
        async with OkxStreams().running() as server:
            yield server

    @pytest.fixture
    def feed(self, server: StreamServer, session: aiohttp.ClientSession) -> Feed:
        return OkxFeed(parts_of(server, session))

    async def test_many_symbols_are_asked_for_in_few_messages(self, feed: Feed, server: StreamServer) -> None:
        async with reading(feed) as (connection, _):
            await connection.subscribe([f"S{number}-USDT" for number in range(250)])
            assert connection.delay_seconds == 0.1
        assert [len(message["args"]) for message in server.received] == [100, 100, 50]
        assert server.received[0]["args"][0] == {"channel": "tickers", "instId": "S0-USDT"}

    async def test_a_missing_price_is_none(self, feed: Feed, server: StreamServer) -> None:
        async with reading(feed, "X-USDT") as (_, reader):
            await server.push("X-USDT", "", "2", 3)
            await reader.until(rows=1)
        assert reader.rows == [StreamedRow("X-USDT", "0", "2", 3)]

    async def test_a_pong_without_a_ping_answers_none(self, feed: Feed, server: StreamServer) -> None:
        async with reading(feed, BTC) as (_, reader):
            before = len(reader.frames)
            await server.push_text("pong")
            await reader.until(frames=before + 1)
            assert reader.frames[-1].answered is None

    async def test_a_notice_says_nothing_about_prices(self, feed: Feed, server: StreamServer) -> None:
        async with reading(feed, BTC) as (_, reader):
            before = len(reader.frames)
            await server.announce_end()
            await reader.until(frames=before + 1)
            assert reader.frames[-1].is_readable


class TestBybitFeed(FeedContract):
    @pytest.fixture
    async def server(self) -> AsyncIterator[StreamServer]:
        async with BybitStreams().running() as server:
            yield server

    @pytest.fixture
    def feed(self, server: StreamServer, session: aiohttp.ClientSession) -> Feed:
        return BybitFeed(parts_of(server, session))

    async def test_ten_symbols_are_asked_for_in_a_message(self, feed: Feed, server: StreamServer) -> None:
        async with reading(feed) as (connection, _):
            await connection.subscribe([f"S{number}USDT" for number in range(25)])
        assert [len(message["args"]) for message in server.received] == [10, 10, 5]
        assert server.received[0]["args"][0] == "orderbook.1.S0USDT"

    async def test_a_side_without_orders_has_no_price(self, feed: Feed, server: StreamServer) -> None:
        async with reading(feed, BTC) as (_, reader):
            await server.push_text(server.book(BTC, "1", "2", 3).replace('[["1","1"]]', "[]"))
            await reader.until(rows=1)
        assert reader.rows == [StreamedRow(BTC, "0", "2", 3)]


class TestKrakenFeed(FeedContract):
    @pytest.fixture
    async def server(self) -> AsyncIterator[StreamServer]:
        async with KrakenStreams().running() as server:
            yield server

    @pytest.fixture
    def feed(self, server: StreamServer, session: aiohttp.ClientSession) -> Feed:
        return KrakenFeed(parts_of(server, session))

    async def test_symbols_have_the_names_that_streams_use(self, feed: Feed, server: KrakenStreams) -> None:
        names = {"XXBTZUSD": "XBT/USD", "XDGEUR": "XDG/EUR", "LUNAUSD": "LUNA/USD", "XTZXBT": "XTZ/XBT"}
        server.listing = {"error": [], "result": {key: {"wsname": name} for key, name in names.items()}}
        async with reading(feed, *names) as (_, reader):
            expected = ["BTC/USD", "DOGE/EUR", "LUNA/USD", "XTZ/BTC"]
            assert server.received[0]["params"]["symbol"] == expected
            assert server.received[0]["params"]["event_trigger"] == "bbo"
            await server.push_text('{"channel":"ticker","data":[{"symbol":"BTC/USD","bid":97000.10,"ask":97000.2}]}')
            await reader.until(rows=1)
        assert reader.rows[0][:3] == ("XXBTZUSD", "97000.10", "97000.2")

    async def test_rows_of_the_same_moment_follow_each_other(self, feed: Feed, server: StreamServer) -> None:
        async with reading(feed, BTC) as (_, reader):
            for bid in ("1", "2", "3"):
                await server.push(BTC, bid, "9", 10**15)
            await reader.until(rows=3)
        assert [row.sequence for row in reader.rows] == [10**15, 10**15 + 1, 10**15 + 2]

    async def test_a_row_that_is_no_book_does_not_make_those_after_it_old(
        self, feed: Feed, server: StreamServer
    ) -> None:
        made_at = int(NOON * 1_000_000)
        async with reading(feed, BTC) as (_, reader):
            await server.push(BTC, "1", "9", made_at)
            await server.push(BTC, "9", "1", made_at + 50_000_000)
            await server.push(BTC, "2", "9", made_at)
            await server.push(BTC, "3", "9", made_at)
            await reader.until(rows=4)
        assert [row.sequence - made_at for row in reader.rows] == [0, 50_000_000, 1, 2]

    async def test_prices_without_a_time_follow_each_other_and_repeat(self, feed: Feed, server: StreamServer) -> None:
        async with reading(feed, BTC) as (_, reader):
            for bid in (1, 1, 2):
                row = f'{{"symbol":"BTC/USDT","bid":{bid},"ask":9}}'
                await server.push_text(f'{{"channel":"ticker","data":[{row}]}}')
            await reader.until(rows=3)
        first, again, other = (row.sequence for row in reader.rows)
        assert first == again < other

    @pytest.mark.parametrize("made_at", ["2026-11-26T18:00:03", "soon"])
    async def test_a_time_that_is_none_is_told_and_ends_nothing(
        self, feed: Feed, server: StreamServer, made_at: str
    ) -> None:
        async with reading(feed, BTC) as (_, reader):
            row = f'{{"symbol":"BTC/USDT","bid":1,"ask":9,"timestamp":"{made_at}"}}'
            await server.push_text(f'{{"channel":"ticker","data":[{row}]}}')
            await server.push(BTC, "1", "9", 1)
            await reader.until(rows=1)
        assert [frame.is_readable for frame in reader.frames].count(False) == 1

    async def test_a_symbol_without_a_name_ends_the_attempt(self, feed: Feed) -> None:
        async with reading(feed, BTC) as (connection, _):
            with pytest.raises(ExchangeUnavailable) as caught:
                await connection.subscribe(["NEWUSD"])
        assert caught.value.detail == "its stream has no name for NEWUSD"

    async def test_a_pair_that_is_listed_and_not_streamed_is_left_out(self, feed: Feed, server: KrakenStreams) -> None:
        server.unknown = ETH
        async with reading(feed) as (connection, reader):
            assert list(await connection.subscribe([BTC, ETH, "S1USDT"])) == [ETH]
            assert len(server.received) == 1
            await server.push("S1USDT", "1", "2", 1)
            await reader.until(rows=1)

    async def test_heartbeats_and_the_state_of_the_exchange_show_life(self, feed: Feed, server: StreamServer) -> None:
        async with reading(feed, BTC) as (_, reader):
            before = len(reader.frames)
            await server.push_text('{"channel":"heartbeat"}')
            await server.push_text('{"channel":"status","type":"update","data":[{"system":"online"}]}')
            await reader.until(frames=before + 2)
        assert all(frame.is_readable for frame in reader.frames)

    @pytest.mark.parametrize(
        ("error", "reason"),
        [
            ("EService:Unavailable", FailureReason.SERVER_ERROR),
            ("EGeneral:Too many requests", FailureReason.RATE_LIMITED),
            ("EGeneral:Invalid arguments", FailureReason.REFUSED),
        ],
    )
    async def test_a_listing_that_is_not_answered_says_why(
        self, feed: Feed, server: KrakenStreams, error: str, reason: FailureReason
    ) -> None:
        server.listing = {"error": [error]}
        with pytest.raises(ExchangeUnavailable) as caught:
            async with feed.connected():
                pass
        assert caught.value.reason is reason


class TestCoinbaseFeed(FeedContract):
    @pytest.fixture
    async def server(self) -> AsyncIterator[StreamServer]:
        async with CoinbaseStreams().running() as server:
            yield server

    @pytest.fixture
    def feed(self, server: StreamServer, session: aiohttp.ClientSession) -> Feed:
        return CoinbaseFeed(parts_of(server, session))

    async def test_a_row_is_as_old_as_its_trade(self, feed: Feed, server: CoinbaseStreams) -> None:
        async with reading(feed, BTC) as (_, reader):
            await server.push_text(server.trade(BTC, "1", "", 3, datetime(2024, 4, 28, 11, 43, 16, 5000, UTC)))
            await reader.until(rows=1)
        assert reader.rows == [StreamedRow(BTC, "1", "0", 3, NOON + 0.005)]

    async def test_a_product_that_it_does_not_know_is_left_out(self, feed: Feed, server: CoinbaseStreams) -> None:
        server.confirms = False
        async with reading(feed) as (connection, _), asyncio.TaskGroup() as group:
            subscribing = group.create_task(connection.subscribe(["GONE-USD", "BTC-USD"]))
            await _until(lambda: len(server.received) == 1)
            server.confirms = True
            reason = '"message":"Failed to subscribe","reason":"GONE-USD is not a valid product"'
            await server.push_text(f'{{"type":"error",{reason}}}')
            assert list(await subscribing) == ["GONE-USD"]
        assert [message["product_ids"] for message in server.received] == [["GONE-USD", "BTC-USD"], ["BTC-USD"]]

    @pytest.mark.parametrize("time", ["2024-04-28T11:43:16", "soon", "", "99999-01-01T00:00:00Z"])
    async def test_a_trade_without_a_proper_time_proves_nothing(
        self, feed: Feed, server: StreamServer, time: str
    ) -> None:
        async with reading(feed, BTC) as (_, reader):
            row = f'"type":"ticker","sequence":1,"product_id":"{BTC}","best_bid":"1","best_ask":"2","time":"{time}"'
            await server.push_text(f"{{{row}}}")
            await server.push(BTC, "1", "9", 1)
            await reader.until(rows=1)
        assert [frame.is_readable for frame in reader.frames].count(False) == 1

    async def test_heartbeats_and_unknown_messages_show_life(self, feed: Feed, server: StreamServer) -> None:
        async with reading(feed, BTC) as (_, reader):
            before = len(reader.frames)
            await server.push_text('{"type":"heartbeat","sequence":9,"product_id":"BTCUSDT","time":"x"}')
            await server.push_text('{"type":"news","text":"x"}')
            await reader.until(frames=before + 2)
        assert all(frame.is_readable for frame in reader.frames)


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not is_so():  # noqa: ASYNC110 -- a test waits
            await asyncio.sleep(0.01)
