"""The rates of the pairs that somebody watches, computed again when a price that decides them has changed."""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count

import structlog

from application.concurrency.cooperative import begin_slice, slice_is_over, yield_to_event_loop
from application.rates.convert import Convert
from application.rates.live_watch import LiveRate, Watch, WatchedPair
from application.rates.rates_in_memory import rate_in_memory
from domain.errors import CrossrateError
from domain.rates.conversion import Conversion
from domain.rates.errors import NotAllAnswered, NotOffered
from domain.rates.price_changes import changed_symbols, deciding_symbols
from domain.rates.routing import DIRECT, Routes

# Watched rates are never older. A pair without such prices in memory is looked up like any conversion.
MAX_AGE_SECONDS = 60

# How soon a change in memory reaches the watchers.
INTERVAL_SECONDS = 0.1

# A rate is computed again after this time, whether or not a price has changed: prices age, and failures end.
RECHECK_SECONDS = 5.0

# A rate may have thousands of watchers, and each that is woken writes to a socket.
WATCHERS_AT_ONCE = 5

# Look-ups may call exchanges.
MOST_LOOKUPS = 4

_ONE = Decimal(1)

# By exchange, the symbols that decide a rate; None for all of an exchange.
_Deciding = Mapping[str, AbstractSet[str] | None]

log = structlog.get_logger()


@dataclass(slots=True)
class _Watched:
    watches: set[Watch] = field(default_factory=set)
    latest: LiveRate | None = None
    deciding: _Deciding = field(default_factory=dict)
    computed_at: float = -RECHECK_SECONDS  # by the loop's clock
    lookup: asyncio.Task[None] | None = None


class LiveRates:
    """Computes each watched rate once for all who watch it. `convert` finds the routes."""

    def __init__(self, *, convert: Convert) -> None:
        self._convert = convert
        self._markets = {market.name: market for market in convert.asked(None)}
        self._watched: dict[WatchedPair, _Watched] = {}
        self._seen: dict[str, Routes] = {}
        self._version = 0
        self._to_wake: OrderedDict[Watch, None] = OrderedDict()
        self._is_watched = asyncio.Event()
        self._lookups = asyncio.Semaphore(MOST_LOOKUPS)

    @contextmanager
    def watch(self, pairs: Collection[WatchedPair], seen_version: int = 0) -> Iterator[Watch]:
        """Watch the pairs. The watcher has seen all rates up to `seen_version`."""
        watch = Watch(pairs)
        for pair in watch.watched:
            watched = self._watched.setdefault(pair, _Watched())
            watched.watches.add(watch)
            if watched.latest is not None and watched.latest.version > seen_version:
                watch.update(watched.latest)
        watch.wake()
        self._is_watched.set()
        try:
            yield watch
        finally:
            for pair in watch.watched:
                self._unwatch(pair, watch)

    def end(self) -> None:
        """End all watches."""
        for watched in self._watched.values():
            for watch in watched.watches:
                watch.end()

    async def run(self) -> None:
        """Compute rates while there are watchers, until cancelled."""
        try:
            while True:
                await self._is_watched.wait()
                try:
                    await self.step()
                except Exception:  # a bug must not end the streams of all
                    log.exception("live_rates_failed")
                await asyncio.sleep(INTERVAL_SECONDS)
        finally:
            for watched in self._watched.values():
                if watched.lookup is not None:
                    watched.lookup.cancel()

    async def step(self) -> None:
        """Compute the rates that may have changed since the last step."""
        changed = {name: symbols for name in self._markets if (symbols := self._changed(name)) != set()}
        now = asyncio.get_running_loop().time()
        begin_slice()
        for pair, watched in list(self._watched.items()):
            if watched.lookup is None and (
                now - watched.computed_at >= RECHECK_SECONDS or _is_decided_by(changed, watched.deciding)
            ):
                watched.computed_at = now
                try:
                    self._compute(pair, watched)
                except Exception:  # a bug at one pair must not keep the others from their change
                    log.exception("live_rates_failed", pair=str(pair.pair))
                if slice_is_over():
                    await self._wake_watchers()
                    await yield_to_event_loop()
        await self._wake_watchers()

    def _unwatch(self, pair: WatchedPair, watch: Watch) -> None:
        watched = self._watched[pair]
        watched.watches.discard(watch)
        if watched.watches:
            return
        if watched.lookup is not None:
            watched.lookup.cancel()
        del self._watched[pair]
        if not self._watched:
            self._is_watched.clear()
            self._seen.clear()

    def _changed(self, exchange: str) -> AbstractSet[str] | None:
        """Return the symbols whose prices have changed since the last step; None for all of them."""
        before, after = self._seen.get(exchange), self._markets[exchange].routes_of_any_age()
        if after is before or after is None:
            return frozenset()
        self._seen[exchange] = after
        if before is None or before.market.instruments.pairs is not after.market.instruments.pairs:
            return None
        return changed_symbols(before.market.book_tickers, after.market.book_tickers)

    def _compute(self, pair: WatchedPair, watched: _Watched) -> None:
        outcome = rate_in_memory(self._convert, pair.pair, pair.rate_type, MAX_AGE_SECONDS)
        if outcome is None:
            watched.lookup = asyncio.create_task(self._look_up(pair, watched))
        else:
            self._found(pair, watched, outcome)

    async def _look_up(self, pair: WatchedPair, watched: _Watched) -> None:
        try:
            async with self._lookups:
                outcome = await self._looked_up(pair)
            self._found(pair, watched, outcome)
            await self._wake_watchers()
        except Exception:
            log.exception("live_rates_failed")
        finally:
            watched.computed_at = asyncio.get_running_loop().time()
            watched.lookup = None

    async def _looked_up(self, pair: WatchedPair) -> Conversion | CrossrateError:
        try:
            return await self._convert(
                arrival=self._convert.arrival(),
                amount=_ONE,
                currency_from=pair.pair.base,
                currency_to=pair.pair.quote,
                rate_type=pair.rate_type,
                cache_max_seconds=MAX_AGE_SECONDS,
            )
        except (NotOffered, NotAllAnswered) as error:
            return error

    def _found(self, pair: WatchedPair, watched: _Watched, outcome: Conversion | CrossrateError) -> None:
        watched.deciding = self._deciding(outcome)
        latest = watched.latest
        if latest is not None and _is_same(latest.outcome, outcome):
            watched.latest = LiveRate(pair, latest.version, outcome)  # whose prices may be newer
            return
        self._version += 1
        watched.latest = LiveRate(pair, self._version, outcome)
        for watch in watched.watches:
            watch.update(watched.latest)
            self._to_wake[watch] = None

    async def _wake_watchers(self) -> None:
        """Wake who has something to see: a few, then other requests go first."""
        for number in count(1):
            if not self._to_wake:
                return
            # One by one: a look-up that is cancelled here leaves the rest to the next step.
            watch, _ = self._to_wake.popitem(last=False)
            watch.wake()
            if number % WATCHERS_AT_ONCE == 0:
                await yield_to_event_loop()

    def _deciding(self, outcome: Conversion | CrossrateError) -> _Deciding:
        """Return what decides whether this remains the rate, in the order in which exchanges are searched.

        A direct market anywhere beats every detour, and a detour of any length on an earlier exchange beats one on a
        later exchange.
        """
        everything: dict[str, AbstractSet[str] | None] = dict.fromkeys(self._markets)
        if isinstance(outcome, CrossrateError) or outcome.route.exchange not in self._markets:
            return everything
        route, deciding = outcome.route, everything
        legs, is_later = len(route.legs), False
        for name in self._markets:
            routes = self._seen.get(name) or self._markets[name].routes_of_any_age()
            ends = route.currency_from, route.currency_to
            if routes is None:
                continue
            if name == route.exchange:
                if routes.find(*ends, only_tight=True) != route:
                    return dict.fromkeys(self._markets)
                deciding[name] = deciding_symbols(routes.market, *ends, legs)
                is_later = True
            elif legs == DIRECT and is_later:
                deciding[name] = frozenset()
            elif legs == DIRECT or is_later or not routes.lists(*ends):
                deciding[name] = deciding_symbols(routes.market, *ends, DIRECT)
        return deciding


def _is_decided_by(changed: Mapping[str, AbstractSet[str] | None], deciding: _Deciding) -> bool:
    for exchange, symbols in changed.items():
        mine = deciding.get(exchange)
        if symbols is None or mine is None or not mine.isdisjoint(symbols):
            return True
    return False


def _is_same(one: Conversion | CrossrateError, other: Conversion | CrossrateError) -> bool:
    if isinstance(one, Conversion) and isinstance(other, Conversion):
        return one.rate == other.rate and one.route.exchange == other.route.exchange
    return type(one) is type(other) and str(one) == str(other)
