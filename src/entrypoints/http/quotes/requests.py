"""Requests for recorded quotes, as the OpenAPI document describes them."""

from pydantic import BaseModel, ConfigDict, Field

from domain.quotes.candle import Interval
from entrypoints.http.quotes.fields import AnyPair, AnySource, Cursor, Limit, Moment, PairField, PairOrNull
from entrypoints.http.server.format import BomField, FormatField


class _Query(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class QuotesQuery(_Query):
    """Which quotes to list."""

    pair: AnyPair = Field(
        None, description="BASE/QUOTE, in upper or lower case; every pair when absent.", examples=["BTC/USD"]
    )
    since: Moment = Field(
        None,
        alias="from",
        description="Only quotes observed then or later: Unix seconds or ISO 8601.",
        examples=["2026-11-21"],
    )
    until: Moment = Field(
        None, alias="to", description="Only quotes observed before: Unix seconds or ISO 8601.", examples=["1795302570"]
    )
    source: AnySource = Field(None, description="The only source; all when absent.", examples=["alphavantage"])
    limit: Limit = Field(None, description="Maximum number of quotes; when absent, 100, or all of them in CSV.")
    cursor: Cursor = Field(None, description="The `next_cursor` of the previous page.")
    format: FormatField = None
    bom: BomField = None


class LatestQuery(_Query):
    """Which pair's newest quote to show."""

    pair: AnyPair = Field(
        None, description="BASE/QUOTE, in upper or lower case; every tracked pair when absent.", examples=["BTC/USD"]
    )
    format: FormatField = None
    bom: BomField = None


class CandlesQuery(_Query):
    """Which candles to show."""

    pair: PairField = Field(description="BASE/QUOTE, in upper or lower case.", examples=["BTC/USDT"])
    interval: Interval = Field(description="Length of each candle; days are UTC days.", examples=["1h"])
    since: Moment = Field(
        None,
        alias="from",
        description="Start, rounded down to a whole candle: Unix seconds or ISO 8601; 100 candles ago when absent.",
        examples=["2026-11-21"],
    )
    until: Moment = Field(
        None,
        alias="to",
        description="End, rounded up to a whole candle: Unix seconds or ISO 8601; now when absent.",
        examples=["2026-11-22T12:00:00Z"],
    )
    source: AnySource = Field(None, description="The only source; all when absent.", examples=["exchanges"])
    format: FormatField = None
    bom: BomField = None


class RecordRequest(_Query):
    """What to record now."""

    pair: PairOrNull = Field(
        None,
        description="BASE/QUOTE, in upper or lower case; null or absent: every tracked pair.",
        examples=["BTC/USDT"],
    )
