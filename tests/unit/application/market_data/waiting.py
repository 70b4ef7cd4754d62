"""Waiting for things to happen, in steps of the event loop and never in seconds."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from domain.rates.errors import ExchangeUnavailable

T = TypeVar("T")


async def started(*coroutines: Coroutine[Any, Any, T]) -> list[asyncio.Task[T]]:
    """Start them all, and let each go on until it waits for something outside."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    await settled()
    return tasks


async def settled() -> None:
    """Let everything go on until it waits for something outside."""
    for _ in range(20):
        await asyncio.sleep(0)


async def answers(tasks: list[asyncio.Task[T]]) -> list[T]:
    async with asyncio.timeout(5):
        return [await task for task in tasks]


async def failures(tasks: list[asyncio.Task[T]]) -> list[ExchangeUnavailable]:
    async with asyncio.timeout(5):
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    found = [outcome for outcome in outcomes if isinstance(outcome, ExchangeUnavailable)]
    assert len(found) == len(tasks)
    return found
