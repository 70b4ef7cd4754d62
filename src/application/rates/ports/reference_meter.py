"""The port to metrics of reference rates."""

from typing import Protocol

from domain.rates.reference_rates import ReferenceRates


class ReferenceMeter(Protocol):
    """Each call reports one event. No call blocks or raises."""

    def reference_rates_known(self, rates: ReferenceRates) -> None:
        """This process has these rates in memory, and no newer ones."""
        ...
