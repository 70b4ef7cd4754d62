"""The rates that memory shows, for whoever must not cause a call to an exchange."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

from application.concurrency.cooperative import begin_slice, slice_is_over, yield_to_event_loop
from application.rates.convert import Convert
from application.rates.route_lookup import NEGATIVE_LISTING_MAX_AGE_SECONDS, RouteQuery
from domain.errors import CrossrateError
from domain.pair import Pair
from domain.rates.book import RateType
from domain.rates.conversion import Conversion

# Older prices say nothing of now. A sync fetches every few seconds.
MAX_AGE_SECONDS = 300

# Whoever asks gets what was found by then.
DEADLINE_SECONDS = 0.25

_ONE = Decimal(1)


def rate_in_memory(
    convert: Convert,
    pair: Pair,
    rate_type: RateType,
    max_age_seconds: float,
    listing_max_age_seconds: float = NEGATIVE_LISTING_MAX_AGE_SECONDS,
) -> Conversion | CrossrateError | None:
    """Return what converting one base brings by prices in memory, or why nothing; None if a look-up must decide."""
    arrival = convert.arrival()
    markets, not_before = convert.asked(None), arrival.at - max_age_seconds
    route = convert.memory.route(markets, pair.base, pair.quote, not_before, arrival.at)
    if route is None:
        query = RouteQuery(pair.base, pair.quote, not_before, arrival, listing_max_age_seconds)
        route = convert.memory.completed(query)
        if route is None:
            return convert.memory.why_none(markets, query)
    return Conversion.along(route, _ONE, rate_type)


class RatesInMemory:
    """The use case. `convert` must count nothing."""

    def __init__(self, *, convert: Convert) -> None:
        self._convert = convert

    async def __call__(self, pairs: Sequence[Pair]) -> list[Conversion]:
        """Return the mid rates of those pairs that have one in memory, in order, within a quarter of a second."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + DEADLINE_SECONDS
        found = []
        begin_slice()
        for pair in pairs:
            if slice_is_over():
                await yield_to_event_loop()
            outcome = self._rate(pair)
            if outcome is not None:
                found.append(outcome)
            if loop.time() > deadline:
                break
        return found

    def _rate(self, pair: Pair) -> Conversion | None:
        # No look-up follows, so listings may be as old as prices; and a bank has its rates while exchanges are down.
        outcome = rate_in_memory(self._convert, pair, RateType.MID, MAX_AGE_SECONDS, MAX_AGE_SECONDS)
        if isinstance(outcome, Conversion):
            return outcome
        route = self._convert.memory.at_bank(pair.base, pair.quote, self._convert.arrival())
        return None if route is None else Conversion.along(route, _ONE, RateType.MID)
