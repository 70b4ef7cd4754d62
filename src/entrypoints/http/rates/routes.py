"""`/api/v1/convert`: what an amount is worth in another currency."""

from collections.abc import Callable
from functools import partial

from aiohttp import web

from application.ports.rate_limiter import Group
from application.rates.convert import Convert
from application.rates.convert_further import FurtherConversion, is_best
from application.rates.converter import Converter
from domain.identity.api_key import Scope
from domain.quotes.past_conversion import PastConversion
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.errors import BEST, UnknownExchange
from entrypoints.http.limits import IN_FLIGHT_LIMIT
from entrypoints.http.rates.convert_requests import convert_request_in_body, convert_request_in_query, read_quickly
from entrypoints.http.rates.csv_rows import CONVERSION_COLUMNS, PAST_COLUMNS, conversion_row, past_row
from entrypoints.http.rates.examples import ANSWERS, REQUESTS
from entrypoints.http.rates.further_bodies import further_body
from entrypoints.http.rates.latest_limit import count_latest
from entrypoints.http.rates.past import converted_at, past_body
from entrypoints.http.rates.problems import (
    BOOK_TOO_THIN,
    NO_ROUTE,
    NOTHING_RECORDED,
    ORDER_TOO_SMALL,
    TOO_FEW_PROVIDERS,
    UNAVAILABLE,
)
from entrypoints.http.rates.schemas import (
    ConvertNowRequest,
    ConvertQuery,
    ConvertRequest,
    ConvertResponse,
    conversion_body,
)
from entrypoints.http.server.access.guard import AsConfigured
from entrypoints.http.server.access.problems import OVERLOADED
from entrypoints.http.server.answer import JsonAnswer
from entrypoints.http.server.app_keys import CONTAINER
from entrypoints.http.server.csv_response import csv_bytes, csv_headers
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.format import wants_csv

PATH = "/api/v1/convert"

# Returns the JSON that answers a request, if all it takes is in memory.
AnswerAtHand = Callable[[ConvertNowRequest], bytes | None]

CONVERT: web.AppKey[Converter] = web.AppKey("convert")
AT_HAND: web.AppKey[AnswerAtHand] = web.AppKey("at_hand")

_convert_endpoint = partial(
    Endpoint,
    path=PATH,
    tag="Conversion",
    access=AsConfigured(Scope.CONVERT, Group.CONVERT),
    answer=ConvertResponse,
    answer_examples=ANSWERS,
    problems=(
        *(NO_ROUTE, TOO_FEW_PROVIDERS, NOTHING_RECORDED, BOOK_TOO_THIN, ORDER_TOO_SMALL),
        *(UNAVAILABLE, OVERLOADED),
    ),
)


async def post_convert(request: web.Request) -> JsonAnswer:
    """Convert what the JSON body asks for."""
    app = request.app
    asked = await convert_request_in_body(request)  # outside the limit: slow bodies must not use it up
    if type(asked) is ConvertRequest and asked.at is not None:  # quicker than isinstance with pydantic's metaclass
        return JsonAnswer(past_body(await converted_at(app, asked, asked.at), include_route=asked.include_route))
    body = app[AT_HAND](asked)
    if body is None:
        await count_latest(request, app, asked.cache_max_seconds)
        body = _body(await _converted(app, asked), include_route=asked.include_route)
    return JsonAnswer(body)


def answer_at_hand(app: web.Application, convert: Convert) -> AnswerAtHand:
    """Return what answers at once, for the fast lane and for `post_convert`; with None whatever is not as usual."""
    limit = app[IN_FLIGHT_LIMIT]

    def answer(asked: ConvertNowRequest) -> bytes | None:
        if limit.is_reached or not asked.cache_max_seconds or asked.exchange is not None:
            return None
        if not isinstance(asked.rate_type, RateType):
            return None
        conversion = convert.in_memory(
            arrival=convert.arrival(),
            amount=asked.amount,
            currency_from=asked.currency_from,
            currency_to=asked.currency_to,
            rate_type=asked.rate_type,
            cache_max_seconds=asked.cache_max_seconds,
        )
        return None if conversion is None else conversion_body(conversion, include_route=asked.include_route)

    return answer


def plain_answer(app: web.Application) -> Callable[[bytes], bytes | None]:
    """Return what answers a body at once, or with None if `post_convert` must."""
    at_hand = app[AT_HAND]

    def answer(body: bytes) -> bytes | None:
        asked = read_quickly(body)
        return None if asked is None else at_hand(asked)

    return answer


POST = _convert_endpoint(
    method="POST",
    handler=post_convert,
    id="convert",
    summary="Convert an amount",
    description="Asks the exchanges in order. A direct pair on any exchange is preferred to a longer route on another. "
    "With `at`, converts by what was recorded near that moment, and asks nobody.",
    body=ConvertRequest,
    body_examples=REQUESTS,
)


async def get_convert(request: web.Request) -> web.StreamResponse:
    """Convert what the query asks for."""
    asked = convert_request_in_query(request)
    if asked.at is not None:
        return _answered_at(request, asked, await converted_at(request.app, asked, asked.at))
    await count_latest(request, request.app, asked.cache_max_seconds)
    conversion = await _converted(request.app, asked)
    if not wants_csv(request, asked.format):
        return JsonAnswer(_body(conversion, include_route=asked.include_route))
    name = f"crossrate-{asked.currency_from}-{asked.currency_to}"
    body = csv_bytes(CONVERSION_COLUMNS, [conversion_row(conversion)], bom=asked.bom)
    return web.Response(body=body, headers=csv_headers(name))


GET = _convert_endpoint(
    method="GET",
    handler=get_convert,
    id="convertByQuery",
    summary="Convert an amount given in the query",
    description="The parameters are the fields of POST's body, each given at most once. Write null as `null`.",
    query=ConvertQuery,
    csv="A header and one row, without the legs.",
)

ENDPOINTS = (POST, GET)


async def conversion_asked(request: web.Request, asked: ConvertNowRequest) -> bytes:
    """Return the JSON that answers it, for a page that shows it."""
    await count_latest(request, request.app, asked.cache_max_seconds)
    return _body(await _converted(request.app, asked), include_route=asked.include_route)


def _answered_at(request: web.Request, asked: ConvertQuery, conversion: PastConversion) -> web.StreamResponse:
    if not wants_csv(request, asked.format):
        return JsonAnswer(past_body(conversion, include_route=asked.include_route))
    body = csv_bytes(PAST_COLUMNS, [past_row(conversion)], bom=asked.bom)
    name = f"crossrate-{asked.currency_from}-{asked.currency_to}-{conversion.at}"
    return web.Response(body=body, headers=csv_headers(name))


async def _converted(app: web.Application, asked: ConvertNowRequest) -> Conversion | FurtherConversion:
    with app[IN_FLIGHT_LIMIT]:
        convert, rate_type = app[CONVERT], asked.rate_type
        try:
            if not isinstance(rate_type, RateType) or is_best(asked.exchange):
                convert_further = app[CONTAINER].rates().convert_further()
                return await convert_further(
                    arrival=convert.arrival(),
                    amount=asked.amount,
                    currency_from=asked.currency_from,
                    currency_to=asked.currency_to,
                    exchange=asked.exchange,
                    rate_type=rate_type,
                    cache_max_seconds=asked.cache_max_seconds,
                )
            return await convert(
                arrival=convert.arrival(),
                amount=asked.amount,
                currency_from=asked.currency_from,
                currency_to=asked.currency_to,
                exchange=asked.exchange,
                rate_type=rate_type,
                cache_max_seconds=asked.cache_max_seconds,
            )
        except UnknownExchange as error:
            raise UnknownExchange(error.name, (*error.supported, BEST)) from error


def _body(conversion: Conversion | FurtherConversion, *, include_route: bool) -> bytes:
    if isinstance(conversion, Conversion):
        return conversion_body(conversion, include_route=include_route)
    return further_body(conversion, include_route=include_route)
