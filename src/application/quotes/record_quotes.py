"""Record quotes now: of one pair, or of every tracked one."""

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
    """The recorded quotes in the order of the pairs, and why each of the other pairs has none."""

    quotes: list[RecordedQuote]
    skipped: dict[str, str]


class RecordQuotes:
    """`tracked` are the pairs that are recorded each hour."""

    def __init__(self, record: RecordOnRequest, tracked: Sequence[Pair]) -> None:
        self._record = record
        self._tracked = tuple(tracked)

    async def __call__(self, pair: Pair | None) -> Recorded:
        """Record the pair, or every tracked pair that can be.

        Raises `NotQuoted` or `QuoteUnavailable` when nothing could be recorded, and `DatabaseUnavailable`.
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
            # Of several reasons the one that may pass: a caller may then retry.
            raise next((each for each in skipped if isinstance(each, QuoteUnavailable)), skipped[0])
        return Recorded(quotes, {failure.pair: str(failure) for failure in skipped})

    async def _record_or_failure(self, pair: Pair) -> RecordedQuote | CrossrateError:
        try:
            return await self._record(pair)
        except CrossrateError as failure:  # raised, it would cancel the others
            return failure
