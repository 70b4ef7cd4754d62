"""Conversions at a past moment: from a request, and as `ConvertResponse` describes them."""

import asyncio

import orjson
from aiohttp import web

from application.quotes.convert_at import ConvertAt
from domain.decimals import plain
from domain.quotes.past_conversion import PastConversion, PastRate
from domain.quotes.quote import PricedLeg
from entrypoints.http.rates.schemas import ConvertNowRequest
from entrypoints.http.server.in_flight_limit import InFlightLimit

# So many are under way, of which so many read the database: half of the connections that do, so that the rest is left
# to others.
MOST_AT_A_TIME, READERS = 64, 4

CONVERT_AT = web.AppKey("convert_at", ConvertAt)
PAST_LIMIT = web.AppKey("past_limit", InFlightLimit)
PAST_READERS = web.AppKey("past_readers", asyncio.Semaphore)


async def converted_at(app: web.Application, asked: ConvertNowRequest, at: int) -> PastConversion:
    """Convert at Unix second `at`."""
    with app[PAST_LIMIT]:
        async with app[PAST_READERS]:
            return await app[CONVERT_AT](
                at=at,
                amount=asked.amount,
                currency_from=asked.currency_from,
                currency_to=asked.currency_to,
                exchange=asked.exchange,
                rate_type=asked.rate_type,
                cache_max_seconds=asked.cache_max_seconds,
            )


def past_body(conversion: PastConversion, *, include_route: bool) -> bytes:
    """Write a conversion."""
    return orjson.dumps(
        {
            "currency_from": conversion.currency_from,
            "currency_to": conversion.currency_to,
            "exchange": conversion.exchange,
            "rate": plain(conversion.rate),
            "result": plain(conversion.result),
            "updated_at": conversion.updated_at,
            "at": conversion.at,
            "seconds_from_at": conversion.seconds_from_at,
            "recorded": [_recorded(each, include_route=include_route) for each in conversion.recorded],
        }
    )


def _recorded(rate: PastRate, *, include_route: bool) -> dict[str, object]:
    fields = {
        "pair": str(rate.pair),
        "side": rate.side,
        "rate": plain(rate.rate),
        "source": rate.source,
        "exchange": rate.exchange,
        "observed_at": rate.observed_at,
        "quote_id": rate.quote_id,
        "hour": rate.hour,
        "published": rate.published,
        "route": [_leg(leg) for leg in rate.legs] if include_route and rate.legs else None,
    }
    return {name: field for name, field in fields.items() if field is not None}


def _leg(leg: PricedLeg) -> dict[str, object]:
    fields = {
        "exchange": leg.exchange,
        "symbol": leg.symbol,
        "side": leg.side,
        "price": plain(leg.price),
        "observed_at": leg.observed_at,
        "published": leg.published,
    }
    return {name: field for name, field in fields.items() if field is not None}
