"""The port to metrics of conversions."""

from typing import Protocol

from application.market_data.ports.meter import MarketDataMeter, PriceSource
from domain.rates.book import FurtherRateType, RateType
from domain.rates.conversion import Conversion


class ConversionMeter(Protocol):
    """Each call reports one event. No call blocks or raises."""

    def converted(self, conversion: Conversion) -> None:
        """A conversion was made."""
        ...

    def converted_alike(self, exchange: str, rate_type: RateType, legs: int, times: int) -> None:
        """So many conversions were made that are counted alike."""
        ...

    def prices_served(self, exchange: str, source: PriceSource, times: int = 1) -> None:
        """A conversion used an exchange's prices, or so many did."""
        ...


class NotCounted(ConversionMeter):
    """For conversions that no request asked for."""

    def converted(self, conversion: Conversion) -> None:
        """Count nothing."""

    def converted_alike(self, exchange: str, rate_type: RateType, legs: int, times: int) -> None:
        """Count nothing."""

    def prices_served(self, exchange: str, source: PriceSource, times: int = 1) -> None:
        """Count nothing."""


class RatesMeter(ConversionMeter, MarketDataMeter, Protocol):
    """Includes market data, because a conversion from memory reports its price lookup itself."""

    def converted_further(self, exchange: str, rate_type: FurtherRateType, legs: int) -> None:
        """A conversion was made that looked further; for the median of several exchanges, `exchange` is `median`."""
        ...

    def divergence_found(self, exchange: str, other: str, pairs: int) -> None:
        """Two exchanges, in the configured order, were compared, and this number of pairs diverges."""
        ...
