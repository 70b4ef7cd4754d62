"""Market data and conversions as Prometheus metrics.

Every label has a closed set of values: the configured exchanges, or names of our own.
"""

from collections.abc import Sequence
from functools import partial
from itertools import combinations, product
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge

from adapters.prometheus.tallies import Tallies, Tally
from application.market_data.ports.meter import PriceSource
from application.rates.ports.meter import RatesMeter
from domain.rates.book import FurtherRateType, RateType
from domain.rates.book_tickers import BookTickers
from domain.rates.conversion import Conversion
from domain.rates.errors import FailureReason
from domain.rates.instruments import Instruments
from domain.rates.routing import MAX_LEGS

OK = "ok"

# Processes can share a time but not an age: the gauge holds a Unix time, which `Exposition` turns into an age.
MARKET_AGE = "crossrate_market_age_seconds"

# The name and help text of each metric.
CONVERSIONS = (
    "crossrate_conversions",
    "Conversions made, by exchange, rate type and number of legs.",
)
CALLS = ("crossrate_exchange_calls", "Calls to an exchange, by outcome: ok, or the reason for the failure.")
THROTTLED = (
    "crossrate_fetches_throttled",
    "Fetches for requests that were not made, since the rest of the exchange's rate limit is kept for the sync.",
)
REJECTED = (
    "crossrate_cached_values_rejected",
    "Values in the cache that none of this installation's processes wrote, or old ones in place of new ones.",
)
HELD_BACK = (
    "crossrate_prices_held_back",
    "Prices that were held back since they jumped and nothing confirmed them, per process.",
)
HOLDING_BACK = (
    "crossrate_unconfirmed_prices",
    "Prices that are held back now, until a later fetch or another exchange confirms them.",
)
PRICES = (
    "crossrate_price_lookups",
    "Price lookups by conversions, by where the prices came from: process, cache or exchange.",
)
AGES = (
    MARKET_AGE,
    "Age of the newest pairs (listing) and prices (books), and of streamed prices and the oldest of them.",
)
WEIGHTS = (
    "crossrate_exchange_weight_used",
    "Weight that this IP address has used in the current window of the exchange's rate limit, as last reported.",
)
DIVERGING = (
    "crossrate_diverging_pairs",
    "Pairs that two exchanges priced too differently when they were last compared.",
)
BREAKERS = (
    "crossrate_breaker_open",
    "1 while an exchange's circuit breaker is open or half-open, 0 while it is closed.",
)
LEADERS = (
    "crossrate_sync_leader",
    "Processes of this instance that lead the market sync; one of all that share a Redis does.",
)


class PrometheusMeter(RatesMeter):
    """Writes to `registry`, or to this process's files if several processes are measured together."""

    def __init__(self, registry: CollectorRegistry, exchanges: Sequence[str], bank: str | None = None) -> None:
        """`bank` is the source of reference rates, where these are used."""
        self._conversions: Tallies[tuple[str, RateType | FurtherRateType, int], Tally] = _tallies(
            Counter(*CONVERSIONS, ("exchange", "rate_type", "legs"), registry=registry)
        )
        self._calls: Tallies[tuple[str, str], Tally] = _tallies(
            Counter(*CALLS, ("exchange", "outcome"), registry=registry)
        )
        self._throttled: Tallies[tuple[str], Tally] = _tallies(Counter(*THROTTLED, ("exchange",), registry=registry))
        self._rejected: Tallies[tuple[str], Tally] = _tallies(Counter(*REJECTED, ("exchange",), registry=registry))
        self._held_back: Tallies[tuple[str], Tally] = _tallies(Counter(*HELD_BACK, ("exchange",), registry=registry))
        self._prices: Tallies[tuple[str, PriceSource], Tally] = _tallies(
            Counter(*PRICES, ("exchange", "level"), registry=registry)
        )
        newest = partial(Gauge, registry=registry, multiprocess_mode="mostrecent")
        highest = partial(Gauge, registry=registry, multiprocess_mode="livemax")
        summed = partial(Gauge, registry=registry, multiprocess_mode="livesum")
        self.ages = highest(*AGES, ("exchange", "payload"))
        self._weights = newest(*WEIGHTS, ("exchange",))
        self._diverging = highest(*DIVERGING, ("exchange", "other"))
        self._unconfirmed = highest(*HOLDING_BACK, ("exchange",))
        self._breakers = highest(*BREAKERS, ("exchange",))  # each process has its own
        self._leader = summed(*LEADERS)
        self._begin_at_zero(exchanges)
        if bank is not None:
            self._begin_bank_at_zero(exchanges, bank)

    def converted(self, conversion: Conversion) -> None:
        """Count it."""
        route = conversion.route
        self._conversions[route.exchange, conversion.rate_type, len(route.legs)].count += 1

    def converted_alike(self, exchange: str, rate_type: RateType, legs: int, times: int) -> None:
        """Count them."""
        self._conversions[exchange, rate_type, legs].count += times

    def converted_further(self, exchange: str, rate_type: FurtherRateType, legs: int) -> None:
        """Count it."""
        self._conversions[exchange, rate_type, legs].count += 1

    def exchange_called(self, exchange: str, failure: FailureReason | None) -> None:
        """Count it."""
        self._calls[exchange, OK if failure is None else failure.value].count += 1

    def fetch_throttled(self, exchange: str) -> None:
        """Count it."""
        self._throttled[(exchange,)].count += 1

    def cached_value_rejected(self, exchange: str) -> None:
        """Count it."""
        self._rejected[(exchange,)].count += 1

    def prices_held_back(self, exchange: str, began: int, held_back: int) -> None:
        """Count them, and keep the figure."""
        self._held_back[(exchange,)].count += began
        self._unconfirmed.labels(exchange).set(held_back)

    def breaker_changed(self, exchange: str, *, is_open: bool) -> None:
        """Keep the state."""
        self._breakers.labels(exchange).set(is_open)

    def prices_served(self, exchange: str, source: PriceSource, times: int = 1) -> None:
        """Count it."""
        self._prices[exchange, source].count += times

    def instruments_observed(self, instruments: Instruments) -> None:
        """Keep the moment."""
        self.ages.labels(instruments.exchange, "listing").set(instruments.observed_at)

    def book_tickers_observed(self, book_tickers: BookTickers) -> None:
        """Keep the moment."""
        self.ages.labels(book_tickers.exchange, "books").set(book_tickers.observed_at)

    def divergence_found(self, exchange: str, other: str, pairs: int) -> None:
        """Keep the figure."""
        self._diverging.labels(exchange, other).set(pairs)

    def weight_reported(self, exchange: str, used: int) -> None:
        """Keep the figure."""
        self._weights.labels(exchange).set(used)

    def leadership_changed(self, *, is_leader: bool) -> None:
        """Keep the state."""
        self._leader.set(is_leader)

    def flush(self) -> None:
        """Write the counts since the last flush to the registry."""
        for tallies in (self._conversions, self._calls, self._throttled, self._rejected, self._held_back, self._prices):
            tallies.flush()

    def _begin_at_zero(self, exchanges: Sequence[str]) -> None:
        """Create every series at the start: one that first appears at 1 shows no increase."""
        for key in product(exchanges, (*RateType, FurtherRateType.DEPTH), range(MAX_LEGS + 1)):
            self._conversions[key]
        self._conversions[FurtherRateType.MEDIAN.value, FurtherRateType.MEDIAN, 0]
        for outcome in product(exchanges, (OK, *FailureReason)):
            self._calls[outcome]
        for lookup in product(exchanges, PriceSource):
            self._prices[lookup]
        for exchange in exchanges:
            self._breakers.labels(exchange)
            self._throttled[(exchange,)]
            self._rejected[(exchange,)]
            self._held_back[(exchange,)]
            self._unconfirmed.labels(exchange)
        for two in combinations(exchanges, 2):
            self._diverging.labels(*two)

    def _begin_bank_at_zero(self, exchanges: Sequence[str], bank: str) -> None:
        names = [bank, *(f"{exchange}+{bank}" for exchange in exchanges)]
        for key in product(names, RateType, range(MAX_LEGS + 3)):  # the bank has up to two legs more
            self._conversions[key]
        for outcome in (OK, *FailureReason):
            self._calls[bank, outcome]


def _tallies(counter: Counter) -> Tallies[Any, Tally]:
    return Tallies(lambda *labels: Tally(counter.labels(*labels).inc))
