"""The port to the metrics of reconciliation."""

from typing import Protocol


class ReconciliationMeter(Protocol):
    """Reports what a reconciliation found."""

    def reconciled(self, differences: int) -> None:
        """So many comparisons did not agree this time."""
        ...

    def venue_compared(self, venue: str, at: float) -> None:
        """A venue's balances were compared with the ledger at a Unix time."""
        ...
