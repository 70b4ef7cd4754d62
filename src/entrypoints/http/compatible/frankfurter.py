"""`/v1`: what clients of Frankfurter ask for, answered in its form (github.com/lineofflight/frankfurter, v1)."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from typing import NamedTuple

import orjson
from aiohttp import web

from application.concurrency.cooperative import yield_to_event_loop
from application.ports.rate_limiter import Group
from domain.currency_names import name_of
from domain.identity.api_key import Scope
from domain.rates.errors import NoRoute
from domain.rates.reference_rates import EUR, ReferenceRates
from entrypoints.http.compatible.frankfurter_rates import Asked, bank_rates, live_rate, number
from entrypoints.http.compatible.frankfurter_schemas import (
    DAY_IN_PATH,
    ERRORS,
    FrankfurterNames,
    FrankfurterQuery,
    FrankfurterRates,
    FrankfurterSeries,
)
from entrypoints.http.compatible.live_table import live_table
from entrypoints.http.compatible.symbols import currencies_in, currency_named
from entrypoints.http.limits import SERIES_LIMIT
from entrypoints.http.rates.problems import UNAVAILABLE
from entrypoints.http.server.access.guard import AsConfigured
from entrypoints.http.server.access.problems import OVERLOADED
from entrypoints.http.server.app_keys import CONTAINER
from entrypoints.http.server.caching import revalidated, revalidated_as, tag_of
from entrypoints.http.server.common_problems import INVALID_INPUT, NOT_FOUND
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.example import example_of
from entrypoints.http.server.long_answers import made_in_turns
from entrypoints.http.server.problems import Problem
from entrypoints.http.server.rate_limiting import count_as
from entrypoints.http.server.request_query import request_in_query

# In one answer: ten years of all currencies, or all years of ten.
MOST_RATES = 100_000
DAYS_PER_REQUEST = 366
DAYS_PER_SLICE = 5


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,18})?", re.ASCII)
_HEADERS = {"Content-Type": "application/json; charset=utf-8"}

_endpoint = partial(
    Endpoint,
    method="GET",
    tag="For other programs",
    access=AsConfigured(Scope.CONVERT, Group.CONVERT),
    error_shape=ERRORS,
    is_revalidated=True,
)
_readable = partial(_endpoint, query=FrankfurterQuery, problems=(NOT_FOUND, OVERLOADED))


async def get_latest(request: web.Request) -> web.Response:
    """Answer with the newest rates of the bank, and with live ones of what the bank does not have."""
    asked, history = _asked(request), request.app[CONTAINER].reference().history()
    published = await history.newest()
    found = {} if published is None else bank_rates(published, asked)
    live = await _live_rates(request, asked, published)
    if not found and not live:
        raise _not_found()
    # Of a weekend, the bank's rates of Friday count; a coin's price of Sunday is not one of Friday.
    day = history.today if live or published is None else published.day
    return _answer(request, asked, {"date": str(day), "rates": _numbers(found | live)})


LATEST = _readable(
    path="/v1/latest",
    handler=get_latest,
    id="frankfurterLatest",
    summary="The newest rates, in the form of Frankfurter",
    description="The reference rates of the European Central Bank. What it does not have is converted over exchanges, "
    "at prices up to 60 seconds old.",
    answer=FrankfurterRates,
    answer_examples={
        "ten": example_of(
            "Ten euros", FrankfurterRates(amount=10.0, base="EUR", date="2024-04-26", rates={"USD": 10.714})
        )
    },
    problems=(NOT_FOUND, UNAVAILABLE, OVERLOADED),
)


async def get_day(request: web.Request) -> web.Response:
    """Answer with the rates of one day, or of the last one before it that has any."""
    asked = _asked(request)
    published = await request.app[CONTAINER].reference().history().on(_day(request, "date"))
    found = {} if published is None else bank_rates(published, asked)
    if published is None or not found:
        raise _not_found()
    return _answer(request, asked, {"date": str(published.day), "rates": _numbers(found)})


DAY = _readable(
    path="/v1/{date}",
    handler=get_day,
    id="frankfurterDay",
    summary="The rates of a past day, in the form of Frankfurter",
    description="On a day without a publication, those of the last day that had one.",
    path_parameters={"date": DAY_IN_PATH},
    answer=FrankfurterRates,
)


async def get_series(request: web.Request) -> web.Response:
    """Answer with the rates of each day of a period."""
    asked, history = _asked(request), request.app[CONTAINER].reference().history()
    first = _day(request, "start")
    last = _day(request, "end") if "end" in request.match_info else history.today
    newest = await history.on(history.today)
    if newest is not None and not asked.may_have_been_in(newest):
        raise _not_found()
    with request.app[SERIES_LIMIT]:
        series = await _series(request, asked, first, last)
        if series is None:
            raise _not_found()
        body = _body(asked, series._asdict())
        await yield_to_event_loop()
        tag = tag_of(body)
        await yield_to_event_loop()
        return revalidated_as(request, body, tag, _HEADERS)


SERIES = _readable(
    path="/v1/{start}..{end}",
    handler=get_series,
    id="frankfurterSeries",
    summary="The rates of a period, in the form of Frankfurter",
    description=f"Of each day with a publication. An answer has at most {MOST_RATES} rates. A rate limit counts "
    f"{DAYS_PER_REQUEST} days as one request.",
    path_parameters={"start": DAY_IN_PATH, "end": DAY_IN_PATH},
    answer=FrankfurterSeries,
)
SERIES_UNTIL_NOW = _readable(
    path="/v1/{start}..",
    handler=get_series,
    id="frankfurterSeriesUntilNow",
    summary="The rates since a day, in the form of Frankfurter",
    path_parameters={"start": DAY_IN_PATH},
    answer=FrankfurterSeries,
)


async def get_names(request: web.Request) -> web.Response:
    """Answer with the names of the bank's currencies."""
    published = await request.app[CONTAINER].reference().history().newest()
    codes = () if published is None else published.currencies
    return revalidated(request, orjson.dumps({str(code): name_of(code) or code for code in codes}), _HEADERS)


NAMES = _endpoint(
    path="/v1/currencies",
    handler=get_names,
    id="frankfurterCurrencies",
    summary="The names of the bank's currencies, in the form of Frankfurter",
    answer=FrankfurterNames,
    problems=(UNAVAILABLE,),
)

# The order counts: a day's pattern would match a period too.
ENDPOINTS = (LATEST, NAMES, SERIES, SERIES_UNTIL_NOW, DAY)


def _asked(request: web.Request) -> Asked:
    query = request_in_query(request, FrankfurterQuery)
    base = query.base if query.from_ is None else query.from_
    symbols = query.symbols if query.to is None else query.to
    chosen = None if symbols is None else currencies_in(symbols, "symbols")
    currency = EUR if base is None else currency_named(base)
    if base is not None and chosen == (currency,):
        raise _invalid("bad currency pair")
    if currency is None:
        raise _not_found()
    return Asked(_amount(query.amount), currency, chosen)


def _amount(text: str | None) -> Decimal:
    if text is None:
        return Decimal(1)
    amount = Decimal(text) if _AMOUNT.fullmatch(text) else Decimal(0)
    if amount <= 0:
        raise _invalid("invalid amount")
    return amount


def _day(request: web.Request, name: str) -> date:
    text = request.match_info[name]
    if not _DAY.fullmatch(text):
        raise _not_found()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise _invalid("invalid date") from error


async def _live_rates(request: web.Request, asked: Asked, published: ReferenceRates | None) -> dict[str, float]:
    """Return rates of what the bank does not have, which exchanges have. Raises `ConversionUnavailable`."""
    known = frozenset(() if published is None else published.currencies)
    others = asked.others(known)
    missing = others if asked.base not in known else [code for code in others if code not in known]
    if not missing:
        return {}
    try:
        table = await live_table(request, asked.base, missing)
    except NoRoute:
        return {}
    amount = asked.amount
    return dict(
        await made_in_turns(
            request.app, table.rates, lambda each: (str(each.route.currency_to), live_rate(each, amount))
        )
    )


class _Series(NamedTuple):
    """The days that have rates, and the JSON of all of them."""

    start_date: str
    end_date: str
    rates: orjson.Fragment


async def _series(request: web.Request, asked: Asked, first: date, last: date) -> _Series | None:
    """Return the rates of each day. Written day by day, no more than a few milliseconds are spent at once."""
    written = bytearray()
    days: list[str] = []
    number_of_days = number_of_rates = 0
    try:
        async for published in request.app[CONTAINER].reference().history().between(first, last):
            rates = bank_rates(published, asked)
            if rates:
                days.append(str(published.day))
                before = b"," if written else b"{"
                written += b'%b"%b":%b' % (before, days[-1].encode(), orjson.dumps(_numbers(rates)))
            number_of_days += 1
            number_of_rates += len(rates)
            if number_of_rates > MOST_RATES:
                raise _invalid(f"more than {MOST_RATES} rates: ask for fewer days, or name symbols")
            if number_of_days % DAYS_PER_SLICE == 0:
                await yield_to_event_loop()
    finally:
        await count_as(request, -(-number_of_days // DAYS_PER_REQUEST))  # reading costs, whatever comes of it
    written += b"}"
    return _Series(days[0], days[-1], orjson.Fragment(bytes(written))) if days else None


def _numbers(rates: Mapping[str, float]) -> dict[str, float]:
    return {code: number(rates[code]) for code in sorted(rates)}


def _answer(request: web.Request, asked: Asked, more: Mapping[str, object]) -> web.Response:
    return revalidated(request, _body(asked, more), _HEADERS)


def _body(asked: Asked, more: Mapping[str, object]) -> bytes:
    return orjson.dumps({"amount": float(asked.amount), "base": str(asked.base), **more})


def _not_found() -> Problem:
    return Problem(NOT_FOUND, "not found")


def _invalid(message: str) -> Problem:
    return Problem(INVALID_INPUT, message, {"errors": []})
