"""Streamed updates among the processes of one test."""

import asyncio

from application.market_data.ports.streamed_updates import OnStreamed, StreamedUpdate, StreamedUpdates


class FakeStreamedUpdates(StreamedUpdates):
    """Passes each update on to all subscribers, except for those that it is told to lose."""

    def __init__(self) -> None:
        self._subscribers: list[OnStreamed] = []
        self._to_lose = 0

    def lose(self, updates: int) -> None:
        self._to_lose = updates

    async def publish(self, update: StreamedUpdate) -> None:
        if self._to_lose and not update.is_whole:
            self._to_lose -= 1
            return
        for each in self._subscribers:
            await each(update)

    async def subscribe(self, on_update: OnStreamed) -> None:
        self._subscribers.append(on_update)
        try:
            await asyncio.Event().wait()
        finally:
            self._subscribers.remove(on_update)
