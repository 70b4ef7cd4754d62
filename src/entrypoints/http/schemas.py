"""What goes in and out over HTTP, and the source of the OpenAPI document."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, WithJsonSchema
from pydantic_core import PydanticCustomError

from application.check_health import DependencyHealth, State
from domain.book import RateType
from domain.conversion import MAX_AMOUNT_CHARACTERS, Conversion, parse_amount
from domain.currency import MAX_LENGTH, Currency
from domain.decimals import plain
from domain.errors import RefusedInput
from domain.pair import Side
from entrypoints.http.strict_json import JsonNumber

MAX_CACHE_SECONDS = 2**31 - 1

_WHOLE = re.compile(r"(-?[0-9]{1,18})\.0+", re.ASCII)


def _currency(value: object) -> Currency:
    if not isinstance(value, str):
        raise PydanticCustomError("currency", "must be a string")
    try:
        return Currency(value)
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

CurrencyField = Annotated[Currency, BeforeValidator(_currency), WithJsonSchema(_TICKER)]
AmountField = Annotated[Decimal, BeforeValidator(_amount), WithJsonSchema(_AMOUNT)]

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
    updated_at: int = Field(description="Unix second of the oldest leg.", examples=[1714304596])
    route: list[RouteLeg] | None = Field(None, description="The legs in order; none when both currencies are the same.")

    @classmethod
    def of(cls, conversion: Conversion, *, include_route: bool) -> Self:
        """Write a conversion."""
        route = conversion.route
        return cls(
            currency_from=route.currency_from,
            currency_to=route.currency_to,
            exchange=route.exchange,
            rate=plain(conversion.rate),
            result=plain(conversion.result),
            updated_at=conversion.updated_at,
            route=route_legs(conversion) if include_route else None,
        )

    def to_bytes(self) -> bytes:
        """Write it as JSON, without `route` where it was not asked for."""
        return self.model_dump_json(exclude_none=True).encode()


def route_legs(conversion: Conversion) -> list[RouteLeg]:
    """Write the legs of a conversion with the prices that it took."""
    return [
        RouteLeg(
            exchange=leg.exchange,
            symbol=leg.symbol,
            side=leg.side,
            price=plain(leg.price(conversion.rate_type)),
            observed_at=int(leg.observed_at),
        )
        for leg in conversion.route.legs
    ]


class DependencyStatus(BaseModel):
    """How one of the things that the service depends on was when last asked."""

    status: State = Field(description="`unknown` when it was not asked yet.", examples=["up"])
    detail: str | None = Field(None, description="What is wrong.")
    listing_age_seconds: float | None = Field(None, description="Age of the list of tradable pairs in hand.")
    books_age_seconds: float | None = Field(None, description="Age of the prices in hand.")


class Readiness(BaseModel):
    """Whether conversions can be asked for, and what they depend on."""

    status: Literal["ready", "degraded"] = Field(description="`degraded` when something that it depends on is down.")
    dependencies: dict[str, DependencyStatus]

    @classmethod
    def of(cls, dependencies: Sequence[DependencyHealth]) -> Self:
        """Write the health of every dependency."""
        return cls(
            status="degraded" if any(each.state is State.DOWN for each in dependencies) else "ready",
            dependencies={
                each.name: DependencyStatus(
                    status=each.state,
                    detail=each.detail,
                    listing_age_seconds=each.listing_age_seconds,
                    books_age_seconds=each.books_age_seconds,
                )
                for each in dependencies
            },
        )


class Liveness(BaseModel):
    """The process answers."""

    status: Literal["alive"] = Field("alive", examples=["alive"])


class FieldErrorSchema(BaseModel):
    """One field at fault."""

    field: str = Field(description="Name of the field; empty for the body as a whole.", examples=["amount"])
    detail: str = Field(description="What is wrong with it.", examples=["must be 0 or more"])


class ProblemDetails(BaseModel):
    """RFC 9457 problem details. The last three members are there for the kinds that have them."""

    type: str = Field(
        description="URI reference of the kind of problem.",
        examples=["/problems/invalid-input"],
        json_schema_extra={"format": "uri-reference"},
    )
    title: str = Field(examples=["Invalid input"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["amount must be 0 or more"])
    instance: str = Field(
        description="Path that was asked for.",
        examples=["/api/v1/convert"],
        json_schema_extra={"format": "uri-reference"},
    )
    request_id: str = Field(description="The X-Request-ID of this exchange of messages.")
    errors: list[FieldErrorSchema] | None = Field(None, description="Refused input: each field at fault.")
    reasons: dict[str, str] | None = Field(None, description="Why each exchange that answered has no route.")
    failures: dict[str, str] | None = Field(None, description="Why each exchange that could not be asked, could not.")


class ProblemMeaning(BaseModel):
    """What the `type` of a problem leads to."""

    type: str = Field(description="URI reference of the kind of problem.", examples=["/problems/no-route"])
    title: str = Field(examples=["No route"])
    status: int = Field(description="HTTP status that it is answered with.", examples=[404])
    meaning: str = Field(description="When it is answered, and which members it has.")
