"""Hold back prices that this process cannot trust yet: they jumped, or only the cache has them."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import structlog

from application.concurrency.cooperative import run_cooperatively
from application.market_data.limits import CONFIRM_AFTER_SECONDS
from application.market_data.ports.meter import MarketDataMeter
from domain.currency import Currency
from domain.rates.book_tickers import BookTickers, Prices
from domain.rates.instruments import Instruments
from domain.rates.outliers import are_apart, is_confirmed, jumped, jumped_in_steps, unknown

# Prices observed further apart than this confirm nothing: the market may have moved.
COMPARABLE_SECONDS = 60.0

# Symbols that are gone are remembered, in case they come back, until there are so many times the current ones.
MAX_REMEMBERED = 2

MAX_SYMBOLS_LOGGED = 5

# How long a process uses what others fetched before it looks for itself: at first, then, and when prices have moved by
# half of what may be used. Each look costs of the rate limit what a request's fetch does.
FIRST_PROOF_SECONDS = 10.0
PROOF_SECONDS = 300.0
DRIFT_PROOF_SECONDS = 60.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sighting:
    """A price that is held back; `is_own` if this process got it from the exchange itself.

    `at` is when it was first observed, in Unix seconds, where prices are only streamed.
    """

    mid: float
    is_own: bool
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class _Compared:
    """Which of these prices have moved, relative to what was known after so many changes."""

    prices: Prices
    changes: int
    drifted: list[str]


class OutlierGuard:
    """Compares each price of one exchange with the last one that this process fetched from the exchange itself.

    One that differs by more than `max_jump_percent` is held back until a later fetch of this process finds it again, or
    another exchange has about the same price, fetched by this process. What comes from the cache confirms nothing and
    moves nothing, so that many small steps lead no further than one. Before the first fetch of its own, a process
    compares with the first price that it saw. 0 stands for no limit.

    With `streams_only` there are no fetches: a price is confirmed by one that the exchange dates at least a second
    later, however this process got the two.
    """

    def __init__(
        self,
        exchange: str,
        max_jump_percent: float,
        peers: "dict[str, OutlierGuard]",
        meter: MarketDataMeter,
        *,
        streams_only: bool = False,
    ) -> None:
        """`peers` are the guards of all exchanges, and this one joins them."""
        self._streams_only = streams_only
        self._exchange = exchange
        self._max_jump_percent = max_jump_percent
        self._peers = peers
        self._meter = meter
        self._instruments: Instruments | None = None
        self._newest: BookTickers | None = None
        self._known: dict[str, float] = {}  # from this process's own fetches, but for those below
        self._changes = 0  # of what is known
        self._compared: _Compared | None = None
        self._first_seen: set[str] = set()  # in the cache, and not fetched since
        self._own_observed_at = -math.inf
        self._has_drifted = False
        self._held_back: dict[str, Sighting] = {}
        self._held_back_fetch: dict[str, Sighting] = {}  # of the last fetch, and not streamed since
        self._held_back_stream: frozenset[str] = frozenset()  # however the last fetch was
        self._streamed: Prices | None = None
        peers[exchange] = self

    @property
    def own_fetch_within_seconds(self) -> float | None:
        """How long after its last fetch from the exchange itself this process needs another; None for never."""
        if self._held_back:
            return 0.0
        if not self._max_jump_percent:
            return None
        if self._own_observed_at == -math.inf:
            return FIRST_PROOF_SECONDS
        return DRIFT_PROOF_SECONDS if self._has_drifted else PROOF_SECONDS

    def took(self, instruments: Instruments) -> None:
        """Know which pairs the symbols are."""
        self._instruments = instruments

    async def compare(self, value: BookTickers) -> None:
        """Compare the prices in slices, so that `screened`, unless others come in between, need not do so at once."""
        if self._max_jump_percent:
            changes = self._changes
            steps = jumped_in_steps(value.by_symbol, self._known, self._max_jump_percent / 2)
            self._compared = _Compared(value.by_symbol, changes, await run_cooperatively(steps))

    def screened(self, value: BookTickers, *, is_own: bool) -> BookTickers:
        """Return the book tickers with what is held back of them; `is_own` if they come from the exchange itself."""
        if not self._max_jump_percent:
            return value
        found = self._unconfirmed(value, is_own=is_own)
        known = {symbol: self._known.get(symbol, math.nan) for symbol in found}
        self._remember(value, found, is_own=is_own)
        self._report(found, known)
        self._held_back = self._held_back_fetch = found
        self._newest = replace(value, held_back=known) if found else value
        return self._newest

    def screened_stream(self, value: BookTickers, changed: Iterable[str] | None, *, is_own: bool) -> BookTickers:
        """Return streamed book tickers with what is held back of them, after these symbols have changed; None for all.

        What is streamed again confirms nothing: the next fetch does, or another exchange. What the last fetch holds
        back remains so until it is streamed: its stream may be dead.
        """
        if not self._max_jump_percent:
            return value
        found = self._unconfirmed_stream(value, changed, is_own=is_own)
        self._held_back_stream = frozenset(found)
        self._held_back_fetch = self._not_streamed_since(value.by_symbol, changed)
        self._streamed = value.by_symbol
        found = self._held_back_fetch | found
        known = {symbol: self._known.get(symbol, math.nan) for symbol in found}
        if is_own:
            self._own_observed_at = value.observed_at
        self._report(found, known)
        self._held_back = found
        self._newest = replace(value, held_back=known) if found else value
        return self._newest

    def _unconfirmed_stream(
        self, value: BookTickers, changed: Iterable[str] | None, *, is_own: bool
    ) -> dict[str, Sighting]:
        self._changes += 1
        prices, found = value.by_symbol, {}
        has_own = self._own_observed_at > -math.inf
        for symbol in {*(prices.symbols if changed is None else changed), *self._held_back_stream}:
            mid = prices.approximate_mid(symbol)
            if math.isnan(mid):
                continue
            known = self._known.get(symbol)
            is_suspect = has_own and not is_own if known is None else are_apart(mid, known, self._max_jump_percent)
            at = value.observed_at_of(symbol)
            if is_suspect and not is_confirmed(mid, self._later_or_others(symbol, at), self._max_jump_percent):
                found[symbol] = Sighting(mid, is_own, self._first_seen_at(symbol, mid, at))
            elif is_own:
                self._known[symbol] = mid
                self._first_seen.discard(symbol)
            elif known is None and not has_own:
                self._known[symbol] = mid
                self._first_seen.add(symbol)
            elif known is not None and are_apart(mid, known, self._max_jump_percent / 2):
                self._has_drifted = True
        return found

    def _later_or_others(self, symbol: str, at: float) -> Iterator[float]:
        before = self._held_back.get(symbol)
        if self._streams_only and before is not None and at >= before.at + CONFIRM_AFTER_SECONDS:
            yield before.mid
        yield from self._others(symbol, at)

    def _first_seen_at(self, symbol: str, mid: float, at: float) -> float:
        before = self._held_back.get(symbol)
        return at if before is None or are_apart(mid, before.mid, self._max_jump_percent) else before.at

    def _not_streamed_since(self, prices: Prices, changed: Iterable[str] | None) -> dict[str, Sighting]:
        held_back, before = self._held_back_fetch, self._streamed
        if not held_back:
            return held_back
        if changed is None:  # all books, of which most are as they were
            changed = [] if before is None else [s for s in held_back if not _are_same(s, prices, before)]
        streamed = set(changed)
        return {symbol: seen for symbol, seen in held_back.items() if symbol not in streamed}

    def prices_of(self, base: Currency, quote: Currency, observed_at: float) -> Iterator[float]:
        """Yield the prices of a pair that this process got from this exchange itself at about this moment."""
        instruments = self._instruments
        if instruments is None or abs(self._own_observed_at - observed_at) > COMPARABLE_SECONDS:
            return
        for symbol in instruments.between(base, quote):
            if self._newest is not None and self._newest.observed_at_of(symbol) < observed_at - COMPARABLE_SECONDS:
                continue
            if instruments.pairs.ends[symbol] == (base, quote):
                sighting = self._held_back.get(symbol)
                if sighting is not None and sighting.is_own:
                    yield sighting.mid
                elif symbol in self._known and symbol not in self._first_seen:
                    yield self._known[symbol]

    def _unconfirmed(self, value: BookTickers, *, is_own: bool) -> dict[str, Sighting]:
        if is_own and self._first_seen:  # it need not agree with what this process only saw in the cache
            self._known = {symbol: mid for symbol, mid in self._known.items() if symbol not in self._first_seen}
            self._first_seen.clear()
            self._changes += 1
        prices = value.by_symbol
        drifted = self._drifted(prices)
        self._has_drifted = bool(drifted) and not is_own
        suspects = [symbol for symbol in drifted if self._has_jumped(symbol, prices)]
        if not is_own and self._own_observed_at > -math.inf:
            suspects += unknown(prices, self._known)
        found = {symbol: Sighting(prices.approximate_mid(symbol), is_own) for symbol in suspects}
        return {each: seen for each, seen in found.items() if not self._is_confirmed(each, seen, value.observed_at)}

    def _drifted(self, prices: Prices) -> list[str]:
        compared, self._compared = self._compared, None
        if compared is not None and compared.prices is prices and compared.changes == self._changes:
            return compared.drifted
        return jumped(prices, self._known, self._max_jump_percent / 2)

    def _has_jumped(self, symbol: str, prices: Prices) -> bool:
        return are_apart(prices.approximate_mid(symbol), self._known[symbol], self._max_jump_percent)

    def _is_confirmed(self, symbol: str, sighting: Sighting, observed_at: float) -> bool:
        witnesses = self._witnesses(symbol, sighting, observed_at)
        return is_confirmed(sighting.mid, witnesses, self._max_jump_percent)

    def _witnesses(self, symbol: str, sighting: Sighting, observed_at: float) -> Iterator[float]:
        if sighting.is_own and symbol in self._held_back:  # also after a stream has brought other prices
            yield self._held_back[symbol].mid
        if sighting.is_own and self._newest is not None and symbol in self._newest.by_symbol:
            yield self._newest.by_symbol.approximate_mid(symbol)
        yield from self._others(symbol, observed_at)

    def _others(self, symbol: str, observed_at: float) -> Iterator[float]:
        ends = self._instruments.pairs.ends.get(symbol) if self._instruments is not None else None
        if ends is not None:
            for peer in self._peers.values():
                if peer is not self:
                    yield from peer.prices_of(*ends, observed_at)

    def _remember(self, value: BookTickers, found: dict[str, Sighting], *, is_own: bool) -> None:
        self._changes += 1
        prices = value.by_symbol
        if is_own:
            self._own_observed_at = value.observed_at
            if len(self._known) > MAX_REMEMBERED * len(prices):
                self._known = {symbol: self._known[symbol] for symbol in prices if symbol in self._known}
            unchanged = {symbol: self._known[symbol] for symbol in found}
            self._known.update(zip(prices.symbols, prices.approximate_mids, strict=True))
            self._known.update(unchanged)
        elif self._own_observed_at == -math.inf:
            for symbol in unknown(prices, self._known):
                self._known[symbol] = prices.approximate_mid(symbol)
                self._first_seen.add(symbol)

    def _report(self, found: dict[str, Sighting], known: dict[str, float]) -> None:
        began, ended = found.keys() - self._held_back.keys(), self._held_back.keys() - found.keys()
        if began:
            shown = {
                symbol: {"before": None if math.isnan(known[symbol]) else known[symbol], "now": found[symbol].mid}
                for symbol in sorted(began)[:MAX_SYMBOLS_LOGGED]
            }
            log.warning("prices_held_back", exchange=self._exchange, prices=len(began), some=shown)
        if ended:
            log.info("held_back_prices_ended", exchange=self._exchange, prices=len(ended))
        if began or ended:
            self._meter.prices_held_back(self._exchange, len(began), len(found))


def _are_same(symbol: str, prices: Prices, before: Prices) -> bool:
    return prices.approximate_mid(symbol) == before.approximate_mid(symbol)
