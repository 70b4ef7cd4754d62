"""Record quotes on request: of one pair, or of all tracked pairs."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from application.quotes.record_on_request import RecordOnRequest
from domain.errors import CrossrateError
from domain.pair import Pair
from domain.quotes.errors import NotQuoted, QuoteUnavailable
from domain.quotes.quote import RecordedQuote


@dataclass(frozen=True, slots=True)
class Recorded:
    """The recorded quotes, in the order of the pairs. `skipped` maps the other pairs to the reason."""

    quotes: list[RecordedQuote]
    skipped: dict[str, str]


class RecordQuotes:
    """`tracked` are the pairs that are recorded each hour."""

    def __init__(self, record: RecordOnRequest, tracked: Sequence[Pair]) -> None:
        self._record = record
        self._tracked = tuple(tracked)

    async def __call__(self, pair: Pair | None) -> Recorded:
        """Record the pair; for None, every tracked pair that has a rate.

        Raises `NotQuoted` or `QuoteUnavailable` if nothing could be recorded, and `DatabaseUnavailable`.
        """
        if pair is not None:
            return Recorded([await self._record(pair)], {})
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._record_or_failure(each)) for each in self._tracked]
        outcomes = [task.result() for task in tasks]
        quotes = [outcome for outcome in outcomes if isinstance(outcome, RecordedQuote)]
        skipped = [outcome for outcome in outcomes if isinstance(outcome, NotQuoted | QuoteUnavailable)]
        other = [each for each in outcomes if isinstance(each, CrossrateError) and each not in skipped]
        if other:
            raise other[0]
        if skipped and not quotes:
            # Prefer a temporary failure, so that the caller retries.
            raise next((each for each in skipped if isinstance(each, QuoteUnavailable)), skipped[0])
        return Recorded(quotes, {failure.pair: str(failure) for failure in skipped})

    async def _record_or_failure(self, pair: Pair) -> RecordedQuote | CrossrateError:
        try:
            return await self._record(pair)
        except CrossrateError as failure:  # not raised, because the task group would cancel the others
            return failure
