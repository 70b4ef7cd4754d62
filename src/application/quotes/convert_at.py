"""Convert at a past moment, by the recorded rate that is nearest to it. No exchange is asked, whatever the moment."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from application.ports.clock import Clock
from application.ports.database import Database
from application.quotes.ports.repositories import QuotesRepositories
from domain.currency import Currency
from domain.pair import Pair
from domain.quotes.errors import NothingRecorded, NothingToConvert, NotInThePast, OnlyMid, OnlyOneExchange
from domain.quotes.hourly_table import HourlyTable
from domain.quotes.past_conversion import PastConversion, PastRate, moment_of
from domain.quotes.past_steps import Ends, Steps, spelled, steps_across, steps_of_quote
from domain.quotes.quote import HOUR_SECONDS, RecordedQuote
from domain.rates.book import FurtherRateType, RateType
from domain.rates.errors import BEST
from domain.rates.recorded_names import meant_at
from domain.rates.reference_rates import ReferenceRates
from domain.rates.tickers import coin_of

# How far from the moment the rates of one exchange are looked for: no index leads to them.
LONGEST_LOOK_SECONDS = 7 * 24 * 3600

# Hourly tables looked into on either side of the moment, whatever the bound.
MOST_TABLES = 64


@dataclass(frozen=True, slots=True)
class _Asked:
    """What every look-up of one call has in common."""

    at: int
    within_seconds: int
    exchange: str | None

    def accepts(self, steps: Steps) -> bool:
        """Tell whether the steps are of the exchange that is asked for, if one is."""
        return self.exchange is None or all(each.exchange == self.exchange for each in steps)

    def is_in_time(self, steps: Steps) -> bool:
        """Tell whether the steps are near enough. A bank's rates are right until the next ones, however old."""
        is_of_bank = all(each.published is not None for each in steps)
        return is_of_bank or abs(moment_of(steps) - self.at) <= self.within_seconds

    def distance(self, steps: Steps) -> tuple[int, bool, int]:
        """How far the steps are from the moment. Of two that are as far, the earlier is nearer, then the shorter."""
        moment = moment_of(steps)
        return abs(moment - self.at), moment > self.at, len(steps)


class ConvertAt:
    """Finds what was recorded of two currencies, in quotes and hourly tables, or what a bank's rates complete.

    `rates_at` returns the bank's rates of a moment.
    """

    def __init__(
        self,
        *,
        database: Database[QuotesRepositories],
        rates_at: Callable[[float], Awaitable[ReferenceRates | None]],
        clock: Clock,
        max_seconds: int,
        refuse_unknown: Callable[[str], object],
    ) -> None:
        """A rate counts at most `max_seconds` before or after the moment; callers may want less.

        `refuse_unknown` raises `UnknownExchange`.
        """
        self._database = database
        self._rates_at = rates_at
        self._refuse_unknown = refuse_unknown
        self._clock = clock
        self._max_seconds = max_seconds
        # A rate may be from any minute of its hour, so a table that began by the moment may be later, or a farther one
        # nearer.
        self._tables = min(max_seconds // HOUR_SECONDS + 2, MOST_TABLES)

    async def __call__(
        self,
        *,
        at: int,
        amount: Decimal,
        currency_from: Currency,
        currency_to: Currency,
        exchange: str | None = None,
        rate_type: RateType | FurtherRateType = RateType.MID,
        cache_max_seconds: int | None = None,
    ) -> PastConversion:
        """Convert at Unix second `at`. With `exchange`, only the rates that it gave alone count.

        An exchange that is no longer asked is known by what is recorded of it. Raises `UnknownExchange`,
        `NothingRecorded`, `DatabaseUnavailable`, and an `InvalidInput` for what cannot be asked of the past.
        """
        asked_for = currency_from, currency_to
        ends = meant_at(exchange, currency_from, at), meant_at(exchange, currency_to, at)
        self._check(at, ends, exchange, rate_type)
        within = self._max_seconds if cache_max_seconds is None else min(cache_max_seconds, self._max_seconds)
        asked = _Asked(at, within, None if exchange is None else exchange.lower())
        bank = await self._rates_at(at)
        if bank is not None and asked.exchange not in {None, bank.source}:
            bank = None
        known = [*_at_bank(bank, ends), *await self._recorded([ends], asked)]
        found = _nearest(known, asked, bank)
        if found is None and bank is not None and asked.exchange is None:
            known += await self._completed(ends, asked, bank)
            found = _nearest(known, asked, bank)
        if found is None:
            nearest = min(known, key=asked.distance, default=None)
            if nearest is None and exchange is not None:
                self._refuse_unknown(exchange)
            raise NothingRecorded(asked_for, at, within, None if nearest is None else moment_of(nearest))
        return PastConversion.along(asked_for, amount, at, found)

    def _check(
        self,
        at: int,
        ends: Ends,
        exchange: str | None,
        rate_type: RateType | FurtherRateType,
    ) -> None:
        now = int(self._clock.now())
        if at >= now:
            raise NotInThePast(f"must be in the past, before {_written(now)}; leave it out for the rate of now")
        if coin_of(ends[0]) == coin_of(ends[1]):
            raise NothingToConvert("must be another currency than `currency_from` with `at`")
        if rate_type is not RateType.MID:
            raise OnlyMid("must be mid with `at`: recorded rates are mid rates")
        if exchange is not None and exchange.lower() == BEST:
            raise OnlyOneExchange("must be the name of an exchange, or absent, with `at`")

    async def _completed(self, ends: Ends, asked: _Asked, bank: ReferenceRates) -> list[Steps]:
        """Return what leads from or to a state currency, at the bank's rate between that and the one asked for."""
        currency_from, currency_to = ends
        if (currency_from in bank) == (currency_to in bank):
            return []
        coin, state = (currency_to, currency_from) if currency_from in bank else (currency_from, currency_to)
        others = [other for other in bank.currencies if other != state]
        if coin is currency_from:
            found = await self._recorded([(coin, other) for other in others], asked)
            return [(*steps, *_bank_steps(bank, _end(steps), state)) for steps in found]
        found = await self._recorded([(other, coin) for other in others], asked)
        return [(*_bank_steps(bank, state, _start(steps)), *steps) for steps in found]

    async def _recorded(self, ends: Sequence[Ends], asked: _Asked) -> list[Steps]:
        """Return what is recorded before and after the moment: quotes, this way round or the other, and in tables.

        Records may have a coin in another unit, and old ones under another name.
        """
        quotes, tables = await self._around([pair for each in ends for pair in spelled(each)], asked)
        of_quotes = [steps for quote in quotes for each in ends for steps in steps_of_quote(quote, each)]
        in_tables = [steps for table in tables for each in ends for steps in steps_across(table, each)]
        return [*of_quotes, *(steps for steps in in_tables if asked.accepts(steps))]

    async def _around(self, pairs: Sequence[Pair], asked: _Asked) -> tuple[list[RecordedQuote], Sequence[HourlyTable]]:
        currencies = {end for pair in pairs for end in (pair.base, pair.quote)}
        async with self._database.reading() as unit:
            if asked.exchange is None:
                before = await unit.quotes.find_newest(pairs, asked.at)
                after = await unit.quotes.find_next(pairs, asked.at)
            else:
                first, last = asked.at - LONGEST_LOOK_SECONDS, asked.at + LONGEST_LOOK_SECONDS
                before = await unit.quotes.find_newest_of(asked.exchange, pairs, first, asked.at)
                after = await unit.quotes.find_next_of(asked.exchange, pairs, asked.at, last)
            tables = await unit.hourly_tables.find_around(asked.at, self._tables, currencies)
        return [*before.values(), *after.values()], tables


def _nearest(known: Iterable[Steps], asked: _Asked, bank: ReferenceRates | None) -> Steps | None:
    is_current = bank is not None and not bank.overdue_seconds(asked.at)
    usable = (steps for steps in known if is_current or not any(each.published for each in steps))
    return min(filter(asked.is_in_time, usable), key=asked.distance, default=None)


def _at_bank(bank: ReferenceRates | None, ends: Ends) -> list[Steps]:
    if bank is None or not all(end in bank for end in ends):
        return []
    return [_bank_steps(bank, *ends)]


def _bank_steps(bank: ReferenceRates, currency_from: Currency, currency_to: Currency) -> Steps:
    return tuple(map(PastRate.of_bank, bank.legs(currency_from, currency_to)))


def _start(steps: Steps) -> Currency:
    return steps[0].pair.quote if steps[0].is_inverse else steps[0].pair.base


def _end(steps: Steps) -> Currency:
    return steps[-1].pair.base if steps[-1].is_inverse else steps[-1].pair.quote


def _written(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
