"""A key has its places, and no more."""

import asyncio

import pytest

from application.concurrency.bulkhead import Bulkhead
from domain.errors import TooManyRequests


async def test_a_key_has_so_many_places_and_others_have_theirs() -> None:
    bulkhead = Bulkhead(places=2, wait_seconds=0.02)
    async with bulkhead.hold("ada"), bulkhead.hold("ada"):
        with pytest.raises(TooManyRequests, match="in progress"):
            async with bulkhead.hold("ada"):
                pass
        async with bulkhead.hold("grace"):
            pass
    async with bulkhead.hold("ada"):
        pass


async def test_whoever_waits_gets_the_place_that_becomes_free() -> None:
    bulkhead, may_go_on = Bulkhead(places=1, wait_seconds=5.0), asyncio.Event()
    order: list[str] = []

    async def take(name: str) -> None:
        async with bulkhead.hold("ada"):
            order.append(name)
            await may_go_on.wait()

    async with asyncio.TaskGroup() as group:
        for name in ("first", "second"):
            group.create_task(take(name))
        await asyncio.sleep(0.01)
        assert order == ["first"]
        may_go_on.set()
    assert order == ["first", "second"]


async def test_a_cancelled_caller_keeps_no_place() -> None:
    bulkhead = Bulkhead(places=1, wait_seconds=5.0)
    async with bulkhead.hold("ada"):
        waiting = asyncio.create_task(bulkhead.hold("ada").__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
    async with asyncio.timeout(1), bulkhead.hold("ada"):
        pass
