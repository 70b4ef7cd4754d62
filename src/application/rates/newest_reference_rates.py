"""The newest reference rates in this process, and the routes over them."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from application.rates.ports.reference_meter import ReferenceMeter
from domain.currency import Currency
from domain.iso_4217 import is_iso_4217
from domain.rates.bank_days import next_bank_day
from domain.rates.bridging import BridgedRoutes
from domain.rates.errors import ExchangeUnavailable, FailureReason
from domain.rates.reference_rates import ReferenceRates
from domain.rates.route import Route

# When it is worth asking again: a job fetches the first rates within seconds of the start.
FIRST_RATES_SECONDS, NEXT_RATES_SECONDS = 5.0, 60.0

NONE_YET = "none of its rates are here yet; where there is a Redis, crossrate worker and crossrate scheduler fetch them"


class NewestReferenceRates:
    """Holds what a job or another process has fetched: nothing is fetched for a request."""

    def __init__(
        self, source: str, meter: ReferenceMeter, watchers: Sequence[Callable[[ReferenceRates], None]] = ()
    ) -> None:
        """`watchers` are called with all rates that are newer than those before."""
        self.source = source
        self._watchers = watchers
        self._meter = meter
        self._routes: BridgedRoutes | None = None
        self._is_there = asyncio.Event()
        self.last_failure: ExchangeUnavailable | None = None  # of this process's calls to the bank

    @property
    def rates(self) -> ReferenceRates | None:
        """The newest rates, current or not; None before the first."""
        return None if self._routes is None else self._routes.rates

    @property
    def of_any_age(self) -> BridgedRoutes | None:
        """The routes over the newest rates, current or not; None before the first."""
        return self._routes

    def accept(self, rates: ReferenceRates) -> None:
        """Keep these rates, unless older than those that are kept."""
        known = self.rates
        if known is None or (rates.day >= known.day and rates != known):
            self._routes = BridgedRoutes(rates)
            self._meter.reference_rates_known(rates)
            for watcher in self._watchers:
                watcher(rates)
            self._is_there.set()

    async def wait_for_first(self, seconds: float) -> None:
        """Return once there are rates, or after so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._is_there.wait()

    def pinned(self) -> "NewestReferenceRates":
        """Return one that stays at these rates, for conversions that must all use the same."""
        pinned = NewestReferenceRates(self.source, self._meter)
        pinned._routes = self._routes
        return pinned

    def may_know(self, currency: Currency) -> bool:
        """Return whether the bank has a rate of it, or might have while no rates are known."""
        return is_iso_4217(currency) if self._routes is None else currency in self._routes.rates

    def current(self, now: float, max_overdue_seconds: float) -> BridgedRoutes:
        """Return the routes over rates that are current at `now`, or overdue for no longer than the caller accepts.

        Raises `ExchangeUnavailable`.
        """
        routes = self._routes
        if routes is None:
            raise self._stale(NONE_YET, FIRST_RATES_SECONDS)
        if now - routes.missed_at > max_overdue_seconds:
            day = routes.rates.day
            detail = f"its newest rates are of {day}; those of {next_bank_day(day)} have not come"
            raise self._stale(detail, NEXT_RATES_SECONDS)
        return routes

    def failure(self, now: float) -> ExchangeUnavailable | None:
        """Return why the known rates are not current; None if they are, or none are known yet."""
        try:
            self.current(now, 0.0)
        except ExchangeUnavailable as failure:
            return None if self._routes is None else failure
        return None

    def at_bank(self, routes: BridgedRoutes, currency_from: Currency, currency_to: Currency) -> Route | None:
        """Return the route if both currencies are the bank's."""
        rates = routes.rates
        both = currency_from in rates and currency_to in rates
        return Route.at_bank(rates, currency_from, currency_to) if both else None

    def _stale(self, detail: str, retry_after_seconds: float) -> ExchangeUnavailable:
        return ExchangeUnavailable(self.source, FailureReason.STALE, detail, retry_after_seconds)
