"""What market data must not exceed."""

from dataclasses import dataclass

from domain.rates.spread import NO_SPREAD_BOUNDS, SpreadBounds


@dataclass(frozen=True, slots=True)
class MarketLimits:
    """The limits of every exchange alike, as the settings give them."""

    listing_max_age_seconds: float
    spread: SpreadBounds = NO_SPREAD_BOUNDS
