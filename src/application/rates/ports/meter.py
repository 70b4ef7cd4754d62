"""The port to metrics of conversions."""

from typing import Protocol

from application.market_data.ports.meter import MarketDataMeter
from domain.rates.conversion import Conversion


class RatesMeter(MarketDataMeter, Protocol):
    """Includes market data, because a conversion from memory reports its price lookup itself."""

    def converted(self, conversion: Conversion) -> None:
        """A conversion was made."""
        ...

    def divergence_found(self, exchange: str, other: str, pairs: int) -> None:
        """Two exchanges, in the configured order, were compared, and this number of pairs diverges."""
        ...
