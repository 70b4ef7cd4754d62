"""A conversion as it goes in and out over HTTP, and as the OpenAPI document tells it."""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Annotated

import orjson
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StrictBool,
    StrictInt,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from domain.currency import MAX_LENGTH, Currency
from domain.decimals import plain
from domain.errors import RefusedInput
from domain.pair import Side
from domain.rates.book import RateType
from domain.rates.conversion import MAX_AMOUNT_CHARACTERS, Conversion, parse_amount
from domain.rates.route import Leg
from entrypoints.http.server.strict_json import JsonNumber

MAX_CACHE_SECONDS = 2**31 - 1

# The same few hundred tickers are asked for again and again.
_known_currency = lru_cache(maxsize=4096)(Currency)

_WHOLE = re.compile(r"(-?[0-9]{1,18})\.0+", re.ASCII)


def _currency(value: object) -> Currency:
    if not isinstance(value, str):
        raise PydanticCustomError("currency", "must be a string")
    try:
        return _known_currency(value)
    except RefusedInput as error:
        raise _refused(error) from error


def _amount(value: object) -> Decimal:
    if isinstance(value, JsonNumber):
        value = value.text
    elif isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise PydanticCustomError("amount", "must be a number or a string that holds one")
    try:
        return parse_amount(value)
    except RefusedInput as error:
        raise _refused(error) from error


def _seconds(value: object) -> object:
    # 1000.0 is an integer to JSON Schema, and to whoever writes all numbers as floats.
    if isinstance(value, JsonNumber) and (match := _WHOLE.fullmatch(value.text)) is not None:
        return int(match[1])
    return value


def _refused(error: RefusedInput) -> PydanticCustomError:
    return PydanticCustomError("refused", "{message}", {"message": str(error)})


# What else makes a ticker well-formed (see `Currency`) is more than a pattern can say: tickers are not all ASCII.
_TICKER = {"type": "string", "format": "ticker", "minLength": 1, "maxLength": MAX_LENGTH}
_AMOUNT_PATTERN = r"^[0-9]+(\.[0-9]+)?([eE][+-]?0*(1[0-8]|[0-9]))?$"
_AMOUNT = {
    "anyOf": [
        {"type": "number", "minimum": 0},
        {"type": "string", "maxLength": MAX_AMOUNT_CHARACTERS, "pattern": _AMOUNT_PATTERN},
    ]
}

CurrencyField = Annotated[Currency, PlainValidator(_currency), WithJsonSchema(_TICKER)]
AmountField = Annotated[Decimal, PlainValidator(_amount), WithJsonSchema(_AMOUNT)]

SecondsField = Annotated[StrictInt, Field(ge=0, le=MAX_CACHE_SECONDS), BeforeValidator(_seconds)]


class ConvertRequest(BaseModel):
    """A conversion to be made."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    currency_from: CurrencyField = Field(description="Ticker to convert from, in any case.", examples=["USDT"])
    currency_to: CurrencyField = Field(description="Ticker to convert to, in any case.", examples=["TRX"])
    amount: AmountField = Field(description="Units of `currency_from`, taken exactly; 0 or more.", examples=[100])
    exchange: str | None = Field(
        None, description="The one exchange to ask, in any case; null asks all in order.", examples=[None]
    )
    cache_max_seconds: SecondsField | None = Field(
        None,
        description="Oldest price to accept, in seconds; null has prices fetched for this request.",
        examples=[1000],
    )
    rate_type: RateType = Field(RateType.MID, description="`mid`, or `executable`: sell at the bid and buy at the ask.")
    include_route: StrictBool = Field(default=False, description="Whether to add `route`, the legs with their prices.")


class RouteLeg(BaseModel):
    """One trade of the route."""

    exchange: str = Field(description="Exchange of the market; the same for every leg.", examples=["binance"])
    symbol: str = Field(description="The market, as the exchange spells it.", examples=["TRXUSDT"])
    side: Side = Field(description="Whether the market's base is bought or sold.", examples=["buy"])
    price: str = Field(description="Units of the market's quote for one base, exactly.", examples=["0.1218"])
    observed_at: int = Field(description="Unix second just before the price was asked for.", examples=[1714304596])


class ConvertResponse(BaseModel):
    """A conversion made. `route` is there only when it was asked for."""

    model_config = ConfigDict(extra="forbid")

    currency_from: str = Field(examples=["USDT"])
    currency_to: str = Field(examples=["TRX"])
    exchange: str = Field(description="The exchange that served.", examples=["binance"])
    rate: str = Field(
        description="Units of `currency_to` for one `currency_from`: 12 significant digits at most.", examples=["8.21"]
    )
    result: str = Field(description="Exactly the amount times the rate.", examples=["821"])
    updated_at: int = Field(
        description="Unix second of the oldest leg; of the list of pairs where no leg was needed.",
        examples=[1714304596],
    )
    route: list[RouteLeg] | None = Field(None, description="The legs in order; none when both currencies are the same.")


def conversion_body(conversion: Conversion, *, include_route: bool) -> bytes:
    """Write a conversion as `ConvertResponse` says.

    By hand, since a model made and dumped for each answer takes four times as long; the tests hold the two together.
    """
    route = conversion.route
    body: dict[str, object] = {
        "currency_from": route.currency_from,
        "currency_to": route.currency_to,
        "exchange": route.exchange,
        "rate": plain(conversion.rate),
        "result": plain(conversion.result),
        "updated_at": conversion.updated_at,
    }
    if include_route:
        body["route"] = [_leg(leg, conversion.rate_type) for leg in route.legs]
    return orjson.dumps(body)


def _leg(leg: Leg, rate_type: RateType) -> dict[str, str | int]:
    return {
        "exchange": leg.exchange,
        "symbol": leg.symbol,
        "side": leg.side,
        "price": plain(leg.price(rate_type)),
        "observed_at": int(leg.observed_at),
    }
