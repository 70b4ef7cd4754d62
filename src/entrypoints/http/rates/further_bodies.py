"""Writes conversions that look further, as `ConvertResponse` describes them."""

import orjson

from application.rates.convert_further import FurtherConversion
from domain.decimals import plain
from domain.rates.depth import DepthConversion, Trade


def further_body(conversion: FurtherConversion, *, include_route: bool) -> bytes:
    """Write a conversion."""
    return orjson.dumps(depth_fields(conversion, include_route=include_route))


def depth_fields(conversion: DepthConversion, *, include_route: bool) -> dict[str, object]:
    """Return a conversion at depth."""
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
    return {
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
