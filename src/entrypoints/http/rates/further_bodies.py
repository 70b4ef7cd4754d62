"""Writes conversions that look further, as `ConvertResponse` describes them."""

import orjson

from application.rates.convert_best import BestConversion, Considered
from application.rates.convert_further import FurtherConversion
from domain.decimals import plain
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.depth import DepthConversion
from domain.rates.depth_leg import Trade
from domain.rates.median import MedianConversion
from domain.rates.route import Route
from entrypoints.http.rates.schemas import conversion_fields, leg_fields


def further_body(conversion: FurtherConversion, *, include_route: bool) -> bytes:
    """Write a conversion."""
    return orjson.dumps(_fields(conversion, include_route=include_route))


def _fields(conversion: Conversion | FurtherConversion, *, include_route: bool) -> dict[str, object]:
    match conversion:
        case BestConversion():
            best = _fields(conversion.best, include_route=include_route)
            return best | {"considered": [_considered(each) for each in conversion.considered]}
        case MedianConversion():
            return _median_fields(conversion, include_route=include_route)
        case DepthConversion():
            return _depth_fields(conversion, include_route=include_route)
        case _:
            return conversion_fields(conversion, include_route=include_route)


def _considered(each: Considered) -> dict[str, object]:
    rate = None if each.rate is None else plain(each.rate)
    fields = {"exchange": each.exchange, "rate": rate, "reason": each.reason}
    return {name: field for name, field in fields.items() if field is not None}


def _median_fields(conversion: MedianConversion, *, include_route: bool) -> dict[str, object]:
    return {
        "currency_from": conversion.currency_from,
        "currency_to": conversion.currency_to,
        "exchange": conversion.exchange,
        "rate": plain(conversion.rate),
        "result": plain(conversion.result),
        "updated_at": conversion.updated_at,
        "providers": [_provider(route, include_route=include_route) for route in conversion.providers],
        "left_out": dict(conversion.left_out),
    }


def _provider(route: Route, *, include_route: bool) -> dict[str, object]:
    body: dict[str, object] = {
        "exchange": route.exchange,
        "rate": plain(route.rate(RateType.MID)),
        "updated_at": int(route.observed_at),
    }
    if include_route or route.uses_second_name:
        body["route"] = [leg_fields(leg, RateType.MID) for leg in route.legs]
    return body


def _depth_fields(conversion: DepthConversion, *, include_route: bool) -> dict[str, object]:
    route = conversion.route
    body: dict[str, object] = {
        "currency_from": route.currency_from,
        "currency_to": route.currency_to,
        "exchange": route.exchange,
        "rate": plain(conversion.rate),
        "result": plain(conversion.result),
        "updated_at": conversion.updated_at,
        "received": plain(conversion.received),
        "fee": plain(conversion.fee),
        "slippage_percent": plain(conversion.slippage_percent),
        "filled": plain(conversion.filled),
    }
    left_over = [
        {"currency": trade.currencies[0], "amount": plain(trade.left_over)}
        for trade in conversion.trades
        if trade.left_over
    ]
    if left_over:
        body["left_over"] = left_over
    if include_route or route.uses_second_name:
        body["trades"] = [_trade(trade) for trade in conversion.trades]
    return body


def _trade(trade: Trade) -> dict[str, object]:
    body: dict[str, object] = {
        "exchange": trade.book.exchange,
        "symbol": trade.leg.symbol,
        "side": trade.leg.side,
        "quantity": plain(trade.quantity),
        "funds": plain(trade.funds),
        "price": plain(trade.price),
        "fee": plain(trade.fee),
        "left_over": plain(trade.left_over),
        "observed_at": int(trade.book.observed_at),
    }
    if trade.leg.has_float_price:
        body["precision"] = "float"
    return body
