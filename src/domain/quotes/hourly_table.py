"""Hourly tables: what every currency was worth in one of them, recorded in one row an hour."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple, Self

from domain.currency import Currency
from domain.quotes.quote import HOUR_SECONDS
from domain.rates.conversion import Conversion
from domain.rates.rounding import round_rate

DAY_SECONDS = 86400

_NOON_SECONDS = 12 * HOUR_SECONDS


class TableRate(NamedTuple):
    """Units of a table's base for one unit of a currency, with at most 12 significant digits.

    `observed_at` is the Unix second of the oldest price that the table has of this exchange.
    """

    rate: Decimal
    exchange: str
    observed_at: int


@dataclass(frozen=True, slots=True)
class HourlyTable:
    """The rates of one hour, which began at Unix second `hour`, in units of `base`; of `base` itself there is none."""

    hour: int
    base: Currency
    rates: Mapping[Currency, TableRate]

    @classmethod
    def of(cls, hour: int, base: Currency, conversions: Iterable[Conversion], *, without: Collection[str]) -> Self:
        """Make a table of conversions from the base into each currency; exchanges of `without` do not count.

        The rate is that of the opposite conversion: what one unit of the currency is worth.
        """
        found = [each for each in conversions if each.route.legs and each.route.exchange not in without]
        oldest: dict[str, int] = {}
        for each in found:
            exchange = each.route.exchange
            oldest[exchange] = min(oldest.get(exchange, each.updated_at), each.updated_at)
        rates = {each.route.currency_to: _opposite(each, oldest[each.route.exchange]) for each in found}
        return cls(hour, base, rates)

    def limited(self, *, by: int, exchange: str | None) -> Self:
        """Return the rates observed by this Unix second alone; with `exchange`, those that it gave alone."""
        return replace(
            self,
            rates={
                currency: each
                for currency, each in self.rates.items()
                if each.observed_at <= by and exchange in {None, each.exchange}
            },
        )


def superfluous(hours: Collection[int], *, hourly_since: int, daily_since: int) -> list[int]:
    """Return the hours whose tables are to be deleted: those that are too old, and all but one of each older day.

    Before Unix second `hourly_since`, a day keeps the table nearest to its noon, so that no moment of it is more than
    half a day away; before `daily_since`, none.
    """
    old = sorted(hour for hour in hours if hour < hourly_since)
    too_old = [hour for hour in old if hour < daily_since]
    found = too_old
    for _, of_day in groupby(old[len(too_old) :], key=lambda hour: hour // DAY_SECONDS):
        ordered = sorted(of_day, key=lambda hour: (abs(hour % DAY_SECONDS - _NOON_SECONDS), hour))
        found += sorted(ordered[1:])
    return found


def _opposite(conversion: Conversion, observed_at: int) -> TableRate:
    route = conversion.route
    numerator, denominator = route.exact(conversion.rate_type)
    return TableRate(round_rate(denominator, numerator), route.exchange, observed_at)
