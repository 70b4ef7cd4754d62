"""`/api/v1/convert`: what an amount is worth in another currency."""

from aiohttp import web

from entrypoints.http.answer import JsonAnswer
from entrypoints.http.keys import ADMISSION, CONVERT
from entrypoints.http.reading import convert_request_in_body, convert_request_in_query
from entrypoints.http.schemas.conversion import ConvertRequest, conversion_body

PATH = "/api/v1/convert"


async def post_convert(request: web.Request) -> JsonAnswer:
    """Convert what the JSON body asks for."""
    with request.app[ADMISSION]:
        return await _answer(request, await convert_request_in_body(request))


async def get_convert(request: web.Request) -> JsonAnswer:
    """Convert what the query asks for."""
    with request.app[ADMISSION]:
        return await _answer(request, convert_request_in_query(request))


async def _answer(request: web.Request, asked: ConvertRequest) -> JsonAnswer:
    conversion = await request.app[CONVERT](
        amount=asked.amount,
        currency_from=asked.currency_from,
        currency_to=asked.currency_to,
        exchange=asked.exchange,
        rate_type=asked.rate_type,
        cache_max_seconds=asked.cache_max_seconds,
    )
    body = conversion_body(conversion, include_route=asked.include_route)
    return JsonAnswer(body)
