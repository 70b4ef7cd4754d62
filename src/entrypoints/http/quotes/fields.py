"""The types of the fields of requests for quotes."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal, TypeVar

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from application.quotes.list_quotes import MAX_PAGE_QUOTES
from application.quotes.ports.quote_repository import Position
from domain.errors import InvalidInput
from domain.pair import Pair
from entrypoints.http.quotes.cursor import LONGEST, position_at
from entrypoints.http.server.moment import unix_seconds
from entrypoints.http.server.paging import limit_up_to
from entrypoints.http.server.validation import wrong_value

Source = Literal["alphavantage", "exchanges"]

T = TypeVar("T")


def _pair(value: object) -> Pair:
    if not isinstance(value, str):
        raise PydanticCustomError("pair", "must be a string")
    try:
        return Pair.parse(value)
    except InvalidInput as error:
        raise wrong_value(error) from error


def _unless_left_out(read: Callable[[object], T]) -> BeforeValidator:
    return BeforeValidator(lambda value: None if value is None else read(value))


# Their schemas have no null: a parameter of a query is left out instead.
_PAIR = {"type": "string", "format": "pair", "minLength": 3, "maxLength": 41}
_MOMENT = {"type": "string", "format": "moment"}

PairField = Annotated[Pair, BeforeValidator(_pair), WithJsonSchema(_PAIR)]
AnyPair = Annotated[Pair | None, _unless_left_out(_pair), WithJsonSchema(_PAIR)]
Moment = Annotated[int | None, _unless_left_out(unix_seconds), WithJsonSchema(_MOMENT)]
AnySource = Annotated[Source | None, WithJsonSchema({"type": "string", "enum": ["alphavantage", "exchanges"]})]
Limit = Annotated[
    int | None,
    _unless_left_out(partial(limit_up_to, MAX_PAGE_QUOTES)),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_PAGE_QUOTES}),
]
Cursor = Annotated[
    Position | None,
    _unless_left_out(position_at),
    WithJsonSchema({"type": "string", "format": "cursor", "maxLength": LONGEST}),
]
PairOrNull = Annotated[Pair | None, _unless_left_out(_pair), WithJsonSchema(_PAIR | {"type": ["string", "null"]})]
