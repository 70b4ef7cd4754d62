"""A route: the trades that lead from one currency to another, and their combined rate.

Legs and routes are named tuples: a search creates up to four of them, and a frozen dataclass takes three times as long.
"""

from decimal import Decimal
from functools import cached_property
from typing import NamedTuple, Self

from domain.currency import Currency
from domain.decimals import EXACT
from domain.pair import Pair, Side
from domain.rates.book import RateType, TopOfBook
from domain.rates.instruments import Instruments
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.reference_rates import ReferenceLeg, ReferenceRates
from domain.rates.rounding import round_rate
from domain.rates.tickers import coin_of, units_of

_ONE = Decimal(1)


class Leg(NamedTuple):
    """One trade of a route: buying or selling the base of one symbol of the market."""

    symbol: str
    side: Side
    market: MarketSnapshot

    @property
    def exchange(self) -> str:
        """The exchange on which it is traded."""
        return self.market.instruments.exchange

    @property
    def has_float_price(self) -> bool:
        """Whether the price was a float: of an exchange through a library, as in ccxt:gate."""
        return ":" in self.exchange

    @property
    def pair(self) -> Pair:
        """The base and quote of the symbol."""
        return Pair(*self.ends)

    @property
    def ends(self) -> tuple[Currency, Currency]:
        """The base and quote, as the exchange itself calls them."""
        return self.market.instruments.pairs.ends[self.symbol]

    @property
    def book(self) -> TopOfBook:
        """The prices, parsed from the exchange's own digits on first use."""
        return self.market.book_tickers.by_symbol[self.symbol]

    @property
    def observed_at(self) -> float:
        """When the book was observed, in Unix seconds."""
        return self.market.book_tickers.observed_at_of(self.symbol)

    def price(self, rate_type: RateType) -> Decimal:
        """Return the exact price, in units of quote per unit of base."""
        if rate_type is RateType.MID:
            return self.book.mid
        return self.book.bid if self.side is Side.SELL else self.book.ask


class UnitLeg(NamedTuple):
    """No trade, but a change of unit: 1000SATS are always 1000 SATS. `units` is that number.

    It reads like a leg of the pair 1000SATS/SATS, so that the product over all legs stays the rate.
    """

    exchange: str
    pair: Pair
    side: Side
    units: Decimal
    observed_at: float

    @classmethod
    def between(cls, instruments: Instruments, one: Currency, other: Currency, observed_at: float) -> Self:
        """Return the leg from one to the other, which are the same coin in two units."""
        many, coin = (one, other) if one != coin_of(one) else (other, one)
        side = Side.SELL if one == many else Side.BUY
        return cls(instruments.exchange, Pair(many, coin), side, units_of(many), observed_at)

    @property
    def symbol(self) -> str:
        """BASE/QUOTE."""
        return str(self.pair)

    @property
    def ends(self) -> tuple[Currency, Currency]:
        """The larger unit and the coin."""
        return self.pair.base, self.pair.quote

    def price(self, _: RateType) -> Decimal:
        """Return the units, which have no spread."""
        return self.units


AnyLeg = Leg | ReferenceLeg | UnitLeg


class _Stated(NamedTuple):
    exchange: str
    currency_from: Currency
    currency_to: Currency
    legs: tuple[AnyLeg, ...]
    observed_at: float


class Route(_Stated):
    """The legs from one currency to another, all on one exchange; none if the two are the same.

    A bank's legs may precede or follow those of the exchange, and `exchange` then names both, as in `binance+ecb`. So
    may changes of unit, where the exchange lists the coin in another one.

    `observed_at` is in Unix seconds: that of the oldest leg on an exchange, the publication if the bank has all legs,
    that of the instruments if there is no leg, or that of the request for a mere change of unit. Comparisons ignore the
    cached rates.
    """

    @classmethod
    def to_itself(cls, instruments: Instruments, currency: Currency) -> Self:
        """Return the route from a listed currency to itself: it has no leg, and so no price."""
        return cls(instruments.exchange, currency, currency, (), instruments.observed_at)

    @classmethod
    def at_bank(cls, rates: ReferenceRates, currency_from: Currency, currency_to: Currency) -> Self:
        """Return the route between two of the bank's currencies."""
        legs = rates.legs(currency_from, currency_to)
        return cls(rates.source, currency_from, currency_to, legs, rates.published_at)

    def named(self, instruments: Instruments, currency_from: Currency, currency_to: Currency) -> Self:
        """Return this route between the listed names of two currencies under the names that were asked for."""
        legs = self.legs
        if currency_from in instruments.scaled:
            legs = (UnitLeg.between(instruments, currency_from, self.currency_from, self.observed_at), *legs)
        if currency_to in instruments.scaled:
            legs = (*legs, UnitLeg.between(instruments, self.currency_to, currency_to, self.observed_at))
        return self._replace(currency_from=currency_from, currency_to=currency_to, legs=legs)

    @cached_property
    def is_constant(self) -> bool:
        """Whether it only changes the unit: such a rate is as true now as ever."""
        return len(self.legs) == 1 and isinstance(self.legs[0], UnitLeg)

    def true_at(self, moment: float) -> Self:
        """Return this constant route as of this moment."""
        units = tuple(leg._replace(observed_at=moment) for leg in self.legs if isinstance(leg, UnitLeg))
        return self._replace(legs=units, observed_at=moment)

    def asked_as(self, currency_from: Currency, currency_to: Currency) -> Self:
        """Return this route under the names that were asked for."""
        if (currency_from, currency_to) == (self.currency_from, self.currency_to):
            return self
        return self._replace(currency_from=currency_from, currency_to=currency_to)

    def extended(self, rates: ReferenceRates, currency_from: Currency, currency_to: Currency) -> Self:
        """Return this route with the bank's legs before or after it, so that it joins these two currencies."""
        before, after = rates.legs(currency_from, self.currency_from), rates.legs(self.currency_to, currency_to)
        legs, both = (*before, *self.legs, *after), f"{self.exchange}+{rates.source}"
        return type(self)(both, currency_from, currency_to, legs, self.observed_at)

    def rate(self, rate_type: RateType) -> Decimal:
        """Return units of `currency_to` per unit of `currency_from`, rounded once, to 12 significant digits.

        Cached, because all conversions between the two currencies share this route while prices stay the same.
        """
        return self._mid if rate_type is RateType.MID else self._executable

    @cached_property
    def uses_second_name(self) -> bool:
        """Whether the exchange trades one of the two currencies under another code than the one asked for."""
        if not self.legs:
            return self.currency_from != self.currency_to
        if isinstance(self.legs[0], UnitLeg) or isinstance(self.legs[-1], UnitLeg):
            return True
        return self.currency_from not in self.legs[0].ends or self.currency_to not in self.legs[-1].ends

    @cached_property
    def _mid(self) -> Decimal:
        return self._calculated(RateType.MID)

    @cached_property
    def _executable(self) -> Decimal:
        return self._calculated(RateType.EXECUTABLE)

    def _calculated(self, rate_type: RateType) -> Decimal:
        return round_rate(*self.exact(rate_type))

    @property
    def trades(self) -> tuple[Leg, ...]:
        """The legs that are trades on the exchange."""
        return tuple(leg for leg in self.legs if isinstance(leg, Leg))

    @property
    def units_given(self) -> Decimal:
        """How many of what the first trade takes one of `currency_from` is, exactly."""
        return _units(self.legs[:1])

    @property
    def units_received(self) -> Decimal:
        """How many of `currency_to` one of what the last trade brings is, exactly."""
        return _units(self.legs[1:][-1:] if self.trades else ())

    def exact(self, rate_type: RateType) -> tuple[Decimal, Decimal]:
        """Return the rate as a fraction, its numerator and denominator, before it is rounded."""
        numerator = denominator = _ONE
        for leg in self.legs:
            price = leg.price(rate_type)
            if leg.side is Side.SELL:
                numerator = EXACT.multiply(numerator, price)
            else:
                denominator = EXACT.multiply(denominator, price)
        return numerator, denominator


def _units(legs: tuple[AnyLeg, ...]) -> Decimal:
    units = _ONE
    for leg in legs:
        if isinstance(leg, UnitLeg):
            units = leg.units if leg.side is Side.SELL else _ONE.scaleb(-leg.units.adjusted())
    return units
