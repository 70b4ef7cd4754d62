"""Prices of a past moment, from what was recorded and from the bank's rates of that day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.currency import Currency
from domain.decimals import EXACT
from domain.iso_4217 import is_iso_4217
from domain.pair import Pair
from domain.quotes.hourly_table import HourlyTable
from domain.quotes.past_conversion import PastRate, givers_of, moment_of, ratio_of
from domain.quotes.past_steps import steps_across
from domain.quotes.quote import RecordedQuote
from domain.rates.book import RateType
from domain.rates.reference_rates import ReferenceRates
from domain.rates.rounding import round_rate
from domain.rates.route import Route
from domain.wallets.valuation import Price

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class PastPrices:
    """`recorded` has the newest quote by then of each pair that is known; `bank` its rates of then, None for none.

    `tables` are hourly tables with no rate that was observed later.
    A rate observed more than `max_age_seconds` before Unix second `at` is stale.
    """

    recorded: Mapping[Pair, RecordedQuote]
    tables: Sequence[HourlyTable]
    bank: ReferenceRates | None
    at: int
    max_age_seconds: int

    def directly(self, code: Currency, to: Currency) -> Price | None:
        """Return the price in one step: as recorded if that was in time, else the bank's, else as recorded before."""
        step = self._step(code, to)
        return None if step is None else step.price

    def through(self, code: Currency, to: Currency, bridges: Iterable[Currency]) -> Price | None:
        """Return the price in two steps: one that is in time if there is any, the one with the newest older step."""
        found = []
        for bridge in bridges:
            if bridge in {code, to}:
                continue
            first = self._step(code, bridge)
            second = first and self._step(bridge, to)
            if first is not None and second is not None:
                found.append((bridge, first.followed_by(second)))
        found.sort(key=lambda each: (each[1].stale_reason is not None, -each[1].observed_at, each[0]))
        return found[0][1] if found else None

    def _step(self, code: Currency, to: Currency) -> "_Step | None":
        step = self._recorded(code, to)
        if step is not None and step.price.stale_reason is None:
            return step
        return self._at_bank(code, to) or step

    def _recorded(self, code: Currency, to: Currency) -> "_Step | None":
        quotes = self.recorded.get(Pair(code, to)), self.recorded.get(Pair(to, code))
        of_quotes = [(PastRate.of_quote(each, code),) for each in quotes if each is not None]
        in_tables = [steps for table in self.tables for steps in steps_across(table, (code, to))]
        newest = max([*of_quotes, *in_tables], key=moment_of, default=None)
        if newest is None:
            return None
        ratio, observed_at = ratio_of(newest), moment_of(newest)
        age = self.at - observed_at
        reason = f"the last rate by then was {age} s old" if age > self.max_age_seconds else None
        return _Step(*ratio, Price(round_rate(*ratio), givers_of(newest), observed_at, stale_reason=reason))

    def _at_bank(self, code: Currency, to: Currency) -> "_Step | None":
        bank = self.bank
        if bank is None or not (is_iso_4217(code) and is_iso_4217(to)) or code not in bank or to not in bank:
            return None
        reason = "the bank's rates of that day were missing" if bank.overdue_seconds(self.at) else None
        price = Price.along(Route.at_bank(bank, code, to), RateType.MID, reason)
        return _Step(price.rate, _ONE, price)


@dataclass(frozen=True, slots=True)
class _Step:
    """A price whose rate is this numerator by this denominator, so that two of them are rounded once."""

    numerator: Decimal
    denominator: Decimal
    price: Price

    def followed_by(self, other: "_Step") -> Price:
        """Return the price of both steps, which is as old as the older one."""
        first, second = self.price, other.price
        numerator = EXACT.multiply(self.numerator, other.numerator)
        return Price(
            round_rate(numerator, EXACT.multiply(self.denominator, other.denominator)),
            "+".join(dict.fromkeys((*first.source.split("+"), *second.source.split("+")))),
            min(first.observed_at, second.observed_at),
            stale_reason=first.stale_reason or second.stale_reason,
        )
