"""Rates of chosen pairs as Prometheus gauges, made when they are asked for."""

from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from application.ports.clock import Clock
from application.rates.rates_in_memory import RatesInMemory
from domain.pair import Pair
from domain.rates.conversion import Conversion

LABELS = ("base", "quote", "exchange")


class RateExposition:
    """Text to add to the other metrics: each process has its own prices, so those of several are never added up."""

    def __init__(self, rates: RatesInMemory, pairs: Sequence[Pair], clock: Clock) -> None:
        self._rates = rates
        self._pairs = pairs
        self._clock = clock

    async def render(self) -> bytes:
        """Write the rates that are in memory. What has none is absent."""
        if not self._pairs:
            return b""
        found = await self._rates(self._pairs)
        return generate_latest(_Families(rate_families(found, self._clock.now())))


def rate_families(found: Iterable[Conversion], now: float) -> list[Metric]:
    """Return the rates and their ages as families."""
    rates = GaugeMetricFamily("crossrate_rate", "Units of quote for one base, at the mid.", labels=LABELS)
    ages = GaugeMetricFamily(
        "crossrate_rate_age_seconds", "How long ago the oldest price of the rate was observed.", labels=LABELS
    )
    for each in found:
        route = each.route
        labels = (route.currency_from, route.currency_to, route.exchange)
        rates.add_metric(labels, float(each.rate))
        ages.add_metric(labels, max(0.0, now - route.observed_at))
    return [rates, ages]


class _Families(Collector):
    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        return iter(self._families)
