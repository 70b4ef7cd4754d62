"""Counts conversions and what they depend on."""

from typing import Protocol

from application.market_data.ports.meter import MarketDataMeter
from domain.rates.conversion import Conversion


class RatesMeter(MarketDataMeter, Protocol):
    """Counts market data too, since a conversion from memory reports the lookup of its prices itself."""

    def converted(self, conversion: Conversion) -> None:
        """A conversion was made."""
        ...

    def divergence_found(self, exchange: str, other: str, pairs: int) -> None:
        """Two exchanges, in their configured order, were compared: so many pairs are too far apart."""
        ...
