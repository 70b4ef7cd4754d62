"""Recorded quotes and candles as they are asked for and answered over HTTP.

Answers are written by hand, which takes a quarter of the time that models do; the tests hold the two together.
"""

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, TypeVar

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from application.quotes.list_quotes import MOST_QUOTES, Page
from application.quotes.ports.quote_repository import Position
from domain.decimals import plain
from domain.errors import RefusedInput
from domain.pair import Pair
from domain.quotes.candle import Candle, Interval
from domain.quotes.quote import RecordedQuote
from entrypoints.http.quotes.cursor import LONGEST, cursor_of, position_at
from entrypoints.http.rates.schemas import RouteLeg
from entrypoints.http.server.moment import unix_seconds

USUAL_QUOTES = 100

Source = Literal["alphavantage", "exchanges"]

_LIMIT = re.compile(r"[0-9]{1,4}", re.ASCII)

T = TypeVar("T")


def _pair(value: object) -> Pair:
    if not isinstance(value, str):
        raise PydanticCustomError("pair", "must be a string")
    try:
        return Pair.parse(value)
    except RefusedInput as error:
        raise PydanticCustomError("refused", "{message}", {"message": str(error)}) from error


def _limit(value: object) -> int:
    if not (isinstance(value, str) and _LIMIT.fullmatch(value) and 1 <= int(value) <= MOST_QUOTES):
        raise PydanticCustomError("limit", "must be a whole number from 1 to {most}", {"most": MOST_QUOTES})
    return int(value)


def _unless_left_out(read: Callable[[object], T]) -> BeforeValidator:
    return BeforeValidator(lambda value: None if value is None else read(value))


# Without null in their schemas: in a query, what is not meant is left out.
_PAIR = {"type": "string", "format": "pair", "minLength": 3, "maxLength": 41}
_MOMENT = {"type": "string", "format": "moment"}

PairField = Annotated[Pair, BeforeValidator(_pair), WithJsonSchema(_PAIR)]
AnyPair = Annotated[Pair | None, _unless_left_out(_pair), WithJsonSchema(_PAIR)]
Moment = Annotated[int | None, _unless_left_out(unix_seconds), WithJsonSchema(_MOMENT)]
AnySource = Annotated[Source | None, WithJsonSchema({"type": "string", "enum": ["alphavantage", "exchanges"]})]
Limit = Annotated[
    int | None, _unless_left_out(_limit), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST_QUOTES})
]
Cursor = Annotated[
    Position | None,
    _unless_left_out(position_at),
    WithJsonSchema({"type": "string", "format": "cursor", "maxLength": LONGEST}),
]


class _Query(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class QuotesQuery(_Query):
    """Which quotes, and how many of them."""

    pair: AnyPair = Field(None, description="BASE/QUOTE, in any case; every pair when left out.", examples=["BTC/USD"])
    since: Moment = Field(
        None, alias="from", description="Observed then or later: Unix seconds or ISO 8601.", examples=["2026-11-21"]
    )
    until: Moment = Field(
        None, alias="to", description="Observed before: Unix seconds or ISO 8601.", examples=["1795302570"]
    )
    source: AnySource = Field(None, description="The one source; any when left out.", examples=["alphavantage"])
    limit: Limit = Field(None, description="Most quotes in the answer; 100 when left out, in CSV all there are.")
    cursor: Cursor = Field(None, description="The `next_cursor` of the page before.")


class LatestQuery(_Query):
    """Whose newest quote."""

    pair: AnyPair = Field(
        None, description="BASE/QUOTE, in any case; every tracked pair when left out.", examples=["BTC/USD"]
    )


class CandlesQuery(_Query):
    """Which candles."""

    pair: PairField = Field(description="BASE/QUOTE, in any case.", examples=["BTC/USDT"])
    interval: Interval = Field(description="How long each candle lasts; days are those of UTC.", examples=["1h"])
    since: Moment = Field(
        None,
        alias="from",
        description="Begin, widened to a whole candle: Unix seconds or ISO 8601; 100 candles ago when left out.",
        examples=["2026-11-21"],
    )
    until: Moment = Field(
        None,
        alias="to",
        description="End, widened to a whole candle: Unix seconds or ISO 8601; now when left out.",
        examples=["2026-11-22T12:00:00Z"],
    )
    source: AnySource = Field(None, description="The one source; any when left out.", examples=["exchanges"])


class RecordRequest(_Query):
    """What is to be recorded now."""

    pair: Annotated[Pair | None, _unless_left_out(_pair), WithJsonSchema(_PAIR | {"type": ["string", "null"]})] = Field(
        None, description="BASE/QUOTE, in any case; null or left out: every tracked pair.", examples=["BTC/USDT"]
    )


class QuoteSchema(BaseModel):
    """What a pair was worth at a moment, and who said so."""

    model_config = ConfigDict(extra="forbid")

    id: int = Field(description="Number of the row.", examples=[4711])
    pair: str = Field(examples=["BTC/USDT"])
    rate: str = Field(description="Units of the pair's quote for one base: 12 significant digits at most.")
    source: Source = Field(description="Who said so; `exchanges` is this service's own conversion.")
    exchange: str | None = Field(None, description="The exchange that it came from.", examples=["binance"])
    observed_at: int = Field(description="Unix second of the rate.", examples=[1795302001])
    recorded_at: int = Field(description="Unix second at which the source was asked.", examples=[1795302001])
    hour: int | None = Field(
        None, description="Unix second at which the hour began that it stands for; none when asked for by hand."
    )
    route: list[RouteLeg] | None = Field(None, description="How the exchange's markets lead from base to quote.")


class QuotesAnswer(BaseModel):
    """Quotes, newest first."""

    model_config = ConfigDict(extra="forbid")

    quotes: list[QuoteSchema]
    next_cursor: str | None = Field(None, description="Where the next page begins; none on the last one.")


class LatestAnswer(BaseModel):
    """The newest quote of the pair, or of every tracked pair that has any."""

    model_config = ConfigDict(extra="forbid")

    quotes: list[QuoteSchema]


class RecordedAnswer(BaseModel):
    """What was recorded, and why a tracked pair was not."""

    model_config = ConfigDict(extra="forbid")

    quotes: list[QuoteSchema]
    skipped: dict[str, str] | None = Field(None, description="Why, for each tracked pair that could not be recorded.")


class CandleSchema(BaseModel):
    """First, highest, lowest and last rate of a span."""

    model_config = ConfigDict(extra="forbid")

    opened_at: int = Field(description="Unix second at which it begins.", examples=[1795302000])
    open: str
    high: str
    low: str
    close: str
    count: int = Field(description="How many quotes it is made of.", examples=[1])


class CandlesAnswer(BaseModel):
    """Candles, oldest first. A span in which nothing was recorded has none."""

    model_config = ConfigDict(extra="forbid")

    pair: str = Field(examples=["BTC/USDT"])
    interval: Interval
    candles: list[CandleSchema]


def quote_fields(recorded: RecordedQuote) -> dict[str, Any]:
    """Return a quote as `QuoteSchema` says, without what it has not."""
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
        fields["route"] = [
            {
                "exchange": leg.exchange,
                "symbol": leg.symbol,
                "side": leg.side,
                "price": plain(leg.price),
                "observed_at": leg.observed_at,
            }
            for leg in quote.legs
        ]
    return fields


def page_body(page: Page) -> bytes:
    """Write a page as `QuotesAnswer` says."""
    body: dict[str, Any] = {"quotes": list(map(quote_fields, page.quotes))}
    if page.next is not None:
        body["next_cursor"] = cursor_of(page.next)
    return orjson.dumps(body)


def quotes_body(quotes: Sequence[RecordedQuote], skipped: dict[str, str] | None = None) -> bytes:
    """Write quotes as `LatestAnswer` and `RecordedAnswer` say."""
    body: dict[str, Any] = {"quotes": list(map(quote_fields, quotes))}
    return orjson.dumps(body | {"skipped": skipped} if skipped else body)


def candles_body(pair: Pair, interval: Interval, candles: Sequence[Candle]) -> bytes:
    """Write candles as `CandlesAnswer` says."""
    rows = [
        {
            "opened_at": candle.opened_at,
            "open": plain(candle.open),
            "high": plain(candle.high),
            "low": plain(candle.low),
            "close": plain(candle.close),
            "count": candle.count,
        }
        for candle in candles
    ]
    return orjson.dumps({"pair": str(pair), "interval": interval, "candles": rows})
