"""Tell coins from states' money whose codes they have, by a bank's rates."""

from collections.abc import Mapping
from decimal import Decimal

import structlog

from domain.currency import Currency
from domain.rates.instruments import Instruments, Pairs
from domain.rates.money_prices import coins_under_money, dollar_price
from domain.rates.reference_rates import ReferenceRates
from domain.rates.routing import Routes

# A comparison takes 0.05 ms.
EVERY_SECONDS = 30.0

# Rates that have been missing for longer are those of another time.
MOST_OVERDUE_SECONDS = 7 * 86_400.0

log = structlog.get_logger()


class MoneyGuard:
    """Compares the prices of one exchange with a bank's rates. Until there are any, a code means what it says."""

    def __init__(self, exchange: str) -> None:
        self._exchange = exchange
        self._rates: ReferenceRates | None = None
        self._ends_at = 0.0
        self._coins: frozenset[Currency] = frozenset()
        self._unpriced: frozenset[Currency] = frozenset()
        self._compared: Pairs | None = None
        self._compared_at = 0.0

    def took_rates(self, rates: ReferenceRates) -> None:
        """Compare with these rates from now on."""
        self._rates = rates
        self._ends_at = rates.missed_at + MOST_OVERDUE_SECONDS
        self._compared = None

    def named(self, instruments: Instruments) -> Instruments:
        """Return these instruments with names of coins for the codes that are found to be coins'."""
        return instruments.with_coins(self._coins)

    def is_due(self, routes: Routes, now: float) -> bool:
        """Tell whether to compare now: what is listed or priced for the first time is compared at once."""
        if self._rates is None or now > self._ends_at:
            return False
        if self._compared is not routes.market.instruments.pairs or not 0 <= now - self._compared_at < EVERY_SECONDS:
            return True
        return any(dollar_price(routes, code) is not None for code in self._unpriced)

    def finds_change(self, routes: Routes, now: float) -> bool:
        """Compare; return whether other codes than before are found to be coins'.

        The routes must be over the exchange's own names: `Instruments.with_coins` of none.
        """
        if self._rates is None:
            return False
        instruments = routes.market.instruments
        listed = frozenset(code for code in self._rates.currencies if instruments.lists(code))
        found = {code: dollar_price(routes, code) for code in listed}
        prices = {code: price for code, price in found.items() if price is not None}
        self._unpriced = listed.difference(prices, self._coins)
        unpriced_coins = (self._coins & listed).difference(prices)
        is_changed = self._changed(coins_under_money(prices, self._rates), unpriced_coins)
        self._compared, self._compared_at = self.named(instruments).pairs, now
        return is_changed

    def _changed(self, found: Mapping[Currency, Decimal], unpriced: frozenset[Currency]) -> bool:
        before, self._coins = self._coins, unpriced.union(found)
        began, ended = self._coins - before, before - self._coins
        if began:
            times = {str(code): float(round(found[code], 4)) for code in sorted(began)}
            log.warning("coins_under_money_found", exchange=self._exchange, times_the_bank_rate=times)
        if ended:
            log.info("coins_under_money_ended", exchange=self._exchange, codes=sorted(map(str, ended)))
        return bool(began or ended)
