"""Tables of rates as requests and answers, and as the OpenAPI document describes them."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from domain.currency import Currency
from domain.decimals import NUMBER
from domain.errors import InvalidInput
from domain.rates.book import RateType
from entrypoints.http.rates.fields import MAX_CACHE_SECONDS, CurrencyField, SecondsField, known_currency
from entrypoints.http.server.format import BomField, FormatField
from entrypoints.http.server.validation import wrong_value

MOST_SYMBOLS = 1000
LONGEST_SECONDS = 18


def _split(text: object) -> tuple[Currency, ...]:
    codes = [code.strip() for code in str(text).split(",")]
    if "" in codes:
        raise PydanticCustomError("symbols", "must be tickers separated by commas, such as EUR,BTC")
    if len(codes) > MOST_SYMBOLS:
        raise PydanticCustomError("symbols", "must be at most {most} currencies", {"most": MOST_SYMBOLS})
    try:
        return tuple(map(known_currency, codes))
    except InvalidInput as error:
        raise wrong_value(error) from error


def _seconds(text: object) -> object:
    """Read a whole number; what is none is left for validation to reject."""
    is_whole = isinstance(text, str) and NUMBER.fullmatch(text) and text.lstrip("-").isdigit()
    return int(str(text)) if is_whole and len(str(text)) <= LONGEST_SECONDS else text


class RatesQuery(BaseModel):
    """Which rates to list."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    base: CurrencyField = Field(description="Ticker of the currency whose rates these are.", examples=["USD"])
    symbols: Annotated[
        tuple[Currency, ...] | None,
        BeforeValidator(_split),
        WithJsonSchema({"type": "string", "format": "tickers", "minLength": 1}),
    ] = Field(
        None,
        description=f"Tickers of at most {MOST_SYMBOLS} other currencies, separated by commas; when absent, all.",
        examples=["EUR,BTC"],
    )
    rate_type: RateType = Field(
        RateType.MID, description="`mid`, or `executable`: sells at the bid and buys at the ask."
    )
    cache_max_seconds: Annotated[
        SecondsField | None,
        BeforeValidator(_seconds),
        WithJsonSchema({"type": "integer", "minimum": 0, "maximum": MAX_CACHE_SECONDS}),
    ] = Field(
        None, description="Maximum age of the prices, in seconds; when absent, new ones are fetched for this request."
    )
    format: FormatField = None
    bom: BomField = None


class RateSchema(BaseModel):
    """The rate of one currency."""

    model_config = ConfigDict(extra="forbid")

    rate: str = Field(description="Units of it for one `base`, to 12 significant digits.", examples=["0.9257"])
    exchange: str = Field(description="Where the prices are from, as in a conversion.", examples=["binance+ecb"])
    updated_at: int = Field(description="Unix second of its oldest leg.", examples=[1714304596])


class RatesAnswer(BaseModel):
    """The rates of one currency, all from the same snapshot of each exchange."""

    model_config = ConfigDict(extra="forbid")

    base: str = Field(examples=["USD"])
    updated_at: int = Field(description="The oldest `updated_at` of all rates.", examples=[1714304596])
    rates: dict[str, RateSchema] = Field(description="By ticker, in alphabetical order or that of `symbols`.")
    unpriced: dict[str, str] = Field(description="Why each of the other currencies has no rate.")
