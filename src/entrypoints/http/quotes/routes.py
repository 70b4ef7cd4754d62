"""`/api/v1/quotes`, and the same under `/api`: what was recorded, and recording now."""

from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler

from application.ports.rate_limiter import Group
from application.quotes.ports.quote_repository import QuoteFilter
from domain.decimals import plain
from domain.identity.api_key import Scope
from domain.quotes.candle import Candle
from domain.quotes.quote import RecordedQuote
from entrypoints.http.identity.routes import PREFIXES
from entrypoints.http.quotes.schemas import (
    USUAL_QUOTES,
    CandlesQuery,
    LatestQuery,
    QuotesQuery,
    RecordRequest,
    candles_body,
    page_body,
    quotes_body,
)
from entrypoints.http.server.access import by_user, open_to, without_caller
from entrypoints.http.server.caching import revalidated
from entrypoints.http.server.csv_response import csv_response, wants_csv
from entrypoints.http.server.keys import QUOTES
from entrypoints.http.server.reading import answer_expectation, request_in_body_or_none, request_in_query

T = TypeVar("T")

COLUMNS = ("id", "pair", "rate", "source", "exchange", "observed_at", "recorded_at", "hour")
CANDLE_COLUMNS = ("opened_at", "open", "high", "low", "close", "count")


def quote_routes() -> list[web.RouteDef]:
    """Return the routes, each under both prefixes with the same handler."""
    handlers = (
        ("GET", "/quotes", _readable(get_quotes)),
        ("GET", "/quotes/latest", _readable(get_latest)),
        ("GET", "/quotes/candles", _readable(get_candles)),
        # By user: a hundred keys are not to cost the sources a hundred times as much.
        ("POST", "/quotes", open_to(Scope.QUOTES_WRITE, Group.RECORD, without_caller(post_quotes), by_user)),
    )
    return [
        web.route(method, prefix + path, handler, expect_handler=answer_expectation)
        for prefix in PREFIXES
        for method, path, handler in handlers
    ]


def _readable(handler: Handler) -> Handler:
    return open_to(Scope.QUOTES_READ, Group.QUOTES, without_caller(handler))


async def get_quotes(request: web.Request) -> web.Response:
    """Answer with a page of quotes, or with all of them as CSV."""
    asked = request_in_query(request, QuotesQuery)
    list_quotes = request.app[QUOTES].list_quotes()
    chosen = QuoteFilter(asked.pair, asked.source, asked.since, asked.until)
    if wants_csv(request):
        return await csv_response(COLUMNS, _rows(list_quotes.each(chosen, asked.cursor, asked.limit)))
    page = await list_quotes(chosen, asked.cursor, asked.limit or USUAL_QUOTES)
    return revalidated(request, page_body(page))


async def get_latest(request: web.Request) -> web.Response:
    """Answer with the newest quote of a pair, or of every tracked one."""
    asked = request_in_query(request, LatestQuery)
    found = await request.app[QUOTES].latest_quotes()(asked.pair)
    if wants_csv(request):
        return await csv_response(COLUMNS, _rows(_each(found)))
    return revalidated(request, quotes_body(found))


async def post_quotes(request: web.Request) -> web.Response:
    """Ask the sources now and record what they say."""
    asked = await request_in_body_or_none(request, RecordRequest)
    recorded = await request.app[QUOTES].record_quotes()(asked.pair)
    body = quotes_body(recorded.quotes, recorded.skipped)
    return web.Response(status=201, body=body, content_type="application/json")


async def get_candles(request: web.Request) -> web.Response:
    """Answer with the candles of a pair."""
    asked = request_in_query(request, CandlesQuery)
    candles = await request.app[QUOTES].read_candles()(
        asked.pair, asked.interval, source=asked.source, since=asked.since, until=asked.until
    )
    if wants_csv(request):
        return await csv_response(CANDLE_COLUMNS, _each([_candle_row(candle) for candle in candles]))
    return revalidated(request, candles_body(asked.pair, asked.interval, candles))


async def _rows(quotes: AsyncIterator[RecordedQuote]) -> AsyncIterator[Sequence[object]]:
    async for recorded in quotes:
        quote = recorded.quote
        yield (
            recorded.id,
            quote.pair,
            plain(quote.rate),
            quote.source,
            quote.exchange,
            quote.observed_at,
            recorded.recorded_at,
            recorded.hour,
        )


def _candle_row(candle: Candle) -> Sequence[object]:
    rates = (candle.open, candle.high, candle.low, candle.close)
    return (candle.opened_at, *map(plain, rates), candle.count)


async def _each(items: Sequence[T]) -> AsyncIterator[T]:
    for item in items:
        yield item
