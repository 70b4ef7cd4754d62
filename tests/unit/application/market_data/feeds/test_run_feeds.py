"""Who streams, and who follows."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from application.market_data.feeds import connection_slot, exchange_stream, live_connection, run_feeds
from application.market_data.feeds.exchange_stream import ExchangeStream
from application.market_data.feeds.run_feeds import RunFeeds
from application.market_data.market_data import MarketData
from application.market_data.ports.feed_meter import DropReason
from domain.rates.routing import Routes
from tests.unit.application.market_data.builders import LIMITS, market_data_of
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.exchange import FakeExchange
from tests.unit.fakes.feed import FakeFeed
from tests.unit.fakes.feed_meter import FakeFeedMeter
from tests.unit.fakes.fetch_lock import FakeFetchLock
from tests.unit.fakes.market_cache import FakeMarketCache
from tests.unit.fakes.streamed_updates import FakeStreamedUpdates

WITHIN_SECONDS = 5.0


class Process:
    """One of several that share a cache, a lock and updates."""

    def __init__(self, shared: "Shared", *, leads: bool) -> None:
        self.leads = leads
        self.feed = FakeFeed()
        self.meter = FakeFeedMeter()
        self.market: MarketData = market_data_of(
            shared.exchange, shared.cache, shared.fetch_lock, shared.clock, limits=shared.limits
        )
        stream = ExchangeStream(
            feed=self.feed,
            symbols=self.market.listed_symbols,
            fetch_lock=shared.fetch_lock,
            clock=shared.clock,
            meter=self.meter,
            uniform=lambda low, _: low,
        )
        self.feeds = RunFeeds(
            streams={"binance": stream},
            markets={"binance": self.market},
            updates=shared.updates,
            leads=lambda: self.leads,
            clock=shared.clock,
            meter=self.meter,
        )
        self._clock = shared.clock

    def routes(self, max_age_seconds: float = 1.0) -> Routes | None:
        now = self._clock.now()
        return self.market.routes_in_memory(now - max_age_seconds, now)

    def bid(self) -> str | None:
        routes = self.routes()
        return None if routes is None else str(routes.market.book_tickers.by_symbol["BTC/USDT"].bid)

    async def go_live(self) -> None:
        await self.market.instruments()
        await until(lambda: any(each.symbols for each in self.feed.open))
        await asyncio.sleep(0.02)
        self._clock.advance(10)
        await self.market.book_tickers(None)
        await until(lambda: self.routes() is not None)


class Shared:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.exchange = FakeExchange("binance", self.clock, {"BTC/USDT": ("10", "11"), "ETH/USDT": ("2", "3")})
        self.cache = FakeMarketCache()
        self.fetch_lock = FakeFetchLock(self.clock)
        self.updates = FakeStreamedUpdates()
        self.limits = LIMITS


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_SECONDS):
        while not holds():  # noqa: ASYNC110 -- no event tells of it
            await asyncio.sleep(0.005)


@asynccontextmanager
async def running(*processes: Process) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(each.feeds.run()) for each in processes]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange_stream, "ADJUST_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(exchange_stream, "CONNECT_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(live_connection, "PING_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(connection_slot, "LOOK_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(run_feeds, "BUILD_EVERY_SECONDS", 0.01)


async def test_the_leader_streams_and_the_others_use_what_it_publishes_without_a_connection() -> None:
    shared = Shared()
    leader, follower = Process(shared, leads=True), Process(shared, leads=False)
    async with running(leader, follower):
        await leader.go_live()
        await follower.market.instruments()
        leader.feed.push("BTC/USDT", "10.5", "11", 1)
        await until(lambda: leader.bid() == "10.5")
        await until(lambda: follower.bid() == "10.5")
    assert (len(leader.feed.connections), follower.feed.connections) == (1, [])
    assert follower.meter.streamed["binance"] == leader.meter.streamed["binance"]


async def test_a_follower_that_missed_an_update_uses_none_until_all_books_come() -> None:
    shared = Shared()
    leader, follower = Process(shared, leads=True), Process(shared, leads=False)
    async with running(leader, follower):
        await leader.go_live()
        await follower.market.instruments()
        await until(lambda: follower.bid() == "10")
        shared.updates.lose(1)
        leader.feed.push("BTC/USDT", "10.5", "11", 1)
        await until(lambda: follower.bid() == "10.5")
    assert DropReason.MISSED in follower.meter.dropped


async def test_whoever_loses_the_leadership_closes_its_connections_and_follows() -> None:
    shared = Shared()
    first, second = Process(shared, leads=True), Process(shared, leads=False)
    async with running(first, second):
        await first.go_live()
        first.leads, second.leads = False, True
        await until(lambda: not first.feed.open)
        await second.go_live()
        second.feed.push("BTC/USDT", "12", "13", 1)
        await until(lambda: first.bid() == "12")


async def test_the_sync_fetches_as_long_as_nothing_streams_and_then_about_each_minute() -> None:
    shared = Shared()
    leader = Process(shared, leads=True)
    async with running(leader):
        assert leader.market.needs_fetch(shared.clock.now())
        await leader.go_live()
        await until(lambda: not leader.market.needs_fetch(shared.clock.now()))
        shared.clock.advance(40)
        await until(lambda: not leader.market.needs_fetch(shared.clock.now()))
        shared.clock.advance(15)
        await until(lambda: leader.routes() is not None)
        assert leader.market.needs_fetch(shared.clock.now())
        await leader.market.book_tickers(None)
        await until(lambda: not leader.market.needs_fetch(shared.clock.now()))
        leader.feed.answers_pings = False
        await asyncio.sleep(0.05)
        shared.clock.advance(5)
        assert leader.market.needs_fetch(shared.clock.now())


async def test_a_price_for_after_the_arrival_is_fetched_although_a_stream_is_proved() -> None:
    shared = Shared()
    leader = Process(shared, leads=True)
    async with running(leader):
        await leader.go_live()
        calls = shared.exchange.book_tickers_calls
        await leader.market.book_tickers(shared.clock.now() - 1)
        assert shared.exchange.book_tickers_calls == calls
        await leader.market.book_tickers(None)
        assert shared.exchange.book_tickers_calls == calls + 1
        assert leader.market.routes_in_memory(None, shared.clock.now()) is None


def is_served_as_fresh(process: Process, bid: str) -> bool:
    routes = process.routes()
    books = None if routes is None else routes.market.book_tickers
    if books is None or "BTC/USDT" in books.held_back or books.observed_at_of("BTC/USDT") < books.observed_at:
        return False
    return str(books.by_symbol["BTC/USDT"].bid) == bid


@pytest.mark.parametrize("confirm_after_seconds", [0.02, 3600.0])
async def test_a_dead_symbol_whose_price_jumps_is_never_served_as_fresh_and_is_resubscribed(
    confirm_after_seconds: float,
) -> None:
    """Its new price is held back at first, which must not hide that it has stopped."""
    shared = Shared()
    shared.limits = replace(LIMITS, max_jump_percent=20, confirm_after_seconds=confirm_after_seconds)
    leader = Process(shared, leads=True)
    async with running(leader):
        await leader.go_live()
        await until(lambda: is_served_as_fresh(leader, "10"))
        shared.exchange.trade({"BTC/USDT": ("15", "16"), "ETH/USDT": ("2", "3")})
        await leader.market.book_tickers(None)
        for _ in range(20):
            assert not is_served_as_fresh(leader, "10")
            shared.clock.advance(1)
            await asyncio.sleep(0.02)
        await until(lambda: leader.feed.connections[0].resubscribed == ["BTC/USDT"])
        await leader.market.book_tickers(None)  # the second look confirms it
        await until(lambda: leader.bid() == "15")
    await leader.market.close()


async def test_a_live_symbol_of_which_one_fetch_shows_a_jump_is_served_as_soon_as_it_streams() -> None:
    shared = Shared()
    shared.limits = replace(LIMITS, max_jump_percent=20, confirm_after_seconds=3600)
    leader = Process(shared, leads=True)
    async with running(leader):
        await leader.go_live()
        await until(lambda: "binance" in leader.meter.streamed)
        shared.exchange.trade({"BTC/USDT": ("15", "16"), "ETH/USDT": ("2", "3")})
        await leader.market.book_tickers(None)
        leader.feed.push("BTC/USDT", "10.5", "11", 1)
        await until(lambda: is_served_as_fresh(leader, "10.5"))
    await leader.market.close()
