"""Conversions as requests and answers, and as the OpenAPI document describes them."""

from datetime import date
from typing import Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from domain.decimals import plain
from domain.pair import Side
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.reference_rates import ReferenceLeg
from domain.rates.route import AnyLeg, Leg
from entrypoints.http.rates.fields import (
    AmountField,
    AnyExchangeField,
    CurrencyField,
    MomentField,
    RateTypeField,
    SecondsField,
)
from entrypoints.http.server.format import BomField, FormatField


class ConvertNowRequest(BaseModel):
    """What to convert, at prices of now."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    currency_from: CurrencyField = Field(
        description="Ticker to convert from, in upper or lower case.", examples=["USDT"]
    )
    currency_to: CurrencyField = Field(description="Ticker to convert to, in upper or lower case.", examples=["TRX"])
    amount: AmountField = Field(description="Units of `currency_from`, read exactly; 0 or more.", examples=[100])
    exchange: AnyExchangeField = Field(
        None,
        description="The only exchange to ask, in upper or lower case, or `ecb`, the bank; `best` asks all at once for "
        "the one that gives most; null asks all in order.",
        examples=[None],
    )
    cache_max_seconds: SecondsField | None = Field(
        None,
        description="Maximum age of the prices, in seconds; null fetches new ones for this request.",
        examples=[1000],
    )
    rate_type: RateTypeField = Field(
        RateType.MID,
        description="`mid`; `executable`: sells at the bid and buys at the ask; `depth`: what this very amount would "
        "bring, by the order books and with fees; or `median`: of the mids of all exchanges.",
    )
    include_route: StrictBool = Field(default=False, description="Whether to add `route`: the legs with their prices.")


class ConvertRequest(ConvertNowRequest):
    """What to convert, now or at a past moment."""

    at: MomentField = Field(
        default_factory=lambda: None,  # a default in the document would have to fit the schema
        description="A past moment, Unix seconds or ISO 8601 such as 2026-11-20T12:00:00Z: converts by the recorded "
        "rate that is nearest to it, never by a price of now. `cache_max_seconds` is then how far that rate may be "
        "from it, `rate_type` is `mid`, and `exchange` one that gave the rate alone.",
    )


class ConvertQuery(ConvertRequest):
    """What to convert, and in which format to answer."""

    format: FormatField = None
    bom: BomField = None


class RouteLeg(BaseModel):
    """One trade of the route, one rate of the bank that completes it, or a change of unit, such as 1000SATS/SATS."""

    exchange: str = Field(
        description="Exchange of the market, the same for every leg but those of the bank, `ecb`.", examples=["binance"]
    )
    symbol: str = Field(description="The market, as the exchange spells it.", examples=["TRXUSDT"])
    side: Side = Field(description="Whether the leg buys or sells the market's base.", examples=["buy"])
    price: str = Field(description="Exact price of one base, in units of the market's quote.", examples=["0.1218"])
    observed_at: int = Field(
        description="Unix second just before the price was requested, or when the bank published it.",
        examples=[1714304596],
    )
    published: date | None = Field(
        None, description="The day of the bank's rate; absent on an exchange.", examples=["2026-11-25"]
    )
    precision: Literal["float"] | None = Field(
        None, description="`float` if the price came through ccxt, which keeps some 15 digits; else absent."
    )


class TradeSchema(BaseModel):
    """What one order of a conversion at depth would do."""

    exchange: str = Field(examples=["binance"])
    symbol: str = Field(description="The market, as the exchange spells it.", examples=["BTCUSDT"])
    side: Side = Field(description="Whether the order buys or sells the market's base.", examples=["sell"])
    quantity: str = Field(description="Units of the base that are traded, in whole lots.", examples=["0.25"])
    funds: str = Field(description="Units of the quote against which they are traded.", examples=["24263.1875"])
    price: str = Field(description="The average price, to 12 significant digits.", examples=["97052.75"])
    fee: str = Field(description="The taker's fee, in units of the currency received.", examples=["24.2631875"])
    left_over: str = Field(description="Units of the currency given that make up no whole lot.", examples=["0"])
    observed_at: int = Field(description="Unix second just before the order book was requested.", examples=[1714304596])
    precision: Literal["float"] | None = Field(
        None, description="`float` if the order book came through ccxt, which keeps some 15 digits; else absent."
    )


class LeftOver(BaseModel):
    """What is not traded of a currency, since it makes up no whole lot."""

    currency: str = Field(examples=["USDT"])
    amount: str = Field(examples=["0.0132"])


class ConsideredSchema(BaseModel):
    """An exchange that does not give most."""

    exchange: str = Field(examples=["kucoin"])
    rate: str | None = Field(None, description="Its rate, if it has one.", examples=["8.2"])
    reason: str | None = Field(
        None,
        description="Why it has no rate, or why it cannot win although it has one.",
        examples=["timeout: no answer in time"],
    )


class ProviderSchema(BaseModel):
    """An exchange whose mid is among those of which the median is taken."""

    exchange: str = Field(examples=["binance"])
    rate: str = Field(description="Its mid, to 12 significant digits.", examples=["8.21"])
    updated_at: int = Field(description="Unix second of its oldest leg.", examples=[1714304596])
    route: list[RouteLeg] | None = Field(None, description="The legs, on request.")


class RecordedRate(BaseModel):
    """A recorded rate that a conversion at a past moment uses."""

    pair: str = Field(examples=["BTC/USD"])
    side: Side = Field(
        description="`sell`: the conversion multiplies by the rate. `buy`: the rate was recorded the other way round, "
        "and the conversion divides by it.",
        examples=["sell"],
    )
    rate: str = Field(description="Units of the pair's quote for one base, as recorded.", examples=["63581.12"])
    source: str = Field(
        description="Who gave it: `alphavantage`, `exchanges` (this service's own conversion), or the bank, `ecb`.",
        examples=["alphavantage"],
    )
    exchange: str | None = Field(
        None, description="The exchange that it is from; absent for another source.", examples=["binance"]
    )
    observed_at: int = Field(description="Unix second at which it was true.", examples=[1714302000])
    quote_id: int | None = Field(None, description="Number of the recorded quote.", examples=[4711])
    hour: int | None = Field(
        None,
        description="Unix second at which the hour began for which every currency was recorded, if it is from there.",
        examples=[1714302000],
    )
    published: date | None = Field(
        None,
        description="The day of the bank's rate: that of the last publication by then, such as Friday's on a Sunday.",
        examples=["2026-11-20"],
    )
    route: list[RouteLeg] | None = Field(None, description="The legs of the recorded quote; on request.")


class ConvertResponse(BaseModel):
    """A conversion. `route` is present on request, and where an exchange trades a currency under another code.

    The members from `received` to `trades` are present with `depth` only, which has `trades` in place of `route`;
    `considered` with the exchange `best` only; `providers` and `left_out` with `median` only; those from `at` on with
    `at` only, which has `recorded` in place of `route`.
    """

    model_config = ConfigDict(extra="forbid")

    currency_from: str = Field(examples=["USDT"])
    currency_to: str = Field(examples=["TRX"])
    exchange: str = Field(
        description="The exchange that the prices are from; `binance+ecb` where the bank's rates complete the route.",
        examples=["binance"],
    )
    rate: str = Field(
        description="Units of `currency_to` for one `currency_from`, to 12 significant digits.", examples=["8.21"]
    )
    result: str = Field(description="Exactly the amount times the rate.", examples=["821"])
    updated_at: int = Field(
        description="Unix second of the oldest leg on an exchange; of the bank's publication, if all legs are its; of "
        "the list of pairs, if there is no leg.",
        examples=[1714304596],
    )
    route: list[RouteLeg] | None = Field(
        None, description="The legs in order; empty when both currencies are the same."
    )
    received: str | None = Field(
        None, description="Units of `currency_to` that would arrive, exactly.", examples=["24238.9243125"]
    )
    fee: str | None = Field(
        None,
        description="All fees in units of `currency_to`, to 12 significant digits; they are deducted already.",
        examples=["24.2631875"],
    )
    slippage_percent: str | None = Field(
        None,
        description="By how much the average prices are worse than the mids at the top of the order books, fees aside, "
        "to 12 significant digits.",
        examples=["0.00636223"],
    )
    filled: str | None = Field(None, description="Units of `currency_from` that are traded.", examples=["0.25"])
    left_over: list[LeftOver] | None = Field(
        None, description="What makes up no whole lot on a leg; absent if there is nothing."
    )
    trades: list[TradeSchema] | None = Field(None, description="The orders, leg by leg; on request.")
    considered: list[ConsideredSchema] | None = Field(None, description="The other exchanges, in their order.")
    providers: list[ProviderSchema] | None = Field(None, description="The exchanges whose mids are used.")
    left_out: dict[str, str] | None = Field(None, description="Why each of the other exchanges is not used.")
    at: int | None = Field(None, description="The past moment, in Unix seconds.", examples=[1714302300])
    seconds_from_at: int | None = Field(
        None,
        description="How far `updated_at` is from `at`: negative if the rate is from before it.",
        examples=[-300],
    )
    recorded: list[RecordedRate] | None = Field(
        None, description="The recorded rates that lead from `currency_from` to `currency_to`."
    )


def conversion_body(conversion: Conversion, *, include_route: bool) -> bytes:
    """Write a conversion as `ConvertResponse` describes."""
    return orjson.dumps(conversion_fields(conversion, include_route=include_route))


def conversion_fields(conversion: Conversion, *, include_route: bool) -> dict[str, object]:
    """Return a conversion as `ConvertResponse` describes it.

    By hand: building and dumping a model takes four times as long. Tests hold the two together.
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
    if include_route or route.uses_second_name:
        body["route"] = [leg_fields(leg, conversion.rate_type) for leg in route.legs]
    return body


def leg_fields(leg: AnyLeg, rate_type: RateType) -> dict[str, object]:
    """Return a leg as `RouteLeg` describes it."""
    body: dict[str, object] = {
        "exchange": leg.exchange,
        "symbol": leg.symbol,
        "side": leg.side,
        "price": plain(leg.price(rate_type)),
        "observed_at": int(leg.observed_at),
    }
    if isinstance(leg, ReferenceLeg):
        body["published"] = leg.published
    elif isinstance(leg, Leg) and leg.has_float_price:
        body["precision"] = "float"
    return body
