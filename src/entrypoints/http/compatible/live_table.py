"""Rates of exchanges for the clients of other services, which cannot say how old a price may be."""

from collections.abc import Sequence

from aiohttp import web

from application.rates.tabulate_rates import RateTable
from domain.currency import Currency
from domain.rates.book import RateType
from entrypoints.http.rates.batch_routes import BATCH_LIMIT, LINES_PER_REQUEST
from entrypoints.http.rates.table_routes import TABULATE_RATES
from entrypoints.http.server.rate_limiting import count_as

# As fresh as these services promise.
MOST_SECONDS = 60


async def live_table(request: web.Request, base: Currency, symbols: Sequence[Currency] | None) -> RateTable:
    """Return the mid rates of `base` in `symbols`; None as `symbols` are all currencies.

    Rates of a table that is not in memory count against the rate limit. Raises what a conversion raises if there is no
    rate at all.
    """
    with request.app[BATCH_LIMIT]:
        table, is_new = await request.app[TABULATE_RATES](base, symbols, RateType.MID, MOST_SECONDS)
        if is_new:
            await count_as(request, -(-(len(table.rates) + len(table.unpriced)) // LINES_PER_REQUEST))
    return table
