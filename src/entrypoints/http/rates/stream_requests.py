"""Which rates to stream, as the OpenAPI document describes it."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from domain.currency import MAX_LENGTH
from domain.errors import InvalidInput
from domain.pair import Pair
from domain.rates.book import RateType
from entrypoints.http.rates.fields import FlagField
from entrypoints.http.server.validation import wrong_value

MOST_PAIRS = 100

_LONGEST = MOST_PAIRS * (2 * MAX_LENGTH + 2)


def _pairs(text: object) -> tuple[Pair, ...]:
    if not isinstance(text, str):
        raise PydanticCustomError("pairs", "must be pairs separated by commas")
    parts = text.split(",") if len(text) <= _LONGEST else [""] * (MOST_PAIRS + 1)
    if len(parts) > MOST_PAIRS:
        raise PydanticCustomError("pairs", "must be at most 100 pairs")
    try:
        return tuple(dict.fromkeys(Pair.parse(part) for part in parts))
    except InvalidInput as error:
        raise wrong_value(error) from error


PairsField = Annotated[
    tuple[Pair, ...],
    BeforeValidator(_pairs),
    WithJsonSchema({"type": "string", "format": "pairs", "minLength": 3, "maxLength": _LONGEST}),
]


class StreamQuery(BaseModel):
    """Which rates to stream."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    pairs: PairsField = Field(
        description="Up to 100 pairs, separated by commas; a rate is that of one base in units of the quote.",
        examples=["BTC/USDT,TRX/ADA"],
    )
    rate_type: RateType = Field(
        RateType.MID, description="`mid`, or `executable`: what selling one base brings, at the bid."
    )
    include_route: FlagField = Field(default=False, description="Whether to add `route`: the legs with their prices.")
