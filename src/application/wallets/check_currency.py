"""Check that a code is a currency: one that an exchange lists, or that ISO 4217 knows."""

from collections.abc import Mapping
from dataclasses import replace

from application.market_data.market import Market
from application.rates.route_lookup import NEGATIVE_LISTING_MAX_AGE_SECONDS
from domain.currency import Currency
from domain.iso_4217 import MINOR_UNITS
from domain.rates.errors import ExchangeUnavailable
from domain.wallets.errors import CurrencyNotChecked, UnknownCurrency


class CheckCurrency:
    """Asks the exchanges only about codes that their listings in memory do not have."""

    def __init__(self, markets: Mapping[str, Market]) -> None:
        self._markets = dict(markets)

    async def __call__(self, code: Currency) -> None:
        """Raise `UnknownCurrency`, or `CurrencyNotChecked` if that cannot be told now."""
        if code in MINOR_UNITS:
            return
        failures: dict[str, ExchangeUnavailable] = {}
        reasons: dict[str, str] = {}
        known = set(map(Currency, MINOR_UNITS))
        for name, market in self._markets.items():
            in_memory = market.routes_of_any_age()
            if in_memory is not None and in_memory.market.instruments.lists(code):
                return
            try:
                instruments = await market.instruments(NEGATIVE_LISTING_MAX_AGE_SECONDS)
            except ExchangeUnavailable as failure:
                failures[name] = replace(failure)  # the traceback of the other refers back to this frame
                continue
            if instruments.lists(code):
                return
            known |= instruments.pairs.neighbours.keys()
            reasons[name] = f"{code} is not listed"
        if failures:
            raise CurrencyNotChecked(code, failures, reasons)
        raise UnknownCurrency(code, known)
