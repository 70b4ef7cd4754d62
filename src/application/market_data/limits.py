"""What market data must not exceed."""

from dataclasses import dataclass

from domain.rates.spread import NO_SPREAD_BOUNDS, SpreadBounds


@dataclass(frozen=True, slots=True)
class MarketLimits:
    """The limits of every exchange alike, as the settings give them.

    Answers may lag `max_source_age_seconds` behind by their source's own word; 0 stands for no limit. A list of pairs
    may lag for as long as it may be used. Of the pairs or books of a moment before, at most `max_loss_percent` may be
    gone; 0 stands for no limit.
    """

    listing_max_age_seconds: float
    spread: SpreadBounds = NO_SPREAD_BOUNDS
    max_source_age_seconds: float = 0.0
    max_loss_percent: float = 0.0

    @property
    def max_listing_lag_seconds(self) -> float:
        """What a list of pairs may lag; 0 stands for no limit."""
        return self.max_source_age_seconds and max(self.max_source_age_seconds, self.listing_max_age_seconds)
