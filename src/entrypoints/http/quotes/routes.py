"""`/api/v1/quotes`: recorded quotes, and recording new ones."""

from contextlib import nullcontext
from functools import partial

from aiohttp import web

from application.ports.rate_limiter import Group
from application.quotes.ports.quote_repository import QuoteFilter
from domain.identity.api_key import Scope
from domain.pair import Pair
from entrypoints.http.quotes import examples
from entrypoints.http.quotes.bodies import candle_fields, candles_body, page_body, quote_fields, quotes_body
from entrypoints.http.quotes.csv_rows import CANDLE_COLUMNS, COLUMNS, candle_rows, quote_rows, streamed_rows
from entrypoints.http.quotes.problems import NOT_QUOTED, NOT_RECORDED, QUOTES_UNAVAILABLE
from entrypoints.http.quotes.requests import CandlesQuery, LatestQuery, QuotesQuery, RecordRequest
from entrypoints.http.quotes.schemas import CandlesAnswer, LatestAnswer, QuotesAnswer, RecordedAnswer
from entrypoints.http.server.access.guard import WithScope
from entrypoints.http.server.app_keys import CONTAINER
from entrypoints.http.server.caching import revalidated
from entrypoints.http.server.csv_response import csv_response, csv_stream
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.format import wants_csv
from entrypoints.http.server.long_answers import FEW_ROWS, READING_ROWS, written_in_turns
from entrypoints.http.server.request_body import request_in_body_or_none
from entrypoints.http.server.request_query import request_in_query

USUAL_QUOTES = 100

_quotes = partial(Endpoint, tag="Recorded quotes")
_readable = partial(_quotes, method="GET", access=WithScope(Scope.QUOTES_READ, Group.QUOTES), is_revalidated=True)


async def get_quotes(request: web.Request) -> web.Response:
    """Answer with a page of quotes, or with all of them as CSV."""
    asked = request_in_query(request, QuotesQuery)
    list_quotes = request.app[CONTAINER].quotes().list_quotes()
    chosen = QuoteFilter(asked.pair, asked.source, asked.since, asked.until)
    is_csv, name = wants_csv(request, asked.format), _file_name("quotes", asked.pair)
    if is_csv and asked.limit is None:
        async with request.app[READING_ROWS]:  # it counts every row
            version = f"{request.query_string} {await list_quotes.fingerprint(chosen)}"
        rows = streamed_rows(list_quotes.each(chosen, asked.cursor))
        return await csv_stream(request, name, COLUMNS, rows, bom=asked.bom, version=version)
    limit = asked.limit or USUAL_QUOTES
    async with request.app[READING_ROWS] if limit > FEW_ROWS else nullcontext():
        page = await list_quotes(chosen, asked.cursor, limit)
    if is_csv:
        return await csv_response(request, name, COLUMNS, quote_rows(page.quotes), bom=asked.bom)
    return revalidated(request, page_body(page, await written_in_turns(request.app, page.quotes, quote_fields)))


GET_QUOTES = _readable(
    path="/api/v1/quotes",
    handler=get_quotes,
    id="quotes",
    summary="List recorded quotes, newest first",
    description="In pages: a new quote never moves another one to a different page. An API key needs `quotes:read`.",
    query=QuotesQuery,
    answer=QuotesAnswer,
    answer_examples=examples.PAGE,
    csv="A header and one row per quote, without routes: all quotes, unless a limit is given.",
)


async def get_latest(request: web.Request) -> web.Response:
    """Answer with the newest quote of a pair, or of every tracked one."""
    asked = request_in_query(request, LatestQuery)
    found = await request.app[CONTAINER].quotes().latest_quotes()(asked.pair)
    if wants_csv(request, asked.format):
        name = _file_name("latest-quotes", asked.pair)
        return await csv_response(request, name, COLUMNS, quote_rows(found), bom=asked.bom)
    return revalidated(request, quotes_body(found))


GET_LATEST = _readable(
    path="/api/v1/quotes/latest",
    handler=get_latest,
    id="latestQuotes",
    summary="Show the newest quote of a pair, or of every tracked pair",
    description="An API key needs `quotes:read`.",
    query=LatestQuery,
    answer=LatestAnswer,
    answer_examples=examples.LATEST,
    problems=(NOT_RECORDED,),
    csv="A header and one row per quote, without routes.",
)


async def get_candles(request: web.Request) -> web.Response:
    """Answer with the candles of a pair."""
    asked = request_in_query(request, CandlesQuery)
    read = request.app[CONTAINER].quotes().read_candles()
    async with request.app[READING_ROWS]:  # a thousand days have 24,000 hours of each source
        candles = await read(asked.pair, asked.interval, source=asked.source, since=asked.since, until=asked.until)
    if wants_csv(request, asked.format):
        name = f"{_file_name('candles', asked.pair)}-{asked.interval}"
        return await csv_response(request, name, CANDLE_COLUMNS, candle_rows(candles), bom=asked.bom)
    written = await written_in_turns(request.app, candles, candle_fields)
    return revalidated(request, candles_body(asked.pair, asked.interval, written))


GET_CANDLES = _readable(
    path="/api/v1/quotes/candles",
    handler=get_candles,
    id="candles",
    summary="Show the candles of a pair, oldest first",
    description="Made of recorded quotes only: a period without quotes has no candle. At most 1000 candles. An API key "
    "needs `quotes:read`.",
    query=CandlesQuery,
    answer=CandlesAnswer,
    answer_examples=examples.CANDLES,
    csv="A header and one row per candle.",
)


async def post_quotes(request: web.Request) -> web.Response:
    """Ask the sources now and record their rates."""
    asked = await request_in_body_or_none(request, RecordRequest)
    recorded = await request.app[CONTAINER].quotes().record_quotes()(asked.pair)
    body = quotes_body(recorded.quotes, recorded.skipped)
    return web.Response(status=201, body=body, content_type="application/json")


POST_QUOTES = _quotes(
    method="POST",
    path="/api/v1/quotes",
    handler=post_quotes,
    access=WithScope(Scope.QUOTES_WRITE, Group.RECORD),
    id="recordQuotes",
    summary="Ask the sources now and record their rates",
    description="Simultaneous requests share one call and one quote. An API key needs `quotes:write`.",
    body=RecordRequest,
    body_examples=examples.TO_RECORD,
    is_body_required=False,
    answer=RecordedAnswer,
    answer_examples=examples.RECORDED,
    status=201,
    problems=(NOT_QUOTED, QUOTES_UNAVAILABLE),
    writes=True,
    shares_writes=True,
)

ENDPOINTS = (GET_QUOTES, GET_LATEST, GET_CANDLES, POST_QUOTES)


def _file_name(what: str, pair: Pair | None) -> str:
    return f"crossrate-{what}" if pair is None else f"crossrate-{what}-{pair}"
