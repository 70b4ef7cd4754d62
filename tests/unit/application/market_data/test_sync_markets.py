"""One process keeps the markets fresh for all, whatever fails: other processes, exchanges or the cache."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from application.market_data import sync_markets
from application.market_data.market_data import MarketData
from application.market_data.ports.exchange import Usage
from application.market_data.sync_markets import LEASE_INTERVALS, LISTING_MAX_AGE_SECONDS, SyncMarkets, SyncRole
from domain.rates.errors import FailureReason
from tests.unit.application.market_data.builders import market_data_of
from tests.unit.application.market_data.waiting import settled, started
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.exchange import FakeExchange, failure
from tests.unit.fakes.fetch_lock import FakeFetchLock
from tests.unit.fakes.market_cache import FakeMarketCache
from tests.unit.fakes.meter import FakeMeter
from tests.unit.fakes.sharing import FakeLeaderElection, FakeLease, FakeMarketUpdates

INTERVAL_SECONDS = 5.0


class Process:
    """One process of several: its markets and its sync."""

    def __init__(self, others: "Processes", interval_seconds: float) -> None:
        self.clock = others.clock
        self.market_updates = FakeMarketUpdates()
        self.meter = FakeMeter()
        self.markets: dict[str, MarketData] = {
            exchange.name: market_data_of(exchange, others.cache, others.fetch_lock, others.clock)
            for exchange in (others.binance, others.kucoin)
        }
        self.sync = SyncMarkets(
            markets=self.markets,
            leader_election=FakeLeaderElection(others.lease),
            market_updates=self.market_updates,
            clock=others.clock,
            meter=self.meter,
            interval_seconds=interval_seconds,
        )

    async def tick(self) -> float:
        """Tick once, and let the refreshes that it started go as far as they can."""
        seconds = await self.sync.tick()
        for _ in range(4):  # for two exchanges whose lists and prices are each compared in turns
            await settled()
        return seconds

    def holds(self, not_before: float) -> bool:
        """Tell whether both markets are in memory, and no older."""
        return all(
            market.routes_in_memory(not_before, self.clock.now()) is not None for market in self.markets.values()
        )


class Processes:
    """Several that share a cache, a fetch lock and a leader's lease, and call the same two exchanges."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.cache = FakeMarketCache()
        self.fetch_lock = FakeFetchLock(self.clock)
        self.lease = FakeLease(self.clock)
        self.binance = FakeExchange("binance", self.clock, {"BTC/USDT": ("99", "101")})
        self.kucoin = FakeExchange("kucoin", self.clock, {"KCS/USDT": ("9", "11")})
        self.started: list[Process] = []

    def start(self, interval_seconds: float = INTERVAL_SECONDS) -> Process:
        self.started.append(Process(self, interval_seconds))
        return self.started[-1]


@pytest.fixture
async def processes(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Processes]:
    monkeypatch.setattr(sync_markets, "STAGGER_SECONDS", 0.0)
    processes = Processes()
    yield processes
    for exchange in (processes.binance, processes.kucoin):
        exchange.release()
    for process in processes.started:
        for market in process.markets.values():
            await market.close()


async def test_the_leader_fetches_every_market_each_interval_and_others_load_what_it_fetched(
    processes: Processes,
) -> None:
    leader, follower = processes.start(), processes.start()
    for beat in range(3):
        assert await leader.tick() == INTERVAL_SECONDS
        await follower.tick()
        assert leader.holds(processes.clock.now())
        assert follower.holds(processes.clock.now())
        assert [processes.binance.book_tickers_calls, processes.kucoin.book_tickers_calls] == [beat + 1] * 2
        processes.clock.advance(INTERVAL_SECONDS)
    assert (leader.sync.role, follower.sync.role) == (SyncRole.LEADER, SyncRole.FOLLOWER)
    assert (processes.binance.instruments_calls, processes.kucoin.instruments_calls) == (1, 1)


async def test_refreshes_are_staggered_so_that_no_request_waits_for_both(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_markets, "STAGGER_SECONDS", 0.5)
    leader = processes.start()
    await leader.tick()
    assert (processes.binance.book_tickers_calls, processes.kucoin.book_tickers_calls) == (1, 0)
    async with asyncio.timeout(5):
        while not leader.holds(NOON):  # noqa: ASYNC110 -- the sync tells nobody
            await asyncio.sleep(0.01)
    assert (processes.binance.book_tickers_calls, processes.kucoin.book_tickers_calls) == (1, 1)


async def test_instruments_are_fetched_long_before_a_conversion_would_fetch_them(processes: Processes) -> None:
    leader = processes.start()
    for _ in range(20):
        await leader.tick()
        processes.clock.advance(INTERVAL_SECONDS)
        instruments = leader.markets["binance"].instruments_in_memory(processes.clock.now())
        assert instruments is not None
        assert processes.clock.now() - instruments.observed_at <= LISTING_MAX_AGE_SECONDS + 2 * INTERVAL_SECONDS
    assert processes.binance.instruments_calls == 3


async def test_a_follower_loads_every_published_update(processes: Processes) -> None:
    leader, follower = processes.start(), processes.start(interval_seconds=0)
    running = asyncio.create_task(follower.sync.run())
    await leader.tick()
    assert not follower.holds(NOON)
    for exchange in ("binance", "kucoin"):
        follower.market_updates.published.put_nowait(exchange)
    await started()
    assert follower.holds(NOON)
    assert follower.sync.role is SyncRole.OFF
    running.cancel()
    await asyncio.wait([running])
    assert processes.binance.calls == 2


async def test_when_the_leader_dies_another_leads_as_soon_as_its_lease_expires(processes: Processes) -> None:
    leader, follower = processes.start(), processes.start()
    await leader.tick()
    processes.clock.advance(INTERVAL_SECONDS - 0.1)
    assert await follower.tick() == pytest.approx((LEASE_INTERVALS - 1) * INTERVAL_SECONDS + 0.1)
    processes.clock.advance((LEASE_INTERVALS - 1) * INTERVAL_SECONDS + 0.1)
    await follower.tick()
    assert follower.sync.role is SyncRole.LEADER
    assert follower.holds(processes.clock.now())
    await leader.tick()
    assert leader.sync.role is SyncRole.FOLLOWER
    assert (leader.meter.leads, follower.meter.leads) == (False, True)


async def test_a_leader_that_is_stopped_steps_down_and_cancels_its_refreshes(processes: Processes) -> None:
    leader, follower = processes.start(), processes.start()
    processes.binance.hold()
    running = asyncio.create_task(leader.sync.run())
    await started()
    assert (leader.sync.role, processes.binance.calls) == (SyncRole.LEADER, 1)
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()
    await follower.tick()
    assert follower.sync.role is SyncRole.LEADER


async def test_an_exchange_that_hangs_delays_no_other_and_gets_one_call_until_it_answers(
    processes: Processes,
) -> None:
    leader = processes.start()
    processes.binance.hold()
    for _ in range(3):
        await leader.tick()
        processes.clock.advance(INTERVAL_SECONDS)
    assert (processes.binance.calls, processes.kucoin.book_tickers_calls) == (1, 3)
    processes.binance.release()
    await started()
    await leader.tick()
    assert leader.markets["binance"].routes_in_memory(processes.clock.now(), processes.clock.now()) is not None


async def test_a_failure_for_prices_stops_neither_the_instruments_nor_the_other_exchange(
    processes: Processes,
) -> None:
    leader = processes.start()
    processes.binance.fail_next(failure("binance"))
    await leader.tick()
    assert (processes.binance.instruments_calls, processes.binance.book_tickers_calls) == (1, 1)
    assert leader.markets["kucoin"].routes_in_memory(NOON, processes.clock.now()) is not None
    processes.clock.advance(INTERVAL_SECONDS)
    await leader.tick()
    assert leader.holds(processes.clock.now())


async def test_the_sync_does_not_call_an_exchange_during_a_pause_either(processes: Processes) -> None:
    leader = processes.start()
    pause = failure("binance", FailureReason.RATE_LIMITED, is_transient=False, retry_after_seconds=12)
    processes.binance.fail_next(pause)
    for _ in range(3):
        await leader.tick()
        processes.clock.advance(INTERVAL_SECONDS)
    assert processes.binance.calls == 1
    await leader.tick()
    assert processes.binance.calls == 3


async def test_an_exchange_whose_rate_limit_is_nearly_used_up_is_called_every_second_tick_and_that_is_logged_once(
    processes: Processes,
) -> None:
    leader = processes.start()
    await leader.tick()
    processes.binance.reported_usage = Usage(
        used=4800, limit=6000, until=processes.clock.now() + 8.5 * INTERVAL_SECONDS
    )
    with capture_logs() as logs:
        for _ in range(8):
            processes.clock.advance(INTERVAL_SECONDS)
            await leader.tick()
        assert (processes.binance.book_tickers_calls, processes.kucoin.book_tickers_calls) == (5, 9)
        for _ in range(2):
            processes.clock.advance(INTERVAL_SECONDS)
            await leader.tick()
        assert processes.binance.book_tickers_calls == 7
    logged = [entry for entry in logs if entry["event"].startswith("throttle")]
    assert [(entry["event"], entry["exchange"]) for entry in logged] == [
        ("throttle_engaged", "binance"),
        ("throttle_released", "binance"),
    ]


async def test_where_nothing_can_be_shared_each_process_fetches_for_itself(processes: Processes) -> None:
    processes.lease.is_down = processes.fetch_lock.is_down = processes.cache.is_down = True
    first, second = processes.start(), processes.start()
    for process in (first, second):
        await process.tick()
        assert process.sync.role is SyncRole.LEADER
        assert process.holds(NOON)
    assert processes.binance.book_tickers_calls == 2
    running = asyncio.create_task(first.sync.run())
    await started()
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()


async def test_unexpected_exceptions_end_neither_the_ticks_nor_the_subscription(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_markets, "RESTART_AFTER_SECONDS", 0.01)
    process = processes.start(interval_seconds=0.02)
    process.market_updates.fault = ZeroDivisionError("ours")
    processes.binance.fail_next(ZeroDivisionError("ours"), ZeroDivisionError("ours"))
    running = asyncio.create_task(process.sync.run())
    with capture_logs():  # writing so many tracebacks would take seconds
        async with asyncio.timeout(10):
            while not process.holds(NOON):  # noqa: ASYNC110 -- nothing tells of it
                await asyncio.sleep(0.01)
            process.market_updates.published.put_nowait("nowhere")  # an error in the subscription
            process.market_updates.published.put_nowait("kucoin")
            while not process.market_updates.published.empty():  # noqa: ASYNC110 -- nothing tells of it
                await asyncio.sleep(0.01)
    assert not running.done()
    running.cancel()
    await asyncio.wait([running])
