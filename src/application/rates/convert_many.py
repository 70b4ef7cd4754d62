"""Convert many amounts at once: one fetch for all, and one snapshot of each exchange."""

from collections.abc import Collection, Mapping, Sequence

from application.concurrency.cooperative import begin_slice, slice_is_over, yield_to_event_loop
from application.market_data.freshness import Arrival, Generations
from application.market_data.market import Market
from application.market_data.pinned_market import PinnedMarket
from application.rates.batch import Batch, ConversionLine, Outcome
from application.rates.convert import Convert
from application.rates.kept_routes import KeptRoutes
from application.rates.newest_reference_rates import NewestReferenceRates
from application.rates.ports.meter import RatesMeter
from application.rates.watch_divergence import WatchDivergence
from domain.rates.routing import MAX_LEGS

# The exchange that a line asks, None for all, and how old its prices may be.
Bound = tuple[str | None, int | None]


class ConvertMany:
    """The use case of batches. `markets` are tried in their order."""

    def __init__(
        self,
        *,
        markets: Mapping[str, Market],
        generations: Generations,
        meter: RatesMeter,
        max_legs: int = MAX_LEGS,
        divergence: WatchDivergence | None = None,
        reference: NewestReferenceRates | None = None,
    ) -> None:
        self._markets = dict(markets)
        self._generations = generations
        self._meter = meter
        self._max_legs = max_legs
        self._divergence = divergence
        self._reference = reference
        self._kept: dict[str | None, KeptRoutes] = {}

    async def __call__(self, lines: Sequence[ConversionLine], arrival: Arrival | None = None) -> list[Outcome]:
        """Return, in the order of the lines, each one's conversion or why there is none.

        All lines arrive together, and all that use an exchange use the same snapshot of it: the one that satisfies the
        strictest of them. Where it cannot be fetched, lines that accept older prices share those in memory.
        """
        batch = self.begin({(line.exchange, line.cache_max_seconds) for line in lines}, arrival)
        outcomes: list[Outcome] = []
        begin_slice()
        for line in lines:
            if slice_is_over():
                await yield_to_event_loop()
            outcome = batch.from_memory(line)
            outcomes.append(await batch.looked_up(line) if outcome is None else outcome)
        return outcomes

    def begin(self, bounds: Collection[Bound], arrival: Arrival | None = None) -> Batch:
        """Return a batch whose lines have these bounds; a caller that converts many of them yields in between."""
        arrival = arrival or self._generations.arrival()
        pinned = self._pinned(bounds, arrival)
        convert = Convert(
            markets=pinned,
            generations=self._generations,
            meter=self._meter,
            max_legs=self._max_legs,
            divergence=self._divergence,
            reference=None if self._reference is None else self._reference.pinned(),
        )
        return Batch(convert=convert, pinned=pinned, arrival=arrival, meter=self._meter, kept=self._kept)

    def _pinned(self, bounds: Collection[Bound], arrival: Arrival) -> dict[str, PinnedMarket]:
        asked = {(exchange and exchange.lower(), seconds or 0) for exchange, seconds in bounds}
        pinned = {}
        for name, market in self._markets.items():
            seconds = min((seconds for exchange, seconds in asked if exchange in {None, name}), default=0)
            pinned[name] = PinnedMarket(market, arrival.at - seconds if seconds else None, arrival)
        return pinned
