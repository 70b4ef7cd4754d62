"""The port through which one process tells the others what an exchange streams."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from domain.rates.book_tickers import Row


@dataclass(frozen=True, slots=True)
class StreamedUpdate:
    """What has changed of one exchange's streamed books, or all of them if it `is_whole`.

    Each publisher numbers its updates; a whole one has the number of the last update before it, whose state it is.
    `observed_at` and the times in `older` are in Unix seconds, as in `BookTickers`.
    """

    exchange: str
    publisher: str
    number: int
    observed_at: float
    rows: Sequence[Row] = field(repr=False)
    older: Mapping[str, float] = field(repr=False)
    is_whole: bool = False


OnStreamed = Callable[[StreamedUpdate], Awaitable[None]]


class StreamedUpdates(Protocol):
    """Updates may be lost, and are never repeated: a subscriber that misses one waits for the next whole one."""

    async def publish(self, update: StreamedUpdate) -> None:
        """Send it to all subscribers. Raises `CacheUnavailable`, within half a second."""
        ...

    async def subscribe(self, on_update: OnStreamed) -> None:
        """Call `on_update` with each update of a process of this installation, one after the other, until cancelled.

        After a lost connection it subscribes again. An exception from `on_update` ends the subscription.
        """
        ...
