"""Hold back prices that jump, until the exchange itself or another one confirms them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import structlog

from application.market_data.ports.meter import MarketDataMeter
from domain.currency import Currency
from domain.rates.book_tickers import BookTickers, Prices
from domain.rates.instruments import Instruments
from domain.rates.outliers import is_confirmed, jumped

# Prices observed further apart than this confirm nothing: the market may have moved.
COMPARABLE_SECONDS = 60.0

# Symbols that are gone are remembered, in case they come back, until there are so many times the current ones.
MAX_REMEMBERED = 2

MAX_SYMBOLS_LOGGED = 5

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sighting:
    """A price that is held back; `is_own` if this process got it from the exchange itself."""

    mid: float
    is_own: bool


class OutlierGuard:
    """Compares each price of one exchange with the last one that this process used.

    One that differs by more than `max_jump_percent` is held back until a later fetch of this process finds it again, or
    another exchange has about the same price. What comes from the cache confirms nothing. 0 stands for no limit.
    """

    def __init__(
        self,
        exchange: str,
        max_jump_percent: float,
        peers: "dict[str, OutlierGuard]",
        meter: MarketDataMeter,
    ) -> None:
        """`peers` are the guards of all exchanges, and this one joins them."""
        self._exchange = exchange
        self._max_jump_percent = max_jump_percent
        self._peers = peers
        self._meter = meter
        self._instruments: Instruments | None = None
        self._newest: BookTickers | None = None
        self._known: dict[str, float] = {}
        self._held_back: dict[str, Sighting] = {}
        peers[exchange] = self

    @property
    def is_holding_back(self) -> bool:
        """Whether any price of this exchange waits for its confirmation."""
        return bool(self._held_back)

    def took(self, instruments: Instruments) -> None:
        """Know which pairs the symbols are."""
        self._instruments = instruments

    def screened(self, value: BookTickers, *, is_own: bool) -> BookTickers:
        """Return the book tickers with what is held back of them; `is_own` if they come from the exchange itself."""
        if not self._max_jump_percent:
            return value
        prices = value.by_symbol
        found = {}
        for symbol in jumped(prices, self._known, self._max_jump_percent):
            sighting = Sighting(prices.approximate_mid(symbol), is_own)
            if not self._is_confirmed(symbol, sighting, value.observed_at):
                found[symbol] = sighting
        known = {symbol: self._known[symbol] for symbol in found}
        self._remember(prices, known)
        self._report(found)
        self._held_back = found
        self._newest = replace(value, held_back=known) if found else value
        return self._newest

    def prices_of(self, base: Currency, quote: Currency, observed_at: float) -> Iterator[float]:
        """Yield what this exchange has seen of a pair at about this moment, from the cache only if it is in use."""
        newest, instruments = self._newest, self._instruments
        if newest is None or instruments is None or abs(newest.observed_at - observed_at) > COMPARABLE_SECONDS:
            return
        for symbol in instruments.between(base, quote):
            if instruments.pairs.ends[symbol] == (base, quote) and symbol in newest.by_symbol:
                sighting = self._held_back.get(symbol)
                if sighting is None or sighting.is_own:
                    yield newest.by_symbol.approximate_mid(symbol)

    def _is_confirmed(self, symbol: str, sighting: Sighting, observed_at: float) -> bool:
        witnesses = self._witnesses(symbol, sighting, observed_at)
        return is_confirmed(sighting.mid, witnesses, self._max_jump_percent)

    def _witnesses(self, symbol: str, sighting: Sighting, observed_at: float) -> Iterator[float]:
        if sighting.is_own and symbol in self._held_back:
            yield self._held_back[symbol].mid
        ends = self._instruments.pairs.ends.get(symbol) if self._instruments is not None else None
        if ends is not None:
            for peer in self._peers.values():
                if peer is not self:
                    yield from peer.prices_of(*ends, observed_at)

    def _remember(self, prices: Prices, unconfirmed: dict[str, float]) -> None:
        if len(self._known) > MAX_REMEMBERED * len(prices):
            self._known = {symbol: self._known[symbol] for symbol in prices if symbol in self._known}
        self._known.update(zip(prices.symbols, prices.approximate_mids, strict=True))
        self._known.update(unconfirmed)

    def _report(self, found: dict[str, Sighting]) -> None:
        began, ended = found.keys() - self._held_back.keys(), self._held_back.keys() - found.keys()
        if began:
            shown = {
                symbol: {"before": self._known[symbol], "now": found[symbol].mid}
                for symbol in sorted(began)[:MAX_SYMBOLS_LOGGED]
            }
            log.warning("prices_held_back", exchange=self._exchange, prices=len(began), some=shown)
        if ended:
            log.info("held_back_prices_ended", exchange=self._exchange, prices=len(ended))
        if began or ended:
            self._meter.prices_held_back(self._exchange, len(began), len(found))
