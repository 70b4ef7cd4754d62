"""Record a quote because somebody asks for one now."""

import asyncio
from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from functools import partial

from application.concurrency.lease import try_lease
from application.concurrency.ports.leases import CLOCK_TOLERANCE_SECONDS
from application.concurrency.single_flight import SingleFlight
from application.ports.clock import Clock
from application.ports.database import Database
from application.quotes.ask_sources import AskSources
from application.quotes.ports.quote_meter import QuoteMeter
from application.quotes.ports.repositories import RecordingRepositories
from domain.pair import Pair
from domain.quotes.errors import QuoteUnavailable, SourceUnavailable
from domain.quotes.quote import RecordedQuote
from domain.rates.errors import FailureReason

# Who came no later than this after what was recorded came at the same time, as far as Unix seconds tell.
AT_ONCE_SECONDS = 1

# For the sources' answers, each within its own bounds; a process that dies meanwhile keeps others waiting for as long.
LONGEST_RECORDING_SECONDS = 15.0
GLANCE_SECONDS = 0.05


class RecordByHand:
    """However many ask for a pair at once, in however many processes, its sources are asked once and one quote is kept.

    A failure is shared like a quote, by those who wait in this process.
    """

    def __init__(
        self,
        *,
        ask: AskSources,
        database: Database[RecordingRepositories],
        clock: Clock,
        meter: QuoteMeter,
        tracked: Collection[Pair],
    ) -> None:
        """`meter` is told of the pairs that are tracked: whatever else is asked for would be a metric each."""
        self._ask = ask
        self._database = database
        self._clock = clock
        self._meter = meter
        self._tracked = frozenset(tracked)
        self._recordings: SingleFlight[Pair, RecordedQuote] = SingleFlight()

    async def __call__(self, pair: Pair) -> RecordedQuote:
        """Return what was recorded. Raises `NotQuoted`, `QuoteUnavailable` and `DatabaseUnavailable`."""
        return await self._recordings.run(pair, partial(self._record, pair))

    async def close(self) -> None:
        """End the recordings in flight."""
        await self._recordings.close()

    async def _record(self, pair: Pair) -> RecordedQuote:
        try:
            async with asyncio.timeout(LONGEST_RECORDING_SECONDS):
                return await self._when_it_is_our_turn(pair, came_at=self._clock.now())
        except TimeoutError as error:
            late = SourceUnavailable("crossrate", FailureReason.TIMEOUT, "recording it has been under way for too long")
            raise QuoteUnavailable(str(pair), {late.source: late}, {}) from error

    async def _when_it_is_our_turn(self, pair: Pair, came_at: float) -> RecordedQuote:
        while True:
            recorded = await self._recorded_since(pair, came_at)
            if recorded is not None:
                return recorded
            async with self._claimed(pair) as is_ours:
                if is_ours:
                    # Once more, since another may have ended between the look and the claim.
                    return await self._recorded_since(pair, came_at) or await self._ask_and_keep(pair)
            await asyncio.sleep(GLANCE_SECONDS)

    def _claimed(self, pair: Pair) -> AbstractAsyncContextManager[bool]:
        return try_lease(self._database, self._clock, f"record:{pair}", LONGEST_RECORDING_SECONDS)

    async def _recorded_since(self, pair: Pair, came_at: float) -> RecordedQuote | None:
        async with self._database.reading() as unit:
            last = await unit.quotes.find_last_by_hand(pair)
        if last is None:
            return None
        # One that was recorded long after now is of a clock that has been set since.
        is_shared = came_at - AT_ONCE_SECONDS <= last.recorded_at <= came_at + CLOCK_TOLERANCE_SECONDS
        return last if is_shared else None

    async def _ask_and_keep(self, pair: Pair) -> RecordedQuote:
        quote = await self._ask(pair, is_hourly=False)
        async with self._database.writing() as unit:
            recorded = await unit.quotes.add(quote, int(self._clock.now()))
        if pair in self._tracked:
            self._meter.quote_recorded(quote)
        return recorded
