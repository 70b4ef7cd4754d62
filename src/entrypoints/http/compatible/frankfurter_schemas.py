"""Frankfurter's requests and answers, as the OpenAPI document describes them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from domain.currency import MAX_LENGTH
from entrypoints.http.rates.table_schemas import MOST_SYMBOLS
from entrypoints.http.server.error_shape import ErrorShape

_TICKER = {"type": "string", "format": "ticker", "minLength": 1, "maxLength": MAX_LENGTH}
_TICKERS = {"type": "string", "format": "tickers", "minLength": 1}
_AMOUNT = {"type": "string", "pattern": r"^([1-9][0-9]{0,14}(\.[0-9]{1,18})?|0\.[0-9]{0,17}[1-9])$"}
_DAY = {"type": "string", "format": "date"}

Ticker = Annotated[str | None, WithJsonSchema(_TICKER)]
Tickers = Annotated[str | None, WithJsonSchema(_TICKERS)]
Day = Annotated[str, WithJsonSchema(_DAY)]

DAY_IN_PATH = _DAY


class FrankfurterQuery(BaseModel):
    """What Frankfurter's clients send. What else they send is ignored, as it is there."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    base: Ticker = Field(None, description="Ticker of the currency whose rates these are; EUR when absent.")
    symbols: Tickers = Field(
        None,
        description=f"Tickers of at most {MOST_SYMBOLS} other currencies, separated by commas; when absent, all of the "
        "bank's. Unknown ones are left out of the answer.",
        examples=["USD,GBP"],
    )
    amount: Annotated[str | None, WithJsonSchema(_AMOUNT)] = Field(
        None, description="Amount of `base` that the rates are for; 1 when absent.", examples=["10"]
    )
    from_: Ticker = Field(None, alias="from", description="The older name of `base`, which it precedes.")
    to: Tickers = Field(None, description="The older name of `symbols`, which it precedes.", examples=["USD,GBP"])


class FrankfurterRates(BaseModel):
    """The rates of one day, as Frankfurter answers."""

    model_config = ConfigDict(extra="forbid")

    amount: float = Field(examples=[1.0])
    base: str = Field(examples=["EUR"])
    date: Day = Field(description="The day of the publication; today, if a rate comes from exchanges.")
    rates: dict[str, float] = Field(description="By ticker, in alphabetical order.")


class FrankfurterSeries(BaseModel):
    """The rates of several days, as Frankfurter answers."""

    model_config = ConfigDict(extra="forbid")

    amount: float = Field(examples=[1.0])
    base: str = Field(examples=["EUR"])
    start_date: Day = Field(description="The first day with rates.")
    end_date: Day = Field(description="The last day with rates.")
    rates: dict[str, dict[str, float]] = Field(description="By day, then by ticker.")


class FrankfurterNames(BaseModel):
    """The names of the bank's currencies by ticker, as Frankfurter answers."""

    model_config = ConfigDict(extra="allow")

    __pydantic_extra__: dict[str, str]


class FrankfurterError(BaseModel):
    """An error, as Frankfurter answers."""

    model_config = ConfigDict(extra="forbid")

    message: str = Field(examples=["not found"])


ERRORS = ErrorShape(FrankfurterError, lambda problem: {"message": problem.detail})
