"""Turns by every adapter keep the contract: in memory, in Redis, and the fake's."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.memory.turns import MemoryTurns
from adapters.redis.link import redis_link
from adapters.redis.turns import RedisTurns
from application.ports.turns import Turns
from tests.contracts.turns_contract import TurnsContract
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.turns import FakeTurns


class TestMemoryTurns(TurnsContract):
    clock = FakeClock()

    @pytest.fixture
    def turns(self) -> Turns:
        return MemoryTurns(self.clock)

    async def pass_seconds(self, seconds: float) -> None:
        self.clock.advance(seconds)


class TestFakeTurns(TestMemoryTurns):
    @pytest.fixture
    def turns(self) -> Turns:
        return FakeTurns(self.clock)


class TestRedisTurns(TurnsContract):
    @pytest.fixture
    async def turns(self, redis_url: str) -> AsyncIterator[Turns]:
        async with redis_link(redis_url) as link:
            turns = RedisTurns(link, {"binance": "https://binance.example", "kucoin": "https://kucoin.example"})
            turns.lease_seconds = 0.5
            yield turns

    async def pass_seconds(self, seconds: float) -> None:
        await asyncio.sleep(seconds)  # by Redis's own clock, which nobody can set
