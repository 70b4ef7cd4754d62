"""Exchanges, currencies and pairs as answers, and as the OpenAPI document describes them."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Literal, Self, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field

from application.market_data.circuit_breaker import BreakerState
from application.rates.list_tradable import ExchangeSummary, Page, PairPrice, TradableCurrency
from application.rates.tradable_pairs import TradablePair
from domain.decimals import plain
from entrypoints.http.rates.tradable_requests import cursor_after

Row = TypeVar("Row")


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ExchangeSchema(_Answer):
    """One exchange as this process knows it, without asking; or `ecb`, the bank whose rates join state currencies."""

    name: str = Field(examples=["binance"])
    status: Literal["up", "down", "unknown"] = Field(description="`unknown` until it has been asked.")
    detail: str | None = Field(None, description="What is wrong.")
    breaker: BreakerState | None = Field(
        None, description="Its circuit breaker: `open` while no calls are made. The bank has none."
    )
    listing_age_seconds: int | None = Field(None, description="Age of the list of tradable pairs in memory.")
    books_age_seconds: int | None = Field(None, description="Age of the prices in memory.")
    pairs: int = Field(description="Pairs that can be traded now.")
    currencies: int = Field(description="Currencies in those pairs.")
    published: date | None = Field(
        None, description="The day of the bank's newest rates; absent for an exchange.", examples=["2026-11-25"]
    )

    @classmethod
    def of(cls, summary: ExchangeSummary) -> Self:
        """Describe an exchange."""
        failure = summary.last_failure
        was_asked = summary.listing_age_seconds is not None or summary.published is not None
        return cls(
            name=summary.name,
            status="down" if failure is not None else "up" if was_asked else "unknown",
            detail=None if failure is None else f"{failure.reason}: {failure.detail}",
            breaker=summary.breaker,
            listing_age_seconds=summary.listing_age_seconds,
            books_age_seconds=summary.books_age_seconds,
            pairs=summary.pairs,
            currencies=summary.currencies,
            published=summary.published,
        )


class ExchangesAnswer(_Answer):
    """The configured exchanges, in the order in which they are asked, and then the bank."""

    exchanges: list[ExchangeSchema]

    @classmethod
    def of(cls, summaries: Sequence[ExchangeSummary]) -> Self:
        """Describe the exchanges."""
        return cls(exchanges=[ExchangeSchema.of(summary) for summary in summaries])


_UNKNOWN = "Exchanges that are left out, since their markets are not in memory yet; absent if there are none."
_NEXT = "Pass it as `cursor` for the next page; absent on the last page."


class CurrencySchema(_Answer):
    """A currency that can be converted."""

    code: str = Field(examples=["EUR"])
    name: str | None = Field(
        None,
        description="The English name of a state's currency, or what an exchange calls a coin; else absent.",
        examples=["Euro"],
    )
    exchanges: list[str] = Field(
        description="The exchanges that trade it, and the bank if it has a rate.", examples=[["binance", "kucoin"]]
    )


class CurrenciesAnswer(_Answer):
    """Currencies, by their codes."""

    currencies: list[CurrencySchema]
    unknown_exchanges: list[str] | None = Field(None, description=_UNKNOWN)
    next_cursor: str | None = Field(None, description=_NEXT)


class PairSchema(_Answer):
    """A pair that trades on an exchange, or of which the bank has a rate."""

    exchange: str = Field(examples=["binance"])
    symbol: str = Field(description="The market, as the exchange spells it.", examples=["BTCUSDT"])
    base: str = Field(examples=["BTC"])
    quote: str = Field(examples=["USDT"])
    base_name: str | None = Field(None, description="The name of the base, as of a currency.", examples=["Euro"])
    quote_name: str | None = Field(None, description="The name of the quote.", examples=["Turkish lira"])
    bid: str | None = Field(
        None, description="The best bid in memory, of any age; on request. A bank's rate is both.", examples=["0.1217"]
    )
    ask: str | None = Field(None, description="The best ask.", examples=["0.1219"])
    observed_at: int | None = Field(
        None,
        description="Unix second just before the prices were requested, or when the bank published its rate.",
        examples=[1714304596],
    )


class PairsAnswer(_Answer):
    """Pairs, by exchange and symbol."""

    pairs: list[PairSchema]
    unknown_exchanges: list[str] | None = Field(None, description=_UNKNOWN)
    next_cursor: str | None = Field(None, description=_NEXT)


# Rows are written by hand: models of a thousand take four times as long. Tests hold the two together.


def currency_fields(row: TradableCurrency) -> dict[str, object]:
    """Return a currency as `CurrencySchema` describes it, without absent members."""
    named = {"code": row.code} if row.name is None else {"code": row.code, "name": row.name}
    return {**named, "exchanges": row.exchanges}


def pair_fields(pair: TradablePair, price: PairPrice | None) -> dict[str, object]:
    """Return a pair as `PairSchema` describes it, without absent members; no price is shown if it is None."""
    fields: dict[str, object] = {
        "exchange": pair.exchange,
        "symbol": pair.symbol,
        "base": pair.base,
        "quote": pair.quote,
    }
    base_name, quote_name = pair.names
    if base_name is not None:
        fields["base_name"] = base_name
    if quote_name is not None:
        fields["quote_name"] = quote_name
    if price is not None:
        fields |= {"bid": plain(price.bid), "ask": plain(price.ask), "observed_at": int(price.observed_at)}
    return fields


def currencies_body(page: Page[TradableCurrency], rows: Sequence[orjson.Fragment]) -> bytes:
    """Write a page as `CurrenciesAnswer` describes it."""
    return _body("currencies", page, rows, lambda last: (last.code,))


def pairs_body(page: Page[TradablePair], rows: Sequence[orjson.Fragment]) -> bytes:
    """Write a page as `PairsAnswer` describes it."""
    return _body("pairs", page, rows, lambda last: (last.exchange, last.symbol))


def _body(name: str, page: Page[Row], rows: Sequence[orjson.Fragment], key: Callable[[Row], tuple[str, ...]]) -> bytes:
    body: dict[str, object] = {name: rows}
    if page.unknown:
        body["unknown_exchanges"] = page.unknown
    if page.has_more:
        body["next_cursor"] = cursor_after(*key(page.rows[-1]))
    return orjson.dumps(body)
