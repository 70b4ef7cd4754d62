"""`/api/v1/rates`: one currency in many others, as one answer."""

from collections.abc import Iterator
from dataclasses import dataclass

import orjson
from aiohttp import web
from cachetools import LRUCache

from application.concurrency.cooperative import begin_slice, slice_is_over, yield_to_event_loop
from application.ports.rate_limiter import Group
from application.rates.tabulate_rates import MOST_TABLES, RateTable
from domain.decimals import plain
from domain.identity.api_key import Scope
from domain.rates.conversion import Conversion
from entrypoints.http.limits import BATCH_LIMIT
from entrypoints.http.rates.batch_routes import LINES_PER_REQUEST
from entrypoints.http.rates.latest_limit import count_latest
from entrypoints.http.rates.problems import NO_ROUTE, UNAVAILABLE
from entrypoints.http.rates.table_schemas import RatesAnswer, RateSchema, RatesQuery
from entrypoints.http.server.access.guard import AsConfigured
from entrypoints.http.server.access.problems import OVERLOADED
from entrypoints.http.server.app_keys import CONTAINER
from entrypoints.http.server.caching import revalidated_as, tag_of
from entrypoints.http.server.csv_response import Row, csv_response, iso_time
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.example import example_of
from entrypoints.http.server.format import wants_csv
from entrypoints.http.server.rate_limiting import count_as
from entrypoints.http.server.request_query import request_in_query

COLUMNS = ("base", "symbol", "rate", "exchange", "updated_at", "updated_at_iso", "reason")


@dataclass(frozen=True, slots=True)
class WrittenTable:
    """A table's JSON, and its tag."""

    body: bytes
    tag: str


# Of as many tables as are kept.
_WRITTEN: LRUCache[RateTable, WrittenTable] = LRUCache(MOST_TABLES)


async def get_rates(request: web.Request) -> web.Response:
    """Answer with a table of rates."""
    asked = request_in_query(request, RatesQuery)
    await count_latest(request, request.app, asked.cache_max_seconds)
    with request.app[BATCH_LIMIT]:
        tabulate = request.app[CONTAINER].rates().tabulate_rates()
        table, is_new = await tabulate(asked.base, asked.symbols, asked.rate_type, asked.cache_max_seconds)
        if is_new:
            await count_as(request, -(-(len(table.rates) + len(table.unpriced)) // LINES_PER_REQUEST))
        if wants_csv(request, asked.format):
            return await csv_response(request, f"crossrate-rates-{table.base}", COLUMNS, _rows(table), bom=asked.bom)
        written = await _written(table)
    return revalidated_as(request, written.body, written.tag)


GET = Endpoint(
    method="GET",
    path="/api/v1/rates",
    handler=get_rates,
    id="rates",
    tag="Conversion",
    summary="List the rates of one currency in many others",
    description="All from the same snapshot of each exchange. A rate limit counts 20 rates as one request, unless the "
    "table is the same as a moment ago.",
    access=AsConfigured(Scope.CONVERT, Group.CONVERT),
    query=RatesQuery,
    answer=RatesAnswer,
    csv="A header and one row per currency; one without a rate has a `reason` instead.",
    is_revalidated=True,
    answer_examples={
        "two": example_of(
            "One priced, one not",
            RatesAnswer(
                base="USD",
                updated_at=1714304596,
                rates={"BTC": RateSchema(rate="0.0000157", exchange="binance+ecb", updated_at=1714304596)},
                unpriced={"XYZ": "binance: XYZ is not listed; kucoin: XYZ is not listed"},
            ),
        )
    },
    problems=(NO_ROUTE, UNAVAILABLE, OVERLOADED),
)

ENDPOINTS = (GET,)


async def _written(table: RateTable) -> WrittenTable:
    written = _WRITTEN.get(table)
    if written is None:
        rates: dict[str, orjson.Fragment] = {}
        begin_slice()
        for each in table.rates:
            if slice_is_over():
                await yield_to_event_loop()
            rates[str(each.route.currency_to)] = orjson.Fragment(orjson.dumps(_rate(each)))
        await yield_to_event_loop()
        unpriced = {str(code): reason for code, reason in table.unpriced.items()}
        document = {"base": table.base, "updated_at": table.updated_at, "rates": rates, "unpriced": unpriced}
        body = orjson.dumps(document)
        written = _WRITTEN[table] = WrittenTable(body, tag_of(body))
    return written


def _rate(each: Conversion) -> dict[str, object]:
    return {"rate": plain(each.rate), "exchange": each.route.exchange, "updated_at": each.updated_at}


def _rows(table: RateTable) -> Iterator[Row]:
    for each in table.rates:
        moment = each.updated_at
        ends = (table.base, each.route.currency_to)
        yield (*ends, each.rate, each.route.exchange, moment, iso_time(moment), None)
    for code, reason in table.unpriced.items():
        yield (table.base, code, None, None, None, None, reason)
