"""What market data must not exceed."""

import math
from dataclasses import dataclass

from domain.rates.spread import NO_SPREAD_BOUNDS, SpreadBounds

# Soon, because a price may really have fallen; and not at once, so that a cache on the way has a newer answer.
CONFIRM_AFTER_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class MarketLimits:
    """The limits of every exchange alike, as the settings give them.

    Answers may lag `max_source_age_seconds` behind by their source's own word; 0 stands for no limit. A list of pairs
    may lag for as long as it may be used. Of the pairs or books of a moment before, at most `max_loss_percent` may be
    gone; 0 stands for no limit. A price that differs from the one before by more than `max_jump_percent` of the lower
    must be confirmed, and is fetched again after `confirm_after_seconds`; 0 stands for no limit. A request waits for a
    fetch under way and the next one for at most `max_wait_seconds` together.
    """

    listing_max_age_seconds: float
    spread: SpreadBounds = NO_SPREAD_BOUNDS
    max_source_age_seconds: float = 0.0
    max_loss_percent: float = 0.0
    max_jump_percent: float = 0.0
    confirm_after_seconds: float = CONFIRM_AFTER_SECONDS
    max_wait_seconds: float = math.inf

    @property
    def max_listing_lag_seconds(self) -> float:
        """What a list of pairs may lag; 0 stands for no limit."""
        return self.max_source_age_seconds and max(self.max_source_age_seconds, self.listing_max_age_seconds)
