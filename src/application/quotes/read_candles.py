"""Compute candles from a pair's recorded rates."""

from application.concurrency.cooperative import begin_slice, slice_is_over, yield_to_event_loop
from application.ports.clock import Clock
from application.ports.database import Database
from application.quotes.ports.repositories import QuotesRepositories
from domain.pair import Pair
from domain.quotes.candle import Candle, Candles, Interval
from domain.quotes.errors import InvalidPeriod

MAX_CANDLES = 1000
DEFAULT_CANDLES = 100


class ReadCandles:
    """Computes candles from the summaries of their hours, so any number of quotes takes the same time."""

    def __init__(self, database: Database[QuotesRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(
        self, pair: Pair, interval: Interval, *, source: str | None, since: int | None, until: int | None
    ) -> list[Candle]:
        """Return the candles from `since` (inclusive) to `until` (exclusive), Unix seconds widened to whole candles.

        By default `until` is now and `since` is 100 candles earlier. Raises `InvalidPeriod` for a period that is empty
        or longer than 1000 candles, and `DatabaseUnavailable`.
        """
        length = interval.seconds
        end = -(-(int(self._clock.now()) + 1 if until is None else until) // length) * length
        start = end - DEFAULT_CANDLES * length if since is None else since // length * length
        if start >= end:
            raise InvalidPeriod("must be before the end of the period")
        if end - start > MAX_CANDLES * length:
            raise InvalidPeriod(f"must be at most {MAX_CANDLES} candles before the end of the period")
        candles = Candles(interval)
        begin_slice()
        async with self._database.reading() as unit:
            async for summary in unit.quotes.stream_hours(pair, source, start, end):
                if slice_is_over():
                    await yield_to_event_loop()
                candles.add(summary)
        return await _made(candles)


async def _made(candles: Candles) -> list[Candle]:
    made: list[Candle] = []
    for candle in candles:
        if slice_is_over():
            await yield_to_event_loop()
        made.append(candle)
    return made
