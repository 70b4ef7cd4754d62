"""Conversions as requests and answers, and as the OpenAPI document describes them."""

from datetime import date

import orjson
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from domain.decimals import plain
from domain.pair import Side
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.reference_rates import ReferenceLeg
from domain.rates.route import Leg
from entrypoints.http.rates.fields import AmountField, AnyExchangeField, CurrencyField, RateTypeField, SecondsField
from entrypoints.http.server.format import BomField, FormatField


class ConvertRequest(BaseModel):
    """What to convert."""

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


class ConvertQuery(ConvertRequest):
    """What to convert, and in which format to answer."""

    format: FormatField = None
    bom: BomField = None


class RouteLeg(BaseModel):
    """One trade of the route, or one rate of the bank that completes it."""

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


class ConvertResponse(BaseModel):
    """A conversion. `route` is present on request, and where an exchange trades a currency under another code.

    The members from `received` to `trades` are present with `depth` only, which has `trades` in place of `route`;
    `considered` with the exchange `best` only; `providers` and `left_out` with `median` only.
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


def leg_fields(leg: Leg | ReferenceLeg, rate_type: RateType) -> dict[str, object]:
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
    return body
