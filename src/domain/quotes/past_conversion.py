"""Conversions at a past moment: by what was recorded near it, and by a bank's rates of that day."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Self

from domain.currency import Currency
from domain.decimals import EXACT
from domain.pair import Pair, Side
from domain.quotes.hourly_table import HourlyTable
from domain.quotes.quote import PricedLeg, RecordedQuote
from domain.rates.reference_rates import ReferenceLeg
from domain.rates.rounding import round_rate
from domain.rates.tickers import coin_of, units_of

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class PastRate:
    """A rate that was recorded: units of the pair's quote for one base, true at Unix second `observed_at`.

    `side` is what a conversion does with the base: a rate recorded the other way round buys it. `exchange` is None
    where the source is not one. A recorded quote has its `quote_id` and `legs`, a bank's rate the day on which it was
    `published`, and one of an hourly table the `hour` of that.
    """

    pair: Pair
    side: Side
    rate: Decimal
    source: str
    exchange: str | None
    observed_at: int
    quote_id: int | None = None
    published: date | None = None
    legs: tuple[PricedLeg, ...] = ()
    hour: int | None = None

    @classmethod
    def of_quote(cls, recorded: RecordedQuote, currency_from: Currency) -> Self:
        """Return a recorded quote as a step away from this currency, which is its base or its quote."""
        quote = recorded.quote
        side = Side.SELL if quote.pair.base == currency_from else Side.BUY
        exchange = quote.exchange
        return cls(
            quote.pair, side, quote.rate, quote.source, exchange, quote.observed_at, recorded.id, None, quote.legs
        )

    @classmethod
    def of_bank(cls, leg: ReferenceLeg) -> Self:
        """Return a bank's rate."""
        bank, observed_at = leg.exchange, int(leg.observed_at)
        return cls(leg.pair, leg.side, leg.rate, bank, bank, observed_at, published=leg.published)

    @classmethod
    def of_table(cls, table: HourlyTable, currency: Currency, side: Side) -> Self:
        """Return what a table says of a currency that it has, against its base."""
        found = table.rates[currency]
        pair, exchanges = Pair(currency, table.base), "exchanges"
        return cls(pair, side, found.rate, exchanges, found.exchange, found.observed_at, hour=table.hour)

    def in_unit(self, one: Currency, other: Currency) -> Self:
        """Return the step from one unit of a coin to another, beside this rate: no rate, but always the same."""
        many, coin = (one, other) if one != coin_of(one) else (other, one)
        side = Side.SELL if one == many else Side.BUY
        return replace(self, pair=Pair(many, coin), side=side, rate=units_of(many), quote_id=None, legs=(), hour=None)

    @property
    def is_inverse(self) -> bool:
        """Whether it was recorded the other way round."""
        return self.side is Side.BUY


@dataclass(frozen=True, slots=True)
class PastConversion:
    """What `amount` of one currency was worth in another at Unix second `at`, by one or more recorded rates.

    `rate` has at most 12 significant digits, rounded once, and `result` is exactly `amount` times that rate.
    """

    currency_from: Currency
    currency_to: Currency
    amount: Decimal
    at: int
    recorded: tuple[PastRate, ...]
    rate: Decimal
    result: Decimal

    @classmethod
    def along(cls, ends: tuple[Currency, Currency], amount: Decimal, at: int, recorded: Iterable[PastRate]) -> Self:
        """Convert along rates that lead from the first currency to the last."""
        steps = tuple(recorded)
        rate = round_rate(*ratio_of(steps))
        return cls(*ends, amount, at, steps, rate, EXACT.multiply(amount, rate))

    @property
    def exchange(self) -> str:
        """Who gave the rates: exchanges or sources first, a bank that completes them last."""
        return givers_of(self.recorded)

    @property
    def updated_at(self) -> int:
        """The Unix second of the oldest rate; a bank's publication counts only where there is nothing else."""
        return moment_of(self.recorded)

    @property
    def seconds_from_at(self) -> int:
        """How far `updated_at` is from `at`: negative if it is before."""
        return self.updated_at - self.at


def moment_of(recorded: Iterable[PastRate]) -> int:
    """Return the Unix second of the oldest rate; a bank's publication counts only where there is nothing else."""
    rates = tuple(recorded)
    return min(each.observed_at for each in [each for each in rates if not _is_of_bank(each)] or rates)


def givers_of(recorded: Iterable[PastRate]) -> str:
    """Name who gave the rates: exchanges or sources first, a bank that completes them last."""
    names = [each.exchange or each.source for each in sorted(recorded, key=_is_of_bank)]
    return "+".join(dict.fromkeys("+".join(names).split("+")))


def ratio_of(recorded: Iterable[PastRate]) -> tuple[Decimal, Decimal]:
    """Return the rate from the first currency to the last, exact: its numerator and its denominator."""
    steps = tuple(recorded)
    return _product(steps, Side.SELL), _product(steps, Side.BUY)


def across(table: HourlyTable, ends: tuple[Currency, Currency]) -> tuple[PastRate, ...] | None:
    """Return the rates of a table that lead from one currency to the other, through its base; None if it lacks one."""
    sides = [each for each in zip(ends, (Side.SELL, Side.BUY), strict=True) if each[0] != table.base]
    if not all(currency in table.rates for currency, _ in sides):
        return None
    return tuple(PastRate.of_table(table, *each) for each in sides)


def _is_of_bank(each: PastRate) -> bool:
    return each.published is not None


def _product(steps: Iterable[PastRate], side: Side) -> Decimal:
    return reduce(EXACT.multiply, (each.rate for each in steps if each.side is side), _ONE)
