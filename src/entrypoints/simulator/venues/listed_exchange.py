"""The base of exchanges whose listing is generated or recorded, and whose prices always come from the seed."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import orjson

from entrypoints.simulator.faults.kinds import BadRows, EmptyList, FailureCode, Part
from entrypoints.simulator.market.listing import Condition, ListingPlan, SimulatedPair, listed_pairs, simulated_pair
from entrypoints.simulator.market.order_book import BookSide, written
from entrypoints.simulator.market.simulated import ExchangeMarket, PairPrices
from entrypoints.simulator.recordings import UnusableRecording, read_bounded
from entrypoints.simulator.reply import Body, Call, Row
from entrypoints.simulator.venues.simulated_exchange import SimulatedExchange

LOT = Decimal("0.0001")

Sides = tuple[list[list[str]], list[list[str]]]


class ListedExchange(SimulatedExchange):
    """One exchange with a listing and books of all pairs.

    `recordings` names the files of the recorded listing; each may have a date after its name, and the largest is taken.
    """

    plan: ClassVar[ListingPlan]
    pair_count: ClassVar[int]
    recordings: ClassVar[tuple[str, ...]]
    window_seconds = 60
    own_faults = frozenset({EmptyList, BadRows, Part, FailureCode})

    def __init__(self, seed: int, recorded: Mapping[str, Any] | None = None) -> None:
        """`recorded` are the documents of the recordings, by name."""
        self._seed = seed
        self._recorded = recorded
        self._bodies: dict[str, tuple[object, Body]] = {}

    @classmethod
    def of(cls, seed: int, data: Path | None) -> Self | None:
        """Make it from the seed, or from the recordings in `data`; None if these have no listing of it."""
        if data is None:
            return cls(seed)
        files = {name: _largest(data / cls.name, name) for name in cls.recordings}
        if not all(files.values()):
            return None
        exchange = cls(seed, {name: _document(path) for name, path in files.items() if path is not None})
        try:
            exchange.listing  # noqa: B018 -- what is wrong with it shows now
        except (AttributeError, KeyError, TypeError) as error:
            raise UnusableRecording(f"{data / cls.name} has no listing as the exchange writes it: {error!r}") from error
        return exchange

    @abstractmethod
    def listed(self, pair: SimulatedPair) -> Row:
        """Return the pair's row of the listing."""

    def symbol(self, pair: SimulatedPair) -> str:
        """Return the exchange's own symbol of a pair."""
        return pair.symbol

    @abstractmethod
    def recorded_listing(self, recorded: Mapping[str, Any]) -> list[tuple[SimulatedPair, Row]]:
        """Return the pairs of the recorded listing with their rows, in the form of today."""

    @cached_property
    def listing(self) -> list[tuple[SimulatedPair, Row]]:
        """All pairs, with their rows."""
        if self._recorded is not None:
            return self.recorded_listing(self._recorded)
        drawn = listed_pairs(self.plan, self._seed, self.pair_count)
        pairs = [replace(pair, symbol=self.symbol(pair)) for pair in drawn]
        return [(pair, self.listed(pair)) for pair in pairs]

    @cached_property
    def market(self) -> ExchangeMarket:
        """The prices of all pairs."""
        return ExchangeMarket(self.name, self._seed, [pair for pair, _ in self.listing])

    def pair(self, symbol: str, base: str, quote: str, *, is_trading: bool) -> SimulatedPair:
        """Return a pair of a recorded listing."""
        condition = Condition.LIVE if is_trading else Condition.HALTED_WITH_STALE_BOOK
        return simulated_pair(self.plan, self._seed, symbol, base, quote, condition)

    def books(self, tick: int) -> dict[str, Row]:
        """Return every listed pair with its book at `tick`."""
        return {
            prices.pair.symbol: {
                "base": prices.pair.base,
                "quote": prices.pair.quote,
                "bid": price_text(prices.pair, prices.bid),
                "ask": price_text(prices.pair, prices.ask),
                "is_tradable": is_trading(prices.pair),
            }
            for prices in self.market.prices(tick)
        }

    def order_book(self, call: Call, symbol: str, limit: int) -> Sides | None:
        """Return up to `limit` levels of bids and asks of a pair, None if it is not listed."""
        prices = next((each for each in self.market.prices(call.tick) if each.pair.symbol == symbol), None)
        if prices is None:
            return None
        tick, quantity = Decimal(1).scaleb(-prices.pair.decimals), Decimal(size_text(prices))
        bids, asks = (
            BookSide((steps or 0) * tick, quantity, tick, LOT, is_ask)
            for steps, is_ask in ((prices.bid, False), (prices.ask, True))
        )
        return written(bids.levels(call.fill_percent), limit), written(asks.levels(call.fill_percent), limit)

    def latest(self, name: str, call: Call, document: Callable[[], object]) -> Body:
        """Return a document, made anew once a second."""
        moment = call.tick, int(call.now)
        made_at, body = self._bodies.get(name, (None, None))
        if body is None or made_at != moment:
            body = Body(orjson.dumps(document()))
            self._bodies[name] = moment, body
        return body

    def once(self, name: str, document: Callable[[], object]) -> Body:
        """Return a document that never changes."""
        if name not in self._bodies:
            self._bodies[name] = None, Body(orjson.dumps(document()))
        return self._bodies[name][1]


def is_trading(pair: SimulatedPair) -> bool:
    """Tell whether the pair can be traded now."""
    return not pair.is_halted and pair.condition is not Condition.NOT_SPOT


def price_text(pair: SimulatedPair, steps: int | None) -> str | None:
    """Return a price as exchanges write it, with all decimals of the pair."""
    return None if steps is None else f"{Decimal(steps).scaleb(-pair.decimals):f}"


def size_text(prices: PairPrices) -> str:
    """Return some quantity of the base."""
    return f"{max(5000.0 * 10.0**prices.pair.decimals / prices.last, 1e-4):.4f}"


def _largest(folder: Path, name: str) -> Path | None:
    return max(folder.glob(f"{name}*.json*"), key=lambda path: path.stat().st_size, default=None)


def _document(path: Path) -> Any:  # noqa: ANN401 -- any JSON
    try:
        return orjson.loads(read_bounded(path))
    except orjson.JSONDecodeError as error:
        raise UnusableRecording(f"{path} is not JSON: {error}") from error
