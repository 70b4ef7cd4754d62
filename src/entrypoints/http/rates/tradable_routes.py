"""`/api/v1/exchanges`, `/currencies` and `/pairs`: what can be converted, from memory."""

from datetime import date
from functools import partial

from aiohttp import web

from application.market_data.circuit_breaker import BreakerState
from application.ports.rate_limiter import Group
from application.rates.list_tradable import TradableCurrency
from application.rates.tradable_pairs import TradablePair
from domain.identity.api_key import Scope
from entrypoints.http.rates.kept_pages import KeptPages
from entrypoints.http.rates.tradable_requests import CurrenciesQuery, ExchangesQuery, PairsQuery, cursor_after
from entrypoints.http.rates.tradable_rows import (
    CURRENCY_COLUMNS,
    EXCHANGE_COLUMNS,
    PAIR_COLUMNS,
    currency_rows,
    exchange_rows,
    pair_rows,
)
from entrypoints.http.rates.tradable_schemas import (
    CurrenciesAnswer,
    CurrencySchema,
    ExchangesAnswer,
    ExchangeSchema,
    PairsAnswer,
    PairSchema,
    currencies_body,
    currency_fields,
    pair_fields,
    pairs_body,
)
from entrypoints.http.server.access.guard import AsConfigured
from entrypoints.http.server.app_keys import CONTAINER
from entrypoints.http.server.caching import revalidated, revalidated_as
from entrypoints.http.server.csv_response import csv_response
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.example import example_of
from entrypoints.http.server.format import wants_csv
from entrypoints.http.server.long_answers import written_in_turns
from entrypoints.http.server.request_query import request_in_query

USUAL_ROWS = 100
# More than any number of exchanges has.
ALL_ROWS = 1_000_000

_CURRENCIES: KeptPages[TradableCurrency] = KeptPages()
_PAIRS: KeptPages[TradablePair] = KeptPages()

_listed = partial(
    Endpoint,
    method="GET",
    tag="What can be converted",
    access=AsConfigured(Scope.CONVERT, Group.CONVERT),
    is_revalidated=True,
)


async def get_exchanges(request: web.Request) -> web.Response:
    """Answer with every exchange."""
    asked = request_in_query(request, ExchangesQuery)
    answer = ExchangesAnswer.of(request.app[CONTAINER].rates().list_tradable().exchanges())
    if wants_csv(request, asked.format):
        rows = exchange_rows(answer.exchanges)
        return await csv_response(request, "crossrate-exchanges", EXCHANGE_COLUMNS, rows, bom=asked.bom)
    return revalidated(request, answer.model_dump_json(exclude_none=True).encode())


EXCHANGES = _listed(
    path="/api/v1/exchanges",
    handler=get_exchanges,
    id="exchanges",
    summary="List the exchanges, with their health and counts",
    description="The last known state: no exchange is called.",
    query=ExchangesQuery,
    answer=ExchangesAnswer,
    csv="A header and one row per exchange.",
    answer_examples={
        "two": example_of(
            "One is up, the other was not asked yet, and the bank has published",
            ExchangesAnswer(
                exchanges=[
                    ExchangeSchema(
                        name="binance",
                        status="up",
                        breaker=BreakerState.CLOSED,
                        listing_age_seconds=60,
                        books_age_seconds=3,
                        pairs=1427,
                        currencies=480,
                    ),
                    ExchangeSchema(name="kucoin", status="unknown", breaker=BreakerState.CLOSED, pairs=0, currencies=0),
                    ExchangeSchema(name="ecb", status="up", pairs=29, currencies=30, published=date(2026, 11, 25)),
                ]
            ),
        )
    },
)


async def get_currencies(request: web.Request) -> web.Response:
    """Answer with a page of currencies."""
    asked = request_in_query(request, CurrenciesQuery)
    is_csv, after = wants_csv(request, asked.format), asked.cursor[0] if asked.cursor else ""
    limit = asked.limit or (ALL_ROWS if is_csv else USUAL_ROWS)
    page = request.app[CONTAINER].rates().list_tradable().currencies(after, limit, asked.search)
    if is_csv:
        rows = currency_rows(page.rows)
        return await csv_response(request, "crossrate-currencies", CURRENCY_COLUMNS, rows, bom=asked.bom)

    async def write() -> bytes:
        return currencies_body(page, await written_in_turns(request.app, page.rows, currency_fields))

    return revalidated_as(request, *await _CURRENCIES.written(asked, page, write))


CURRENCIES = _listed(
    path="/api/v1/currencies",
    handler=get_currencies,
    id="currencies",
    summary="List the currencies that can be converted, with their exchanges",
    description="In pages, by code, or by how well `search` matches. "
    "A currency converts into every other on the same exchange to which a route leads.",
    query=CurrenciesQuery,
    answer=CurrenciesAnswer,
    csv="A header and one row per currency, its exchanges separated by spaces: all of them, unless a limit is given.",
    answer_examples={
        "page": example_of(
            "A page of one",
            CurrenciesAnswer(
                currencies=[CurrencySchema(code="EUR", name="Euro", exchanges=["binance", "ecb"])],
                next_cursor=cursor_after("EUR"),
            ),
        )
    },
)


async def get_pairs(request: web.Request) -> web.Response:
    """Answer with a page of pairs."""
    asked = request_in_query(request, PairsQuery)
    is_csv = wants_csv(request, asked.format)
    tradable = request.app[CONTAINER].rates().list_tradable()
    page = tradable.pairs(
        exchange=asked.exchange,
        base=asked.base,
        quote=asked.quote,
        after=asked.cursor or ("", ""),
        limit=asked.limit or (ALL_ROWS if is_csv else USUAL_ROWS),
        search=asked.search,
    )
    if is_csv:
        return await csv_response(request, "crossrate-pairs", PAIR_COLUMNS, pair_rows(page.rows), bom=asked.bom)
    price_of = tradable.price if asked.include_prices else lambda _: None

    async def write() -> bytes:
        return pairs_body(
            page, await written_in_turns(request.app, page.rows, lambda pair: pair_fields(pair, price_of(pair)))
        )

    if asked.include_prices:
        return revalidated(request, await write())
    return revalidated_as(request, *await _PAIRS.written(asked, page, write))


PAIRS = _listed(
    path="/api/v1/pairs",
    handler=get_pairs,
    id="pairs",
    summary="List the pairs that trade now",
    description="In pages, by exchange and symbol, or by how well `search` matches. "
    "Pairs without a usable price are left out.",
    query=PairsQuery,
    answer=PairsAnswer,
    csv="A header and one row per pair: all of them, unless a limit is given.",
    answer_examples={
        "page": example_of(
            "A page of one",
            PairsAnswer(
                pairs=[PairSchema(exchange="binance", symbol="BTCUSDT", base="BTC", quote="USDT")],
                next_cursor=cursor_after("binance", "BTCUSDT"),
            ),
        )
    },
)

ENDPOINTS = (EXCHANGES, CURRENCIES, PAIRS)
