"""Writing answers about quotes as their schemas describe them.

By hand: building and dumping models takes four times as long. Tests hold the two together.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from application.quotes.list_quotes import Page
from domain.decimals import plain
from domain.pair import Pair
from domain.quotes.candle import Candle, Interval
from domain.quotes.quote import PricedLeg, RecordedQuote
from entrypoints.http.quotes.cursor import cursor_of


def quote_fields(recorded: RecordedQuote) -> dict[str, Any]:
    """Return a quote as `QuoteSchema` describes it, without absent members."""
    quote = recorded.quote
    fields: dict[str, Any] = {
        "id": recorded.id,
        "pair": str(quote.pair),
        "rate": plain(quote.rate),
        "source": quote.source,
        "observed_at": quote.observed_at,
        "recorded_at": recorded.recorded_at,
    }
    if recorded.hour is not None:
        fields["hour"] = recorded.hour
    if quote.legs:
        fields["exchange"] = quote.exchange
        fields["route"] = list(map(_leg, quote.legs))
    return fields


def _leg(leg: PricedLeg) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "exchange": leg.exchange,
        "symbol": leg.symbol,
        "side": leg.side,
        "price": plain(leg.price),
        "observed_at": leg.observed_at,
    }
    return fields if leg.published is None else fields | {"published": leg.published}


def page_body(page: Page, quotes: Sequence[orjson.Fragment]) -> bytes:
    """Write what `QuotesAnswer` describes. Each quote is the JSON of its `quote_fields`."""
    body: dict[str, Any] = {"quotes": quotes}
    if page.next is not None:
        body["next_cursor"] = cursor_of(page.next)
    return orjson.dumps(body)


def quotes_body(quotes: Sequence[RecordedQuote], skipped: dict[str, str] | None = None) -> bytes:
    """Write quotes as `LatestAnswer` and `RecordedAnswer` describe them."""
    body: dict[str, Any] = {"quotes": list(map(quote_fields, quotes))}
    return orjson.dumps(body | {"skipped": skipped} if skipped else body)


def candle_fields(candle: Candle) -> dict[str, Any]:
    """Return a candle as `CandleSchema` describes it."""
    return {
        "opened_at": candle.opened_at,
        "open": plain(candle.open),
        "high": plain(candle.high),
        "low": plain(candle.low),
        "close": plain(candle.close),
        "count": candle.count,
    }


def candles_body(pair: Pair, interval: Interval, candles: Sequence[orjson.Fragment]) -> bytes:
    """Write what `CandlesAnswer` describes. Each candle is the JSON of its `candle_fields`."""
    return orjson.dumps({"pair": str(pair), "interval": interval, "candles": candles})
