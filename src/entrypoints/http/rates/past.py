"""Conversions at a past moment: from a request, and as `ConvertResponse` describes them."""

import orjson
from aiohttp import web

from domain.decimals import plain
from domain.quotes.past_conversion import PastConversion, PastRate
from domain.quotes.quote import PricedLeg
from entrypoints.http.limits import PAST_LIMIT, PAST_READERS
from entrypoints.http.rates.schemas import ConvertNowRequest
from entrypoints.http.server.app_keys import CONTAINER
from entrypoints.wiring.on_first_use import ready


async def converted_at(app: web.Application, asked: ConvertNowRequest, at: int) -> PastConversion:
    """Convert at Unix second `at`."""
    with app[PAST_LIMIT]:
        async with app[PAST_READERS]:
            quotes = await ready(app[CONTAINER].quotes)
            return await quotes.convert_at()(
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
