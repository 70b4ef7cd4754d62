"""The port to metrics of the ledger."""

from typing import Protocol


class LedgerMeter(Protocol):
    """Each call reports one event. No call blocks or raises."""

    def ledger_verified(self, postings: int, faults: int) -> None:
        """So many postings were verified, and so many faults were found."""
        ...
