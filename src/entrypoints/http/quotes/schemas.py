"""Recorded quotes and candles as answers, as the OpenAPI document describes them."""

from pydantic import BaseModel, ConfigDict, Field

from domain.quotes.candle import Interval
from entrypoints.http.quotes.fields import Source
from entrypoints.http.rates.schemas import RouteLeg


class QuoteSchema(BaseModel):
    """The rate of a pair at a moment, and its source."""

    model_config = ConfigDict(extra="forbid")

    id: int = Field(description="Number of the quote.", examples=[4711])
    pair: str = Field(examples=["BTC/USDT"])
    rate: str = Field(description="Price of one base in units of the pair's quote, to 12 significant digits.")
    source: Source = Field(description="Where the rate is from; `exchanges` is this service's own conversion.")
    exchange: str | None = Field(None, description="The exchange whose prices the rate is from.", examples=["binance"])
    observed_at: int = Field(description="Unix second at which the rate was true.", examples=[1795302001])
    recorded_at: int = Field(description="Unix second at which the source was asked.", examples=[1795302001])
    hour: int | None = Field(
        None,
        description="Unix second at which its hour began; absent if it was recorded on request, for no hour.",
    )
    route: list[RouteLeg] | None = Field(None, description="The legs from base to quote.")


class QuotesAnswer(BaseModel):
    """Quotes, newest first."""

    model_config = ConfigDict(extra="forbid")

    quotes: list[QuoteSchema]
    next_cursor: str | None = Field(None, description="Pass it as `cursor` for the next page; absent on the last page.")


class LatestAnswer(BaseModel):
    """The newest quote of the pair, or of each tracked pair that has one."""

    model_config = ConfigDict(extra="forbid")

    quotes: list[QuoteSchema]


class RecordedAnswer(BaseModel):
    """The quotes recorded, and why a tracked pair has none."""

    model_config = ConfigDict(extra="forbid")

    quotes: list[QuoteSchema]
    skipped: dict[str, str] | None = Field(
        None, description="For each tracked pair that could not be recorded, the reason."
    )


class CandleSchema(BaseModel):
    """The first, highest, lowest and last rate of a period."""

    model_config = ConfigDict(extra="forbid")

    opened_at: int = Field(description="Unix second at which the period begins.", examples=[1795302000])
    open: str
    high: str
    low: str
    close: str
    count: int = Field(description="Number of quotes in the period.", examples=[1])


class CandlesAnswer(BaseModel):
    """Candles, oldest first. A period without recorded quotes has none."""

    model_config = ConfigDict(extra="forbid")

    pair: str = Field(examples=["BTC/USDT"])
    interval: Interval
    candles: list[CandleSchema]
