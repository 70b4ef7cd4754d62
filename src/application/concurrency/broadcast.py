"""Waking everyone who waits."""

import asyncio


class Broadcast:
    """Rings for those who wait at that moment; whoever comes later waits for the next time."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake all who wait."""
        self._event.set()
        self._event = asyncio.Event()

    async def heard(self, within_seconds: float) -> None:
        """Return when it rings, or when the time is over."""
        try:
            async with asyncio.timeout(within_seconds):
                await self._event.wait()
        except TimeoutError:
            return
