"""Those who wait for the same value, who have it fetched or read together."""

import asyncio
from typing import Protocol

from application.market_data.fetch_coordinator import Seeker
from application.market_data.ports.fetch_lock import Payload


class Source(Protocol):
    """Where the value comes from, which a round seeks for those who wait."""

    payload: Payload

    def known(self, not_before: float, waited_for: int | None) -> int | None:
        """Return the fetch whose value, and any earlier one, is of no use to someone who asks for `not_before`."""
        ...

    async def read(self, number: int, begun: int | None) -> None:
        """Take what the cache keeps, of fetch `number` or later: `begun` in this process' count, None: unknown."""
        ...

    def young(self, not_before: float | None, since: int) -> object | None:
        """Return the value in hand if it will do for who asked for `not_before` when `since` fetches had begun."""
        ...

    async def fetch(self, number: int, round_: "Round") -> bool:
        """Fetch it, and end the round; return whether the cache keeps it. Raises `ExchangeUnavailable`."""
        ...

    def ended(self, round_: "Round") -> None:
        """Let whoever comes from now on begin another round."""
        ...


class Round(Seeker):
    """All who wait for the same value. `not_before` is that of the strictest; `ended` is done when they can look."""

    def __init__(self, source: Source, not_before: float) -> None:
        self.not_before = not_before
        self.begun = 0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._source = source

    @property
    def payload(self) -> Payload:
        """What it is a value of."""
        return self._source.payload

    def known(self, waited_for: int | None) -> int | None:
        """Return the fetch that is of no use to the strictest."""
        return self._source.known(self.not_before, waited_for)

    async def read(self, number: int, waited_for: int | None) -> bool:
        """Take what the cache keeps; what was begun after they came will do for all of them, however old."""
        is_later = waited_for is not None and number > waited_for
        await self._source.read(number, self.begun if is_later else None)
        return self._source.young(self.not_before, self.begun - 1) is not None

    async def fetch(self, number: int) -> bool:
        """Fetch the value, and wake them before the cache has it."""
        return await self._source.fetch(number, self)

    def end(self, task: asyncio.Task[None] | None = None) -> None:
        """Wake those who wait: the value is in hand, or the task has ended, however it did."""
        self._source.ended(self)
        if self.ended.done():
            return
        if task is None:
            self.ended.set_result(None)
        elif task.cancelled():
            self.ended.cancel()
        elif (error := task.exception()) is not None:
            self.ended.set_exception(error)
            self.ended.exception()  # looked at, even when every caller has gone away
        else:
            self.ended.set_result(None)
