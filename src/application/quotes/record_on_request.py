"""Record a quote on request."""

import asyncio
from collections.abc import Collection
from functools import partial

from application.concurrency.database_lease import try_lease
from application.concurrency.own_error import own_error
from application.concurrency.ports.leases import CLOCK_TOLERANCE_SECONDS
from application.concurrency.single_flight import SingleFlight
from application.ports.clock import Clock
from application.ports.database import Database
from application.quotes.ask_sources import AskSources
from application.quotes.ports.quote_meter import QuoteMeter
from application.quotes.ports.repositories import RecordingRepositories
from domain.errors import DatabaseUnavailable
from domain.pair import Pair
from domain.quotes.errors import NotQuoted, QuoteUnavailable, SourceUnavailable
from domain.quotes.quote import RecordedQuote
from domain.rates.errors import FailureReason

# `recorded_at` is a whole second: a quote recorded up to this long before a request may have been recorded after it.
RECORDED_AT_PRECISION_SECONDS = 1

# For all sources together, each of which has its own timeout; also the length of the lease, which a dead process keeps.
TIMEOUT_SECONDS = 15.0
POLL_SECONDS = 0.05


class RecordOnRequest:
    """Concurrent requests for a pair, in any number of processes, share one call to the sources and one quote.

    Requests in the same process share failures too.
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
        """Only `tracked` pairs are reported to `meter`: otherwise callers could create any number of metric series."""
        self._ask = ask
        self._database = database
        self._clock = clock
        self._meter = meter
        self._tracked = frozenset(tracked)
        self._recordings: SingleFlight[Pair, RecordedQuote] = SingleFlight()

    async def __call__(self, pair: Pair) -> RecordedQuote:
        """Return the recorded quote. Raises `NotQuoted`, `QuoteUnavailable` and `DatabaseUnavailable`."""
        try:
            return await self._recordings.run(pair, partial(self._record, pair))
        except (NotQuoted, QuoteUnavailable, DatabaseUnavailable) as error:
            raise own_error(error) from error

    async def close(self) -> None:
        """Cancel the recordings in flight."""
        await self._recordings.close()

    async def _record(self, pair: Pair) -> RecordedQuote:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return await self._share_or_record(pair, requested_at=self._clock.now())
        except TimeoutError as error:
            late = SourceUnavailable("crossrate", FailureReason.TIMEOUT, "recording it took too long")
            raise QuoteUnavailable(str(pair), {late.source: late}, {}) from error

    async def _share_or_record(self, pair: Pair, requested_at: float) -> RecordedQuote:
        while True:
            recorded = await self._recorded_since(pair, requested_at)
            if recorded is not None:
                return recorded
            async with try_lease(self._database, self._clock, f"record:{pair}", TIMEOUT_SECONDS) as is_ours:
                if is_ours:
                    # Another process may have recorded it and released the lease since the query above.
                    return await self._recorded_since(pair, requested_at) or await self._ask_and_store(pair)
            await asyncio.sleep(POLL_SECONDS)

    async def _recorded_since(self, pair: Pair, requested_at: float) -> RecordedQuote | None:
        async with self._database.reading() as unit:
            last = await unit.quotes.find_last_on_request(pair)
        if last is None:
            return None
        earliest = requested_at - RECORDED_AT_PRECISION_SECONDS
        latest = requested_at + CLOCK_TOLERANCE_SECONDS  # anything later is from before the clock was set back
        return last if earliest <= last.recorded_at <= latest else None

    async def _ask_and_store(self, pair: Pair) -> RecordedQuote:
        quote = await self._ask(pair, is_hourly=False)
        recorded = await self._database.write(lambda unit: unit.quotes.add(quote, int(self._clock.now())))
        if pair in self._tracked:
            self._meter.quote_recorded(quote)
        return recorded
