"""Reference rates: what a central bank says that currencies are worth, once a working day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from domain.currency import Currency
from domain.decimals import NUMBER
from domain.errors import CrossrateError
from domain.iso_4217 import WITHDRAWN, state_currency
from domain.pair import Pair, Side
from domain.rates.bank_days import is_bank_day, missed_at, published_at
from domain.rates.book import RateType

EUR = Currency("EUR")

# What the European Central Bank once published and no longer does.
ENDED = frozenset(map(Currency, (*WITHDRAWN, "RUB")))

# The bank publishes about thirty.
FEWEST_RATES = 15
MAX_RATE_CHARACTERS = 20
LOWEST_RATE, HIGHEST_RATE = Decimal("1e-6"), Decimal("1e8")

# From one publication to the next, no currency moved by more than 1.37 from 2015 to 2025, and never two by over 1.1.
MAX_MOVE = Decimal("1.5")
LARGE_MOVE = Decimal("1.1")
MOST_LARGE_MOVES = 5
MOST_LOST = 2
# Compared with an older publication, anything may have happened.
MAX_DAYS_COMPARED = 10


class InvalidReferenceRates(CrossrateError):
    """Not a publication of the bank, or not a plausible one. The message quotes nothing of it but codes and dates."""


class ReferenceLeg(NamedTuple):
    """A step of a route at a bank's rate, which is in units of the pair's quote per unit of its base."""

    exchange: str
    pair: Pair
    side: Side
    rate: Decimal
    published: date

    @property
    def symbol(self) -> str:
        """BASE/QUOTE."""
        return str(self.pair)

    @property
    def ends(self) -> tuple[Currency, Currency]:
        """The base and quote."""
        return self.pair.base, self.pair.quote

    @property
    def observed_at(self) -> float:
        """When the rate was published, in Unix seconds."""
        return published_at(self.published)

    def price(self, _: RateType) -> Decimal:
        """Return the rate, which has no spread."""
        return self.rate


@dataclass(frozen=True, slots=True)
class ReferenceRates:
    """One publication: units of each currency for one euro, by code. `source` is the bank's name in answers."""

    source: str
    day: date
    per_euro: Mapping[Currency, Decimal]

    @classmethod
    def parse(cls, source: str, day: str, rates: Mapping[str, str]) -> "ReferenceRates":
        """Parse the digits of a publication exactly. Codes that are not in ISO 4217 are left out.

        Raises `InvalidReferenceRates` unless there are enough sane rates, of a day on which the bank publishes.
        """
        known = ((state_currency(code), text) for code, text in rates.items())
        per_euro = {code: _rate(code, text) for code, text in known if code is not None}
        if len(per_euro) < FEWEST_RATES or EUR in per_euro:
            raise InvalidReferenceRates(f"has {len(per_euro)} rates against the euro, not {FEWEST_RATES} or more")
        return cls(source, _day(day), per_euro)

    def __contains__(self, currency: object) -> bool:
        return currency == EUR or currency in self.per_euro

    @property
    def currencies(self) -> tuple[Currency, ...]:
        """The euro and all others, in order of their codes."""
        return tuple(sorted((EUR, *self.per_euro)))

    @property
    def published_at(self) -> float:
        """When they were published, in Unix seconds."""
        return published_at(self.day)

    @property
    def missed_at(self) -> float:
        """The Unix second from which they are not current, because newer ones should have been published."""
        return missed_at(self.day)

    def overdue_seconds(self, now: float) -> float:
        """Return for how long newer ones have been missing: 0 while these are current, as Friday's are on Sunday."""
        return max(0.0, now - self.missed_at)

    def legs(self, currency_from: Currency, currency_to: Currency) -> tuple[ReferenceLeg, ...]:
        """Return the legs between two of the currencies: through the euro, against which every rate is published."""
        legs = []
        if currency_from == currency_to:
            return ()
        if currency_from != EUR:
            legs.append(self._leg(currency_from, Side.BUY))
        if currency_to != EUR:
            legs.append(self._leg(currency_to, Side.SELL))
        return tuple(legs)

    def check_follows(self, earlier: "ReferenceRates") -> None:
        """Raise `InvalidReferenceRates` if these cannot follow the earlier ones: lost currencies, absurd moves."""
        if (self.day - earlier.day).days > MAX_DAYS_COMPARED:
            return
        lost = sorted(earlier.per_euro.keys() - self.per_euro.keys())
        if len(lost) > MOST_LOST:
            raise InvalidReferenceRates(f"lacks {len(lost)} currencies of {earlier.day}: {', '.join(lost)}")
        moves = {code: _move(rate, self.per_euro[code]) for code, rate in earlier.per_euro.items() if code not in lost}
        absurd = sorted(code for code, move in moves.items() if move > MAX_MOVE)
        large = sum(move > LARGE_MOVE for move in moves.values())
        if absurd or large > MOST_LARGE_MOVES:
            moved = ", ".join(absurd) or f"{large} currencies"
            raise InvalidReferenceRates(f"moved too far since {earlier.day}: {moved}")

    def _leg(self, quote: Currency, side: Side) -> ReferenceLeg:
        return ReferenceLeg(self.source, Pair(EUR, quote), side, self.per_euro[quote], self.day)


def _rate(code: str, text: str) -> Decimal:
    try:
        rate = Decimal(text) if len(text) <= MAX_RATE_CHARACTERS and NUMBER.fullmatch(text) else None
    except InvalidOperation:  # an exponent out of range
        rate = None
    if rate is None or not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise InvalidReferenceRates(f"the rate of {code} is not a number within bounds")
    return rate


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise InvalidReferenceRates("its day is not a date such as 2026-11-25")
    if not is_bank_day(day):
        raise InvalidReferenceRates(f"the bank publishes nothing on {day}")
    return day


def _move(one: Decimal, other: Decimal) -> Decimal:
    return max(one, other) / min(one, other)
