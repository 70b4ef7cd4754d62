"""An exchange's connections: opened, replaced, paused and given up, and what they prove together."""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from application.market_data.feeds import connection_slot, exchange_stream, live_connection, reconnecting
from application.market_data.feeds.exchange_stream import SETTLING_SECONDS, ExchangeStream
from application.market_data.feeds.live_connection import SILENT_PINGS
from application.market_data.feeds.stream_lag import AFTER_SECONDS
from application.market_data.feeds.streamed_books import JUDGED_AFTER_SECONDS
from application.market_data.ports.feed import MOST_AHEAD_SECONDS
from application.market_data.ports.feed_meter import DropReason
from domain.rates.book_tickers import BookTickers
from domain.rates.errors import ExchangeUnavailable, FailureReason
from tests.unit.application.market_data.feeds.exhausted import exhausted
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.feed import FakeFeed
from tests.unit.fakes.feed_meter import FakeFeedMeter
from tests.unit.fakes.fetch_lock import FakeFetchLock

SYMBOLS = ["AUSDT", "BUSDT", "CUSDT"]
WITHIN_SECONDS = 5.0


class Harness:
    def __init__(self, symbols_per_connection: int = 1024, *, dates_rows: bool = False) -> None:
        self.clock = FakeClock()
        self.feed = FakeFeed(symbols_per_connection=symbols_per_connection)
        self.feed.dates_rows = dates_rows
        self.meter = FakeFeedMeter()
        self.fetch_lock = FakeFetchLock(self.clock)
        self.symbols = list(SYMBOLS)
        self.stream = ExchangeStream(
            feed=self.feed,
            symbols=lambda: self.symbols,
            fetch_lock=self.fetch_lock,
            clock=self.clock,
            meter=self.meter,
            uniform=lambda low, _: low,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.stream.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_SECONDS):
            while not holds():  # noqa: ASYNC110 -- no event tells of it
                await asyncio.sleep(0.005)

    async def until_subscribed(self) -> None:
        await self.until(lambda: {s for each in self.feed.open for s in each.symbols} >= set(self.symbols))
        await asyncio.sleep(0.02)

    def built(self) -> BookTickers | None:
        return exhausted(self.stream.built())

    def fetch(self, bid: str = "1", ask: str = "2") -> None:
        """Fetch a snapshot, ten seconds later."""
        self.clock.advance(10)
        rows = [(symbol, bid, ask) for symbol in self.symbols]
        self.stream.take_snapshot(BookTickers.of("binance", rows, self.clock.now()), is_own=True)

    async def be_silent(self) -> None:
        """Stream nothing for long, and answer pings."""
        self.feed.is_busy = False
        pings = self.feed.connections[0].pings
        await self.until(lambda: self.feed.connections[0].pings > pings + 2 * SILENT_PINGS)

    async def go_live(self) -> None:
        await self.until_subscribed()
        self.fetch()
        await self.until(lambda: self.stream.proved_at is not None and self.stream.proved_at >= self.clock.now())


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange_stream, "ADJUST_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(exchange_stream, "CONNECT_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(live_connection, "PING_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(connection_slot, "LOOK_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(reconnecting, "SHORTEST_SECONDS", 0.01)
    monkeypatch.setattr(reconnecting, "REFUSED_SECONDS", 60.0)


async def test_a_stream_is_proved_by_an_answered_ping_and_a_snapshot_from_after_the_subscription() -> None:
    harness = Harness()
    async with harness.running():
        await harness.until_subscribed()
        assert harness.built() is None
        harness.stream.take_snapshot(BookTickers.of("binance", [("AUSDT", "1", "2")], harness.clock.now()), is_own=True)
        assert harness.built() is None  # it may be from before
        await harness.go_live()
        harness.feed.push("AUSDT", "3", "4", 1)
        await asyncio.sleep(0.05)
        books = harness.built()
        assert books is not None
        assert (str(books.by_symbol["AUSDT"].bid), books.observed_at) == ("3", harness.clock.now())
        assert harness.meter.frames["binance"] > 0


async def test_prices_are_as_old_as_the_newest_ping_that_was_answered_whatever_else_arrives() -> None:
    """cryptofeed#426: under load, messages arrive later and later, each with a fresh time of receipt."""
    harness = Harness()
    async with harness.running():
        await harness.go_live()
        proved_at = harness.clock.now()
        harness.feed.answers_pings = False
        await asyncio.sleep(0.05)
        harness.clock.advance(7)
        harness.feed.push("AUSDT", "3", "4", 1)
        await asyncio.sleep(0.05)
        books = harness.built()
        assert books is not None
        assert books.observed_at == proved_at


async def test_a_stream_that_goes_silent_and_answers_pings_is_as_old_as_its_last_price() -> None:
    """The socket stays open, pings are answered, and prices come no more.

    ccxt#22662, #9046, #29586, #29728; cryptofeed#858, #893; Bittrex.Net#211.
    """
    harness = Harness()
    async with harness.running():
        await harness.go_live()
        proved_at = harness.clock.now()
        harness.feed.is_busy = False
        await asyncio.sleep(0.05)
        harness.clock.advance(3)
        await asyncio.sleep(0.1)
        books = harness.built()
        assert books is not None
        assert books.observed_at == proved_at


async def test_prices_that_an_exchange_collects_before_it_sends_them_are_as_much_older() -> None:
    harness = Harness()
    harness.feed.delay_seconds = 0.25
    async with harness.running():
        await harness.until_subscribed()
        harness.fetch()
        await harness.until(lambda: harness.stream.proved_at is not None)
        await asyncio.sleep(0.05)
        assert harness.stream.proved_at == harness.clock.now() - 0.25


async def test_a_price_that_repeats_for_ever_is_silence() -> None:
    """ccxt#17081: the same message comes again and again."""
    harness = Harness()
    async with harness.running():
        await harness.go_live()
        harness.feed.is_busy = False
        harness.feed.push("AUSDT", "1", "2", 1)
        await asyncio.sleep(0.02)
        proved_at = harness.stream.proved_at
        harness.clock.advance(3)
        for _ in range(5):
            await asyncio.sleep(0.02)
            harness.feed.push("AUSDT", "1", "2", 1)
        assert harness.stream.proved_at == proved_at


async def test_a_stream_that_was_silent_for_long_is_proved_only_by_a_new_snapshot() -> None:
    """What it should have brought meanwhile may never come."""
    harness = Harness()
    async with harness.running():
        await harness.go_live()
        await harness.be_silent()
        harness.feed.is_busy = True
        await harness.until(lambda: harness.stream.proved_at is None)
        harness.fetch("5", "6")
        await harness.until(lambda: harness.built() is not None)
        books = harness.built()
        assert books is not None
        assert str(books.by_symbol["AUSDT"].bid) == "5"
        assert len(harness.feed.connections) == 1


async def test_the_snapshot_that_makes_a_stream_whole_is_not_older_than_one_that_was_too_early() -> None:
    harness = Harness()
    async with harness.running():
        await harness.go_live()
        harness.feed.push("AUSDT", "3", "4", 1)
        await asyncio.sleep(0.05)
        harness.clock.advance(10)
        await harness.be_silent()
        harness.feed.is_busy = True
        await harness.until(lambda: harness.stream.proved_at is None)
        for seconds, bid, ask in ((SETTLING_SECONDS - 1, "5", "6"), (1, "7", "8")):
            assert harness.built() is None
            harness.clock.advance(seconds)
            fetched = BookTickers.of("binance", [(symbol, bid, ask) for symbol in SYMBOLS], harness.clock.now())
            harness.stream.take_snapshot(fetched, is_own=True)
        await harness.until(lambda: harness.built() is not None)
        books = harness.built()
        assert books is not None
        assert (str(books.by_symbol["AUSDT"].bid), books.older) == ("7", {})


@pytest.mark.parametrize("has_streamed", [True, False])
async def test_a_silent_stream_of_symbols_that_move_is_replaced(*, has_streamed: bool) -> None:
    """ccxt#22662: to subscribe again does not help."""
    harness = Harness()
    harness.feed.is_busy = has_streamed
    async with harness.running():
        await harness.until_subscribed()
        harness.fetch()
        await asyncio.sleep(0.05)
        await harness.be_silent()
        await die(harness)
        await harness.until(lambda: len(harness.feed.connections) == 2 and not harness.feed.connections[0].is_open)
        assert harness.feed.connections[0].resubscribed == []
        harness.feed.is_busy = True
        await harness.go_live()


async def test_symbols_are_divided_among_connections_and_all_of_them_must_be_proved() -> None:
    harness = Harness(symbols_per_connection=2)
    async with harness.running():
        await harness.go_live()
        assert [sorted(each.symbols) for each in harness.feed.connections] == [["AUSDT", "CUSDT"], ["BUSDT"]]
        harness.feed.failure = ExchangeUnavailable("binance", FailureReason.NETWORK, "made to fail")
        harness.feed.connections[1].break_off()
        await harness.until(lambda: harness.stream.proved_at is None)
        assert harness.built() is None


async def test_a_new_symbol_is_subscribed_to_where_there_is_room() -> None:
    harness = Harness(symbols_per_connection=2)
    async with harness.running():
        await harness.go_live()
        harness.symbols += ["DUSDT", "EUSDT"]
        await harness.until_subscribed()
        assert [len(each.symbols) for each in harness.feed.open] == [2, 2, 1]


async def test_a_new_symbol_is_proved_only_by_a_snapshot_from_after_its_subscription() -> None:
    harness = Harness()
    async with harness.running():
        await harness.go_live()
        harness.clock.advance(10)
        fetched_at = harness.clock.now()
        harness.symbols.append("DUSDT")
        await harness.until_subscribed()
        rows = [(symbol, "1", "2") for symbol in harness.symbols]
        harness.stream.take_snapshot(BookTickers.of("binance", rows, fetched_at), is_own=True)
        harness.clock.advance(7)
        await harness.until(lambda: harness.stream.proved_at == harness.clock.now())
        books = harness.built()
        assert books is not None
        assert dict(books.older) == {"DUSDT": fetched_at}  # it may have changed just before its subscription
        await harness.go_live()
        books = harness.built()
        assert books is not None
        assert not books.older


async def test_the_next_connection_asks_for_nothing_that_is_listed_no_longer() -> None:
    """OKX, Bybit and Kraken refuse a subscription because of one unknown symbol."""
    harness = Harness(symbols_per_connection=2)
    async with harness.running():
        await harness.go_live()
        harness.symbols = ["AUSDT", "DUSDT"]
        await harness.until(lambda: len(harness.feed.open) == 2 and "DUSDT" in harness.feed.open[-1].symbols)
        harness.feed.open[0].break_off()
        await harness.until(lambda: len(harness.feed.connections) == 4)
        await harness.until_subscribed()
        assert sorted(sorted(each.symbols) for each in harness.feed.open) == [["AUSDT"], ["DUSDT"]]
        await harness.go_live()


async def test_a_listing_that_is_not_known_takes_nothing_away() -> None:
    harness = Harness()
    async with harness.running():
        await harness.go_live()
        harness.symbols = []
        await asyncio.sleep(0.05)
        harness.feed.connections[0].break_off()
        await harness.until(lambda: [each.symbols for each in harness.feed.open] == [set(SYMBOLS)])


async def test_a_row_from_the_future_does_not_block_those_of_the_present() -> None:
    harness = Harness()
    harness.feed.dates_per_second = 1000
    async with harness.running():
        await harness.until_subscribed()
        harness.fetch()
        now = int(harness.clock.now() * 1000)
        harness.feed.push("AUSDT", "50", "51", now + 1000 * (MOST_AHEAD_SECONDS + 1))
        harness.feed.push("AUSDT", "5", "6", now)
        harness.feed.push("BUSDT", "7", "8", now + 1000 * MOST_AHEAD_SECONDS)
        await asyncio.sleep(0.05)
        built = harness.built()
        assert built is not None
        assert [str(built.by_symbol[symbol].bid) for symbol in ("AUSDT", "BUSDT")] == ["5", "7"]
        assert harness.meter.dropped == {DropReason.DATED_AHEAD: 1}


async def test_a_symbol_that_the_exchange_does_not_know_concerns_no_other() -> None:
    harness = Harness()
    harness.feed.unknown = {"BUSDT", "DUSDT"}
    async with harness.running():
        await harness.until(lambda: [each.symbols for each in harness.feed.open] == [{"AUSDT", "CUSDT"}])
        harness.fetch()
        harness.symbols += ["DUSDT"]
        await harness.until(lambda: harness.stream.proved_at is not None)
        harness.fetch("1.5", "2")
        harness.clock.advance(JUDGED_AFTER_SECONDS)
        await harness.until(lambda: harness.meter.disagreements["binance"] == 2)
        assert sorted(harness.feed.connections[0].resubscribed) == ["AUSDT", "CUSDT"]
        books = harness.built()
        assert books is not None
        assert {"BUSDT", "DUSDT"} < set(books.older)
        assert len(harness.feed.connections) == 1


async def test_a_stream_that_knows_no_symbol_ends_the_attempt() -> None:
    harness = Harness()
    harness.feed.unknown = set(SYMBOLS)
    async with harness.running():
        await harness.until(lambda: harness.meter.lost["binance"] == 1)
        assert harness.feed.open == []


async def test_after_a_cut_a_stream_is_proved_only_by_a_new_snapshot() -> None:
    """unicorn-binance-websocket-api#15, #131: what changed while nothing was connected is in no stream."""
    harness = Harness()
    async with harness.running():
        await harness.go_live()
        with capture_logs() as logs:
            harness.feed.connections[0].break_off()
            await harness.until(lambda: len(harness.feed.connections) == 2)
            await harness.until_subscribed()
        assert [each["event"] for each in logs] == ["feed_lost", "feed_connected"]
        assert harness.built() is None
        harness.fetch("5", "6")
        await harness.until(lambda: harness.built() is not None)
        books = harness.built()
        assert books is not None
        assert str(books.by_symbol["AUSDT"].bid) == "5"
        assert (harness.meter.lost["binance"], harness.meter.connections["binance"]) == (1, 2)


async def test_a_rotation_overlaps_and_loses_neither_a_row_nor_the_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """unicorn-binance-websocket-api#15: a cut after 24 hours loses what is sent until the next one is open."""
    monkeypatch.setattr(connection_slot, "ROTATE_AFTER_SECONDS", (0.3, 0.3))
    harness = Harness()
    open_at_once = []
    async with harness.running():
        await harness.go_live()
        for number in range(1, 120):
            harness.feed.push("AUSDT", str(number), str(number + 1), number)
            open_at_once.append(len(harness.feed.open))
            await asyncio.sleep(0.01)
            books = harness.built()
            assert books is not None
            assert int(books.by_symbol["AUSDT"].bid) >= number - 3
    assert min(open_at_once) == 1
    assert len(harness.feed.connections) >= 3
    assert harness.meter.lost["binance"] == 0


async def test_a_connection_whose_end_is_announced_is_replaced_before_it_ends() -> None:
    """Binance's serverShutdown."""
    harness = Harness()
    async with harness.running():
        await harness.go_live()
        harness.feed.connections[0].is_ending = True
        await harness.until(lambda: len(harness.feed.connections) == 2 and not harness.feed.connections[0].is_open)
        assert harness.stream.proved_at is not None


@pytest.mark.parametrize("is_proved_late", [True, False])
async def test_a_rotation_hands_over_only_what_the_last_connection_is_proved_to_have_read(
    monkeypatch: pytest.MonkeyPatch, *, is_proved_late: bool
) -> None:
    """Rows of quiet symbols that it has not read yet would be lost with it, and no newer ones tell of that."""
    monkeypatch.setattr(connection_slot, "HANDED_OVER_WITHIN_SECONDS", WITHIN_SECONDS if is_proved_late else 0.1)
    harness = Harness()
    async with harness.running():
        await harness.go_live()
        first = harness.feed.connections[0]
        harness.feed.answers_pings = False
        await asyncio.sleep(0.05)
        harness.clock.advance(1)
        first.is_ending = True
        await harness.until(lambda: len(harness.feed.connections) == 2)
        await asyncio.sleep(0.05)
        assert first.is_open
        if is_proved_late:
            first.push("AUSDT", "5", "6", 7)
            harness.feed.answers_pings = True
        await harness.until(lambda: not first.is_open)
        harness.feed.answers_pings = True
        await asyncio.sleep(0.05)
        assert (harness.built() is not None) is is_proved_late
        if not is_proved_late:
            harness.fetch("5", "6")
        await harness.until(lambda: harness.built() is not None)
        assert len(harness.feed.connections) == 2


async def test_a_silent_connection_is_dead_after_twice_its_ping_interval_and_one_with_pings_is_not() -> None:
    """cryptofeed#223: a quiet market is no dead connection. ccxt#17081: a connection without any frame is."""
    harness = Harness()
    harness.feed.silence_seconds = 0.2
    async with harness.running():
        await harness.until_subscribed()
        await asyncio.sleep(0.4)
        assert len(harness.feed.connections) == 1
        harness.feed.answers_pings = False
        await harness.until(lambda: len(harness.feed.connections) > 1)


async def test_a_connection_that_streams_and_answers_no_ping_is_dead_after_as_long() -> None:
    """Nothing proves its prices any more, and a new connection may."""
    harness = Harness()
    harness.feed.silence_seconds = 0.6
    async with harness.running():
        await harness.until_subscribed()
        harness.feed.answers_pings = False
        loop = asyncio.get_running_loop()
        began_at = loop.time()
        for number in range(1, 1000):
            harness.feed.push("AUSDT", str(number), str(number + 1), number)
            await asyncio.sleep(0.01)
            if len(harness.feed.connections) > 1:
                break
        assert loop.time() - began_at > 0.2
        assert not harness.feed.connections[0].is_open


async def test_some_dead_symbols_of_a_living_connection_are_found_resubscribed_and_counted() -> None:
    """node-binance-api#86, Bittrex.Net#211: pings go on, and some streams do not."""
    harness = Harness()
    async with harness.running():
        await harness.go_live()
        harness.feed.push("BUSDT", "1.5", "2", 1)
        await asyncio.sleep(0.02)
        harness.fetch("1.5", "2")  # only B has streamed it
        harness.clock.advance(JUDGED_AFTER_SECONDS)
        with capture_logs() as logs:
            await harness.until(lambda: harness.meter.disagreements["binance"] == 2)
        assert sorted(harness.feed.connections[0].resubscribed) == ["AUSDT", "CUSDT"]
        assert [(each["event"], each["symbols"]) for each in logs] == [("symbols_stopped_streaming", 2)]
        books = harness.built()
        assert books is not None
        assert set(books.older) == {"AUSDT", "CUSDT"}
        harness.feed.push("AUSDT", "1.6", "2", 1)
        await harness.until(lambda: set(getattr(harness.built(), "older", {})) == {"CUSDT"})


async def test_while_a_stream_runs_behind_nothing_is_proved() -> None:
    """Its messages come, and are in order, from half a minute ago."""
    harness = Harness()
    harness.symbols = [f"{letter}USDT" for letter in "ABCDEFGH"]
    async with harness.running():
        await harness.go_live()
        assert harness.built() is not None

        async def stream(*prices: int) -> None:
            for price in prices:
                harness.clock.advance(1)
                for symbol in harness.symbols:
                    harness.feed.push(symbol, str(price), str(price + 1), price)
                await asyncio.sleep(0.02)

        def fetch(price: int) -> None:
            rows = [(symbol, str(price), str(price + 1)) for symbol in harness.symbols]
            harness.stream.take_snapshot(BookTickers.of("binance", rows, harness.clock.now()), is_own=True)

        async def is_late(price: int, streamed: int) -> bool:
            """Whether it is found so when the exchange has this price, and the stream has come to that one."""
            await stream(streamed)
            fetch(price)
            await stream(*range(streamed + 1, streamed + 8))
            fetch(price)
            await stream(streamed + 8)
            harness.clock.advance(AFTER_SECONDS)
            await harness.until(lambda: not harness.stream.books.lag.shown)
            return harness.stream.books.lag.is_late

        with capture_logs() as logs:
            assert await is_late(100, 1)
            assert harness.built() is None
            assert not await is_late(26, 20)
        assert [each["event"] for each in logs] == ["stream_late", "stream_caught_up"]
        assert harness.meter.disagreements["binance"] >= len(harness.symbols)


async def die(harness: Harness) -> None:
    """Let all symbols stop: a snapshot shows what none of them streams."""
    harness.fetch("1.5", "2")
    harness.clock.advance(JUDGED_AFTER_SECONDS)
    await harness.until(lambda: harness.meter.disagreements["binance"] > 0)


@pytest.mark.parametrize("resubscribes_all", [True, False])
async def test_a_resubscription_that_fails_ends_the_connection_and_the_next_one_streams(
    *, resubscribes_all: bool
) -> None:
    """The exchange has ended the subscription, and still answers pings: nothing else would tell."""
    harness = Harness()
    harness.feed.resubscribes_all = resubscribes_all
    harness.feed.resubscription_failure = ExchangeUnavailable("binance", FailureReason.TIMEOUT, "it did not confirm")
    async with harness.running():
        await harness.go_live()
        await die(harness)
        await harness.until(lambda: len(harness.feed.connections) == 2 and not harness.feed.connections[0].is_open)
        await harness.until_subscribed()
        assert harness.built() is None
        await harness.go_live()
        assert harness.meter.lost["binance"] == 1


async def test_after_a_resubscription_of_all_symbols_a_stream_is_proved_only_by_a_new_snapshot() -> None:
    harness = Harness()
    harness.feed.resubscribes_all = True
    async with harness.running():
        await harness.go_live()
        await die(harness)
        await harness.until(lambda: len(harness.feed.connections[0].resubscribed) > 0)
        await asyncio.sleep(0.02)
        assert harness.stream.proved_at is None
        snapshot = BookTickers.of("binance", [("AUSDT", "1", "2")], harness.clock.now() + SETTLING_SECONDS - 0.1)
        harness.stream.take_snapshot(snapshot, is_own=True)
        assert harness.stream.proved_at is None  # it may be from before
        harness.fetch()
        await harness.until(lambda: harness.stream.proved_at is not None)
        assert len(harness.feed.connections) == 1


async def test_a_subscription_to_more_symbols_that_fails_ends_the_connection() -> None:
    harness = Harness()
    async with harness.running():
        await harness.go_live()
        harness.feed.refusal = ExchangeUnavailable("binance", FailureReason.REFUSED, "it refuses a subscription")
        harness.symbols += ["DUSDT"]
        await harness.until(lambda: harness.feed.open == [])
        assert harness.built() is None


@pytest.mark.parametrize("is_busy", [True, False])
async def test_a_quiet_market_raises_no_alarm(*, is_busy: bool) -> None:
    """cryptofeed#308: a watchdog of two minutes took a quiet pair for a dead one."""
    harness = Harness()
    async with harness.running():
        await harness.go_live()
        harness.feed.is_busy = is_busy
        for _ in range(10):
            harness.fetch()
        await asyncio.sleep(0.1)
        assert (harness.meter.disagreements["binance"], harness.meter.lost["binance"]) == (0, 0)
        assert len(harness.feed.connections) == 1


async def test_a_feed_that_is_not_there_is_tried_rarely_and_logged_once_without_a_warning() -> None:
    harness = Harness()
    harness.feed.failure = ExchangeUnavailable("binance", FailureReason.REFUSED, "HTTP 404")
    with capture_logs() as logs:
        async with harness.running():
            await harness.until(lambda: harness.meter.lost["binance"] == 1)
            await asyncio.sleep(0.2)
            assert harness.meter.lost["binance"] == 1
    assert [(each["event"], each["log_level"]) for each in logs] == [("feed_unavailable", "info")]


async def test_a_refused_subscription_ends_the_attempt() -> None:
    harness = Harness()
    harness.feed.refusal = ExchangeUnavailable("binance", FailureReason.REFUSED, "it refuses a subscription")
    async with harness.running():
        await harness.until(lambda: harness.meter.lost["binance"] == 1)
        assert (harness.feed.open, harness.meter.connections["binance"]) == ([], 0)


async def test_a_ban_pauses_fetches_and_connections_of_all_processes() -> None:
    harness = Harness()
    harness.feed.failure = ExchangeUnavailable("binance", FailureReason.RATE_LIMITED, "HTTP 418", 120.0)
    async with harness.running():
        await harness.until(lambda: harness.meter.lost["binance"] == 1)
        await asyncio.sleep(0.05)
        with pytest.raises(ExchangeUnavailable) as caught:
            await harness.fetch_lock.book_connection("binance", 1.0)
        assert caught.value.retry_after_seconds == 120


async def test_connections_are_opened_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """nautilus: a storm of connections hits Binance's quota of one a second."""
    monkeypatch.setattr(exchange_stream, "CONNECT_EVERY_SECONDS", 1.1)
    harness = Harness(symbols_per_connection=1)
    async with harness.running():
        await harness.until(lambda: len(harness.feed.connections) == 1)
        await asyncio.sleep(0.3)
        assert len(harness.feed.connections) == 1
        harness.clock.advance(1.2)
        await harness.until(lambda: len(harness.feed.connections) == 2)


async def test_without_the_lock_connections_are_opened_apart_by_this_process_alone() -> None:
    harness = Harness()
    harness.fetch_lock.is_down = True
    async with harness.running():
        await harness.go_live()


async def test_frames_that_make_no_sense_are_counted_and_end_nothing() -> None:
    harness = Harness()
    async with harness.running():
        await harness.go_live()
        harness.feed.connections[0].push_unreadable()
        await asyncio.sleep(0.05)
        assert harness.built() is not None
        assert harness.meter.dropped == {DropReason.UNREADABLE: 1}


async def test_a_bug_in_a_connection_is_logged_and_the_next_one_works(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = Harness()
    async with harness.running():
        await harness.go_live()
        with capture_logs() as logs:
            monkeypatch.setattr(harness.stream.books, "take", _fail)
            harness.feed.push("AUSDT", "3", "4", 1)
            await harness.until(lambda: any(each["event"] == "feed_failed" for each in logs))
            monkeypatch.undo()


def _fail(*_: object) -> Awaitable[None]:
    raise RuntimeError(math.nan)


async def test_where_rows_are_dated_neither_pings_nor_snapshots_nor_other_rows_prove_a_price() -> None:
    harness = Harness(dates_rows=True)
    async with harness.running():
        await harness.until_subscribed()
        assert harness.built() is None
        told_at = harness.clock.now() - 20
        harness.feed.connections[0].push("AUSDT", "3", "4", 1, told_at)
        await harness.until(lambda: harness.built() is not None)
        harness.clock.advance(7)
        harness.fetch("5", "6")
        harness.feed.connections[0].push("BUSDT", "3", "4", 1, harness.clock.now())
        await harness.until(lambda: harness.stream.proved_at == harness.clock.now())
        books = harness.built()
        assert books is not None
        assert (str(books.by_symbol["AUSDT"].bid), books.observed_at_of("AUSDT")) == ("3", told_at)
        assert "CUSDT" not in books.by_symbol


async def test_where_rows_are_dated_a_connection_that_brings_nothing_new_for_a_minute_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live_connection, "QUIET_PINGS", 20)
    harness = Harness(dates_rows=True)
    async with harness.running():
        await harness.until_subscribed()
        told_at = harness.clock.now()
        harness.feed.connections[0].push("AUSDT", "3", "4", 1, told_at)
        await harness.until(lambda: len(harness.feed.connections) == 2 and not harness.feed.connections[0].is_open)
        harness.feed.connections[1].push("AUSDT", "3", "4", 1, told_at)
        await asyncio.sleep(0.02)
        books = harness.built()
        assert books is not None
        assert books.observed_at_of("AUSDT") == told_at
