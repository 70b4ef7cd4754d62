"""Convert many amounts at once: one fetch for all, and one snapshot of each exchange."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from application.concurrency.cooperative import yield_to_event_loop
from application.market_data.freshness import Arrival, Generations
from application.market_data.market import Market
from application.market_data.pinned_market import PinnedMarket
from application.rates.convert import Convert
from application.rates.newest_reference_rates import NewestReferenceRates
from application.rates.ports.meter import RatesMeter
from application.rates.route_lookup import RouteQuery
from application.rates.watch_divergence import WatchDivergence
from domain.currency import Currency
from domain.errors import CrossrateError
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.errors import NotAllAnswered, NotOffered, UnknownExchange
from domain.rates.routing import MAX_LEGS
from domain.rates.tickers import name_at

# A third of a millisecond of warm lines. A conversion that arrives meanwhile waits for up to two slices.
LINES_PER_SLICE = 100

# So many other lines take as long as the first search for a route that a bank completes, and as finding it again.
LINES_SEARCHED = 20
LINES_COMPLETED = 3

# So many other lines take as long as a refused one.
LINES_REFUSED = 3

Outcome = Conversion | CrossrateError


class ConversionLine(NamedTuple):
    """One conversion of a batch; the fields mean what they mean for `Convert`."""

    amount: Decimal
    currency_from: Currency
    currency_to: Currency
    exchange: str | None = None
    rate_type: RateType = RateType.MID
    cache_max_seconds: int | None = None


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

    async def __call__(self, lines: Sequence[ConversionLine], arrival: Arrival | None = None) -> list[Outcome]:
        """Return, in the order of the lines, each one's conversion or why there is none.

        All lines arrive together, and all that use an exchange use the same snapshot of it: the one that satisfies the
        strictest of them. Where it cannot be fetched, lines that accept older prices share those in memory.
        """
        arrival = arrival or self._generations.arrival()
        pinned = self._pinned(lines, arrival)
        convert = Convert(
            markets=pinned,
            generations=self._generations,
            meter=self._meter,
            max_legs=self._max_legs,
            divergence=self._divergence,
            reference=None if self._reference is None else self._reference.pinned(),
        )
        unknown = convert.unknown_exchange("")  # the same for all lines: it names only those that are known
        bank = None if self._reference is None else self._reference.of_any_age
        searches = 0 if bank is None else bank.searches
        outcomes: list[Outcome] = []
        work = 0
        for line in lines:
            outcome = self._from_memory(convert, arrival, line, unknown)  # most lines need nothing that must be awaited
            if outcome is None:
                outcome = await _outcome(convert, arrival, line)
                work += LINES_PER_SLICE  # it has searched every exchange, which takes as long as many others
            outcomes.append(outcome)
            work += _work(outcome)
            if bank is not None and bank.searches > searches:
                work += LINES_SEARCHED
                searches = bank.searches
            if work >= LINES_PER_SLICE:
                work = 0
                await yield_to_event_loop()
        return outcomes

    def _from_memory(
        self, convert: Convert, arrival: Arrival, line: ConversionLine, unknown: UnknownExchange
    ) -> Outcome | None:
        amount, currency_from, currency_to, exchange, rate_type, seconds = line
        if exchange is not None and not convert.knows(exchange):
            return unknown
        markets = convert.asked(exchange)
        if exchange is not None:
            currency_from, currency_to = name_at(exchange, currency_from), name_at(exchange, currency_to)
        not_before = arrival.at - seconds if seconds else None
        route = convert.route_in_memory(markets, currency_from, currency_to, not_before, arrival.at)
        if route is None:
            query = RouteQuery(currency_from, currency_to, not_before, arrival)
            route = convert.completed_in_memory(query) if exchange is None else None
            if route is None:
                return convert.none_in_memory(markets, query)
        if exchange is not None:
            route = route.asked_as(line.currency_from, line.currency_to)
        conversion = Conversion.along(route, amount, rate_type)
        self._meter.converted(conversion)
        return conversion

    def _pinned(self, lines: Sequence[ConversionLine], arrival: Arrival) -> dict[str, PinnedMarket]:
        bounds = {(line.exchange and line.exchange.lower(), line.cache_max_seconds or 0) for line in lines}
        pinned = {}
        for name, market in self._markets.items():
            seconds = min((seconds for exchange, seconds in bounds if exchange in {None, name}), default=0)
            pinned[name] = PinnedMarket(market, arrival.at - seconds if seconds else None, arrival)
        return pinned


def _work(outcome: Outcome) -> int:
    """Return as how many lines this one counts."""
    if isinstance(outcome, CrossrateError):
        return LINES_REFUSED
    return LINES_COMPLETED if "+" in outcome.route.exchange else 1


async def _outcome(convert: Convert, arrival: Arrival, line: ConversionLine) -> Outcome:
    try:
        return await convert(
            arrival=arrival,
            amount=line.amount,
            currency_from=line.currency_from,
            currency_to=line.currency_to,
            exchange=line.exchange,
            rate_type=line.rate_type,
            cache_max_seconds=line.cache_max_seconds,
        )
    except (NotOffered, NotAllAnswered, UnknownExchange) as error:
        return error
