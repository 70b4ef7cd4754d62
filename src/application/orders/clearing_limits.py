"""The bounds of clearing."""

from dataclasses import dataclass
from decimal import Decimal

from domain.orders.terms import Charges

_NO_CHARGES = Charges(Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True)
class ClearingLimits:
    """`price_band_percent` is how far the price may be above what orders were accepted at, and a fill above the ask.

    `loss_limit` is what clearing one asset may lose in a day, in units of what it is cleared with: what venues
    took, with their fees, beyond what buyers paid with our `charges`. A claim of a batch lasts `lease_seconds`,
    longer than any step takes. An order is void at the venue `receive_window_ms` after it was signed. An outcome
    unknown for `stuck_after_seconds` waits for an admin; a batch that could not be sent for so long is dissolved. A
    batch that bought nothing is followed by the next after `pause_seconds`, and after ever more where venues lack
    funds. `chunk` orders are settled in one transaction.
    """

    price_band_percent: Decimal = Decimal(2)
    loss_limit: Decimal = Decimal(1000)
    charges: Charges = _NO_CHARGES
    lease_seconds: float = 60.0
    receive_window_ms: int = 5000
    stuck_after_seconds: float = 600.0
    pause_seconds: float = 10.0
    chunk: int = 50
    max_batch_orders: int = 100_000

    def seconds_after_nothing(self, refusals: int) -> float:
        """Return how long to wait after a batch that bought nothing, the last of so many for lack of funds."""
        return min(self.pause_seconds * 2.0 ** min(max(refusals - 1, 0), 10), LONGEST_PAUSE_FOR_FUNDS_SECONDS)


LONGEST_PAUSE_SECONDS = 10.0
LONGEST_PAUSE_FOR_FUNDS_SECONDS = 600.0
PAUSE_WHEN_STUCK_SECONDS = 60.0
_FIRST_PAUSE_SECONDS = 0.25


def pause_seconds(pauses: int) -> float:
    """Return how long to wait after so many pauses before: twice as long each time, up to 10 s."""
    return min(_FIRST_PAUSE_SECONDS * 2.0 ** min(pauses, 10), LONGEST_PAUSE_SECONDS)
