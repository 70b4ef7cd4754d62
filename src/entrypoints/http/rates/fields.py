"""The types of the fields of a conversion request."""

from decimal import Decimal
from functools import lru_cache
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainValidator, StrictBool, StrictInt, WithJsonSchema
from pydantic_core import PydanticCustomError

from domain.currency import MAX_LENGTH, Currency
from domain.errors import InvalidInput
from domain.moments import LATEST_MOMENT
from domain.rates.book import FurtherRateType, RateType
from domain.rates.conversion import MAX_AMOUNT_CHARACTERS, MAX_AMOUNT_EXPONENT, parse_amount
from entrypoints.http.server.moment import unix_seconds
from entrypoints.http.server.strict_json import JsonNumber
from entrypoints.http.server.validation import wrong_value

MAX_CACHE_SECONDS = 2**31 - 1

# Nearly all requests name one of a few hundred tickers.
known_currency = lru_cache(maxsize=4096)(Currency)


def _currency(value: object) -> Currency:
    if not isinstance(value, str):
        raise PydanticCustomError("currency", "must be a string")
    try:
        return known_currency(value)
    except InvalidInput as error:
        raise wrong_value(error) from error


def amount_as_written(value: object) -> str:
    """Return the text of an amount, which may be a number or a string that holds one."""
    if isinstance(value, JsonNumber):
        return value.text
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise PydanticCustomError("amount", "must be a number or a string that holds one")
    return value


def _amount(value: object) -> Decimal:
    try:
        return parse_amount(amount_as_written(value))
    except InvalidInput as error:
        raise wrong_value(error) from error


def seconds_as_written(value: object) -> object:
    """Return a whole number as such, however it is written."""
    # JSON Schema counts 1000.0 and 1e3 as integers, and some clients write all numbers as floats.
    if isinstance(value, JsonNumber) and len(value.text) <= MAX_AMOUNT_CHARACTERS:
        number = Decimal(value.text)
        if abs(number.adjusted()) <= MAX_AMOUNT_EXPONENT and number == number.to_integral_value():
            return int(number)
    return value


def _moment(value: object) -> int:
    """Read a moment, which may be a number of Unix seconds in a body."""
    seconds = seconds_as_written(value)
    return unix_seconds(str(seconds) if isinstance(seconds, int) and not isinstance(seconds, bool) else seconds)


def _flag(text: object) -> object:
    return {"true": True, "false": False}.get(text, text) if isinstance(text, str) else text


_RATE_TYPES: dict[str, RateType | FurtherRateType] = {each.value: each for each in (*RateType, *FurtherRateType)}
_NO_RATE_TYPE = "must be {} or {}".format(", ".join(map(repr, [*_RATE_TYPES][:-1])), repr([*_RATE_TYPES][-1]))


def _rate_type(value: object) -> RateType | FurtherRateType:
    found = _RATE_TYPES.get(value) if isinstance(value, str) else None
    if found is None:
        raise PydanticCustomError("rate_type", _NO_RATE_TYPE)
    return found


# `Currency` checks more than a pattern could: tickers are not all ASCII.
_TICKER = {"type": "string", "format": "ticker", "minLength": 1, "maxLength": MAX_LENGTH}
_AMOUNT_PATTERN = r"^[0-9]+(\.[0-9]+)?([eE][+-]?0*(1[0-8]|[0-9]))?$"
_AMOUNT = {
    "anyOf": [
        {"type": "number", "minimum": 0},
        {"type": "string", "maxLength": MAX_AMOUNT_CHARACTERS, "pattern": _AMOUNT_PATTERN},
    ]
}

CurrencyField = Annotated[Currency, PlainValidator(_currency), WithJsonSchema(_TICKER)]
# The document fills in the names of the configured exchanges; which ones exist is for the conversion to check.
ExchangeField = Annotated[str | None, WithJsonSchema({"format": "exchange"})]
RateTypeField = Annotated[
    RateType | FurtherRateType,
    PlainValidator(_rate_type),
    WithJsonSchema({"type": "string", "enum": list(_RATE_TYPES)}),
]
AnyExchangeField = Annotated[str | None, WithJsonSchema({"format": "exchange-or-best"})]
AmountField = Annotated[Decimal, PlainValidator(_amount), WithJsonSchema(_AMOUNT)]

_MOMENT = {
    "anyOf": [{"type": "string", "format": "moment"}, {"type": "integer", "minimum": 0, "maximum": LATEST_MOMENT}]
}
# Its schema has no null: without the field, a conversion is at prices of now, which must not happen by mistake.
MomentField = Annotated[int | None, BeforeValidator(_moment), WithJsonSchema(_MOMENT)]

SecondsField = Annotated[StrictInt, Field(ge=0, le=MAX_CACHE_SECONDS), BeforeValidator(seconds_as_written)]

# A boolean in a query.
FlagField = Annotated[StrictBool, BeforeValidator(_flag)]
