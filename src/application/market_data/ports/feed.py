"""The port to an exchange's stream of best bids and asks."""

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

# A row that is dated further ahead of our clock is wrong, and would be the newest of its symbol until that time.
MOST_AHEAD_SECONDS = 60


class StreamedRow(NamedTuple):
    """The best prices of one symbol as the exchange sent them, sane or not.

    A later row of a symbol has a higher `sequence`. It starts again with a new connection. `told_at` is when the prices
    were true by the exchange's word, in Unix seconds; None where the stream as a whole proves them.
    """

    symbol: str
    bid: str
    ask: str
    sequence: int
    told_at: float | None = None


class Received(NamedTuple):
    """What one frame brought. Any frame shows that the connection is alive, also one without rows.

    `answered` is the number of the ping that the frame answers. `is_readable` is false for a frame that makes no sense.
    """

    rows: Sequence[StreamedRow] = ()
    answered: int | None = None
    is_readable: bool = True


class FeedConnection(Protocol):
    """One open connection. Each method raises `ExchangeUnavailable` once the connection is lost."""

    silence_seconds: float  # twice the exchange's ping interval: without any frame for so long, it is dead
    is_ending: bool  # whether the exchange has announced that it will close this connection
    delay_seconds: float  # so long the exchange may collect changes before it sends a row
    dates_per_second: int = 0  # unless the sequences of rows are Unix times, of which a second has so many
    resubscribes_all: bool  # whether `resubscribe` interrupts the rows of all symbols, whichever it is called with

    async def subscribe(self, symbols: Sequence[str]) -> Collection[str]:
        """Ask for the rows of these symbols; when the exchange has confirmed it, return those that it does not know.

        Of these no rows come, and the others are not concerned. Spaced as the exchange requires. Another task must call
        `receive` meanwhile. Raises `ExchangeUnavailable` if the exchange refuses, or does not answer in time.
        """
        ...

    async def resubscribe(self, symbols: Sequence[str]) -> Collection[str]:
        """End the subscription of these symbols and begin it anew, like `subscribe`."""
        ...

    async def ping(self, number: int) -> None:
        """Send a ping, which a later frame answers: whatever the exchange sent before it arrives before the answer."""
        ...

    async def receive(self) -> Received:
        """Wait for the next frame."""
        ...


class Feed(Protocol):
    """The streams of one exchange."""

    name: str  # the exchange's, in lower case, as the API spells it
    symbols_per_connection: int  # to so many symbols one connection may subscribe
    dates_rows: bool = False  # whether a price is true as of its row's `told_at`, and nothing proves it any longer

    def connected(self) -> AbstractAsyncContextManager[FeedConnection]:
        """Connect once, within a timeout. Entering raises `ExchangeUnavailable`, with any Retry-After."""
        ...
