"""One leader at a time, in Redis and in the fake."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from adapters.memory.single_process import SingleProcessLeader
from adapters.redis.connection import redis_connection
from adapters.redis.keys import DEFAULT_PREFIX, key_prefix
from adapters.redis.leader_election import RedisLeaderElection
from application.market_data.ports.leader_election import LeaderElection
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.sharing import FakeLeaderElection, FakeLease

SOURCES = {"binance": "https://binance.example"}
LEASE_SECONDS = 0.4


class LeadershipContract(ABC):
    """`pair` are two processes, neither of which has led."""

    @pytest.fixture
    @abstractmethod
    def pair(self) -> tuple[LeaderElection, LeaderElection]: ...

    @abstractmethod
    async def pass_seconds(self, seconds: float) -> None:
        """Let this much time pass for the leases."""

    async def test_the_first_candidate_leads_and_the_other_learns_for_how_long(
        self, pair: tuple[LeaderElection, LeaderElection]
    ) -> None:
        one, other = pair
        assert await one.acquire(LEASE_SECONDS) == 0
        assert await other.acquire(LEASE_SECONDS) == pytest.approx(LEASE_SECONDS, abs=0.2)

    async def test_a_leader_that_renews_its_lease_in_time_keeps_leading(
        self, pair: tuple[LeaderElection, LeaderElection]
    ) -> None:
        one, other = pair
        for _ in range(3):
            assert await one.acquire(LEASE_SECONDS) == 0
            await self.pass_seconds(LEASE_SECONDS * 0.6)
        assert await other.acquire(LEASE_SECONDS) > 0

    async def test_a_leader_that_does_not_renew_loses_its_lease(
        self, pair: tuple[LeaderElection, LeaderElection]
    ) -> None:
        one, other = pair
        await one.acquire(LEASE_SECONDS)
        await self.pass_seconds(LEASE_SECONDS * 1.1)
        assert await other.acquire(LEASE_SECONDS) == 0
        assert await one.acquire(LEASE_SECONDS) > 0

    async def test_only_the_leader_can_step_down_and_then_another_leads_at_once(
        self, pair: tuple[LeaderElection, LeaderElection]
    ) -> None:
        one, other = pair
        await one.acquire(LEASE_SECONDS)
        await other.step_down()
        assert await other.acquire(LEASE_SECONDS) > 0
        await one.step_down()
        assert await other.acquire(LEASE_SECONDS) == 0


class TestFakeLeadership(LeadershipContract):
    clock = FakeClock()

    @pytest.fixture
    def pair(self) -> tuple[LeaderElection, LeaderElection]:
        lease = FakeLease(self.clock)
        return FakeLeaderElection(lease), FakeLeaderElection(lease)

    async def pass_seconds(self, seconds: float) -> None:
        self.clock.advance(seconds)


class TestRedisLeadership(LeadershipContract):
    @pytest.fixture
    async def pair(self, application_redis_url: str) -> AsyncIterator[tuple[LeaderElection, LeaderElection]]:
        async with redis_connection(application_redis_url) as link:
            yield RedisLeaderElection(link, SOURCES), RedisLeaderElection(link, SOURCES)

    async def pass_seconds(self, seconds: float) -> None:
        await asyncio.sleep(seconds)  # Redis uses its own clock, which a test cannot set

    async def test_processes_with_other_urls_have_a_leader_of_their_own(self, application_redis_url: str) -> None:
        async with redis_connection(application_redis_url) as link:
            assert await RedisLeaderElection(link, SOURCES).acquire(60) == 0
            assert await RedisLeaderElection(link, {"binance": "http://127.0.0.1:8090"}).acquire(60) == 0

    @pytest.mark.parametrize("kind", ["a text that never expires", "a list"])
    async def test_a_damaged_key_prevents_nobody_from_leading(self, redis_url: str, kind: str) -> None:
        key = key_prefix(DEFAULT_PREFIX, "leader", repr(sorted(SOURCES.items())))
        async with redis_connection(redis_url) as link, Redis.from_url(redis_url) as redis:
            await (redis.lpush(key, "x") if kind == "a list" else redis.set(key, "x"))
            leader_election = RedisLeaderElection(link, SOURCES)
            await leader_election.step_down()
            assert await leader_election.acquire(60) == 0


async def test_a_single_process_leads() -> None:
    alone = SingleProcessLeader()
    assert await alone.acquire(1) == 0
    await alone.step_down()
    assert await alone.acquire(1) == 0
