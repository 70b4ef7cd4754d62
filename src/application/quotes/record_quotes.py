"""Record quotes because somebody asks for them now: of one pair, or of every tracked one."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from application.quotes.record_by_hand import RecordByHand
from domain.pair import Pair
from domain.quotes.errors import NotQuoted, QuoteUnavailable
from domain.quotes.quote import RecordedQuote


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was recorded, in the order of the pairs, and why the other pairs were not."""

    quotes: list[RecordedQuote]
    skipped: dict[str, str]


class RecordQuotes:
    """`tracked` are the pairs that are recorded each hour."""

    def __init__(self, record: RecordByHand, tracked: Sequence[Pair]) -> None:
        self._record = record
        self._tracked = tuple(tracked)

    async def __call__(self, pair: Pair | None) -> Recorded:
        """Record the pair, or every tracked pair that can be.

        Raises `NotQuoted` or `QuoteUnavailable` when nothing could be recorded, and `DatabaseUnavailable`.
        """
        if pair is not None:
            return Recorded([await self._record(pair)], {})
        outcomes = await asyncio.gather(*(self._record_or_not(each) for each in self._tracked))
        quotes = [outcome for outcome in outcomes if isinstance(outcome, RecordedQuote)]
        failures = [outcome for outcome in outcomes if isinstance(outcome, NotQuoted | QuoteUnavailable)]
        if failures and not quotes:
            # What may come yet is told before what will not.
            raise next((each for each in failures if isinstance(each, QuoteUnavailable)), failures[0])
        return Recorded(quotes, {failure.pair: str(failure) for failure in failures})

    async def _record_or_not(self, pair: Pair) -> RecordedQuote | NotQuoted | QuoteUnavailable:
        try:
            return await self._record(pair)
        except (NotQuoted, QuoteUnavailable) as failure:
            return failure
