"""Claims in memory, which stand in for the others in tests too, and in Redis."""

import time
from collections.abc import AsyncIterator

import pytest

from adapters.memory.claims import MemoryClaims
from adapters.redis.claims import RedisClaims
from adapters.redis.link import RedisLink, redis_link
from application.ports.claims import Claims
from domain.errors import CacheUnavailable
from tests.contracts.claims_contract import ClaimsContract
from tests.unit.fakes.clock import FakeClock


class TestMemoryClaims(ClaimsContract):
    @pytest.fixture
    def claims(self) -> Claims:
        return MemoryClaims(FakeClock())

    async def test_a_claim_ends_by_itself(self) -> None:
        clock = FakeClock()
        claims = MemoryClaims(clock)
        await claims.claim("a", 60)
        clock.advance(59)
        assert not await claims.claim("a", 60)
        clock.advance(1)
        assert await claims.claim("a", 60)


class TestRedisClaims(ClaimsContract):
    @pytest.fixture
    async def link(self, redis_url: str) -> AsyncIterator[RedisLink]:
        async with redis_link(redis_url) as link:
            yield link

    @pytest.fixture
    def claims(self, link: RedisLink) -> Claims:
        return RedisClaims(link)

    async def test_a_claim_ends_by_itself(self, claims: Claims) -> None:
        assert await claims.claim("a", 0.05)
        deadline = time.monotonic() + 5
        while not await claims.claim("a", 60):
            assert time.monotonic() < deadline, "it never ended"

    async def test_nobody_gives_up_what_another_holds(self, link: RedisLink, claims: Claims) -> None:
        other = RedisClaims(link)
        await claims.claim("a", 60)
        await other.release("a")
        assert not await other.claim("a", 60)

    async def test_a_redis_that_does_not_answer_is_told_as_such(self) -> None:
        async with redis_link("redis://127.0.0.1:1/0") as link:
            claims = RedisClaims(link)
            with pytest.raises(CacheUnavailable):
                await claims.claim("a", 1)
            with pytest.raises(CacheUnavailable):
                await claims.release("a")
