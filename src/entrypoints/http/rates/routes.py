"""`/api/v1/convert`: what an amount is worth in another currency."""

from aiohttp import web
from aiohttp.typedefs import Handler

from application.rates.convert import Convert
from entrypoints.http.rates.schemas import ConvertRequest, conversion_body
from entrypoints.http.server.answer import JsonAnswer
from entrypoints.http.server.keys import ADMISSION, CONVERT
from entrypoints.http.server.reading import convert_request_in_body, convert_request_in_query

PATH = "/api/v1/convert"


def posting(app: web.Application) -> Handler:
    """Return the handler of conversions that a body asks for. It needs no `request.app`: see `shortcut`."""
    admission = app[ADMISSION]

    async def post_convert(request: web.Request) -> JsonAnswer:
        """Convert what the JSON body asks for."""
        asked = await convert_request_in_body(request)  # a body that comes slowly must take nobody's place
        with admission:
            return await _answer(app[CONVERT], asked)

    return post_convert


async def get_convert(request: web.Request) -> JsonAnswer:
    """Convert what the query asks for."""
    asked = convert_request_in_query(request)
    with request.app[ADMISSION]:
        return await _answer(request.app[CONVERT], asked)


async def _answer(convert: Convert, asked: ConvertRequest) -> JsonAnswer:
    conversion = await convert(
        amount=asked.amount,
        currency_from=asked.currency_from,
        currency_to=asked.currency_to,
        exchange=asked.exchange,
        rate_type=asked.rate_type,
        cache_max_seconds=asked.cache_max_seconds,
    )
    return JsonAnswer(conversion_body(conversion, include_route=asked.include_route))
