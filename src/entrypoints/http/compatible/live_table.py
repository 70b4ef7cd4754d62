"""Rates of exchanges for the clients of other services, which cannot say how old a price may be."""

from collections.abc import Sequence
from decimal import Decimal

from aiohttp import web

from application.concurrency.cooperative import yield_to_event_loop
from application.rates.batch import ConversionLine, Outcome
from application.rates.tabulate_rates import RateTable
from domain.currency import Currency
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.errors import NotAllAnswered
from entrypoints.http.limits import BATCH_LIMIT
from entrypoints.http.rates.batch_routes import LINES_PER_REQUEST
from entrypoints.http.server.app_keys import CONTAINER
from entrypoints.http.server.long_answers import FEW_ROWS
from entrypoints.http.server.rate_limiting import count_as

# As fresh as these services promise.
MOST_SECONDS = 60

_ONE = Decimal(1)


async def live_table(request: web.Request, base: Currency, symbols: Sequence[Currency]) -> RateTable:
    """Return the mid rates of `base`.

    Rates of a table that is not in memory count against the rate limit. Raises what a conversion raises if there is no
    rate at all.
    """
    if len(symbols) > FEW_ROWS:
        await yield_to_event_loop()  # reading them has had a slice
    with request.app[BATCH_LIMIT]:
        table, is_new = await request.app[CONTAINER].rates().tabulate_rates()(base, symbols, RateType.MID, MOST_SECONDS)
        if is_new:
            await count_as(request, -(-(len(table.rates) + len(table.unpriced)) // LINES_PER_REQUEST))
    return table


async def live_conversions(
    request: web.Request, pairs: Sequence[tuple[Currency, Currency]], rate_type: RateType = RateType.MID
) -> list[Outcome]:
    """Return the conversion of one of each first into the second, or why there is none: all from one snapshot.

    Raises `ConversionUnavailable` if there is none at all and an exchange is to blame.
    """
    lines = [ConversionLine(_ONE, base, quote, None, rate_type, MOST_SECONDS) for base, quote in pairs]
    with request.app[BATCH_LIMIT]:
        await count_as(request, -(-len(lines) // LINES_PER_REQUEST))
        outcomes = await request.app[CONTAINER].rates().convert_many()(lines)
    if not any(isinstance(each, Conversion) for each in outcomes):
        failure = next((each for each in outcomes if isinstance(each, NotAllAnswered)), None)
        if failure is not None:
            try:
                raise failure
            finally:
                del failure, outcomes  # or this frame and the error, which refer to each other, would stay in memory
    return outcomes
