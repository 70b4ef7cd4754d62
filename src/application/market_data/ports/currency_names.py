"""The port to the names that an exchange gives to currencies."""

from collections.abc import Mapping
from typing import Protocol


class CurrencyNames(Protocol):
    """One exchange's names of currencies, without an account. Names seldom change, and a call is heavy."""

    @property
    def currency_names_weight(self) -> int:
        """The weight of the call in the exchange's `quota`."""
        ...

    async def fetch_currency_names(self) -> Mapping[str, str]:
        """Return the names by the exchange's own tickers: ADA is "Cardano". Raises `ExchangeUnavailable`."""
        ...
