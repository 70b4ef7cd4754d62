"""The operations on recorded quotes. Each answers under `/api` as well as under `/api/v1`."""

from functools import partial

from entrypoints.http.openapi.operation import ALWAYS, API_KEY, BEARER, READING_A_BODY, Operation
from entrypoints.http.quotes.schemas import (
    CandlesAnswer,
    CandlesQuery,
    LatestAnswer,
    LatestQuery,
    QuotesAnswer,
    QuotesQuery,
    RecordedAnswer,
    RecordRequest,
)
from entrypoints.http.server import problems

_CLOSED = (
    *ALWAYS,
    problems.UNAUTHENTICATED,
    problems.FORBIDDEN,
    problems.INVALID_INPUT,
    problems.TOO_MANY_REQUESTS,
    problems.INTERNAL_ERROR,
    problems.DATABASE_UNAVAILABLE,
)

_operation = partial(Operation, tag="Recorded quotes", security=(BEARER, API_KEY), is_limited=True)
_reading = partial(_operation, "get", is_revalidated=True)

QUOTE_OPERATIONS = (
    _reading(
        "/api/v1/quotes",
        id="quotes",
        summary="Read recorded quotes, newest first",
        description="Page by page: a quote that is added moves no other to another page. A key needs `quotes:read`.",
        query=QuotesQuery,
        answer=QuotesAnswer,
        problems=_CLOSED,
        csv="A header and a row a quote, without routes: all there are, unless a limit is given.",
    ),
    _reading(
        "/api/v1/quotes/latest",
        id="latestQuotes",
        summary="Read the newest quote of a pair, or of every tracked one",
        description="A key needs `quotes:read`.",
        query=LatestQuery,
        answer=LatestAnswer,
        problems=(*_CLOSED, problems.NOT_RECORDED),
        csv="A header and a row a quote, without routes.",
    ),
    _reading(
        "/api/v1/quotes/candles",
        id="candles",
        summary="Read how a pair moved, oldest first",
        description="Of what was recorded, and nothing else: a span without quotes has no candle. 1000 at most. A key "
        "needs `quotes:read`.",
        query=CandlesQuery,
        answer=CandlesAnswer,
        problems=_CLOSED,
        csv="A header and a row a candle.",
    ),
    _operation(
        "post",
        "/api/v1/quotes",
        id="recordQuotes",
        summary="Ask the sources now, and record what they say",
        description="However many ask at once, within a second or so, one call is made and one quote recorded. "
        "A key needs `quotes:write`.",
        body=RecordRequest,
        is_body_required=False,
        answer=RecordedAnswer,
        status=201,
        problems=(*_CLOSED, *READING_A_BODY, problems.NOT_QUOTED, problems.QUOTES_UNAVAILABLE),
    ),
)
