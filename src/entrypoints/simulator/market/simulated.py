"""The simulated market: every pair's prices at every tick, as a pure function of the seed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor

from entrypoints.simulator.market.coins import FIXED_USDT, OTHER_COIN_ON_KUCOIN_USD, SCALED, STABLE_USD
from entrypoints.simulator.market.listing import (
    BINANCE,
    BINANCE_PLAN,
    KUCOIN,
    KUCOIN_PLAN,
    Condition,
    SimulatedPair,
    listed_pairs,
    usd_at_start,
)
from entrypoints.simulator.market.noise import chance, key_of, wave

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8090
DEFAULT_SEED = 1
DEFAULT_BINANCE_PAIRS = 1800
DEFAULT_KUCOIN_PAIRS = 1200
MOST_PAIRS = 200_000


@dataclass(frozen=True, slots=True)
class PairPrices:
    """One pair's prices at one tick, in steps of its smallest price change. None: the exchange shows no such side."""

    pair: SimulatedPair
    bid: int | None
    ask: int | None
    last: int


class ExchangeMarket:
    """One exchange's pairs and their prices at any tick.

    A coin has one dollar value that all its pairs follow, so cross rates agree within the spreads.
    """

    def __init__(self, exchange: str, seed: int, pairs: Sequence[SimulatedPair]) -> None:
        self.pairs = tuple(pairs)
        self._coins = _coins(exchange, seed, self.pairs)

    def usd(self, code: str, tick: int) -> float | None:
        """Return what one unit is worth in US dollars, or None when the exchange does not list the coin."""
        coin = self._coins.get(code)
        return None if coin is None else coin.usd(tick)

    def prices(self, tick: int) -> list[PairPrices]:
        """Return the prices of all pairs in listing order."""
        usd = {code: coin.usd(tick) for code, coin in self._coins.items()}
        found = []
        for pair in self.pairs:
            if pair.is_halted:
                price = _stale_price(pair, self._coins[pair.base].start, self._coins[pair.quote].start)
            else:
                price = usd[pair.base] / usd[pair.quote]
            found.append(_prices(pair, price))
        return found


class SimulatedMarket:
    """The pairs of Binance and KuCoin and their prices at any tick. Other exchanges draw theirs from its seed."""

    def __init__(
        self,
        seed: int = DEFAULT_SEED,
        binance_pairs: int = DEFAULT_BINANCE_PAIRS,
        kucoin_pairs: int = DEFAULT_KUCOIN_PAIRS,
    ) -> None:
        self.seed = seed
        self.pairs = {
            BINANCE: listed_pairs(BINANCE_PLAN, seed, binance_pairs),
            KUCOIN: listed_pairs(KUCOIN_PLAN, seed, kucoin_pairs),
        }
        self._markets = {exchange: ExchangeMarket(exchange, seed, pairs) for exchange, pairs in self.pairs.items()}

    def usd(self, code: str, tick: int) -> float | None:
        """Return what one unit is worth in US dollars on Binance, or None when Binance does not list the coin."""
        return self._markets[BINANCE].usd(code, tick)

    def prices(self, exchange: str, tick: int) -> list[PairPrices]:
        """Return the prices of all pairs in listing order."""
        return self._markets[exchange].prices(tick)


@dataclass(frozen=True, slots=True)
class _Coin:
    key: int
    start: float
    sway: float

    def usd(self, tick: int) -> float:
        moves = 0.03 * wave(self.key, tick, 3600) + 0.01 * wave(self.key + 1, tick, 60)
        return self.start * (1.0 + self.sway * (moves + 0.001 * chance(self.key + 2, tick)))


def _coins(exchange: str, seed: int, pairs: Iterable[SimulatedPair]) -> dict[str, _Coin]:
    codes = {code for pair in pairs for code in (pair.base, pair.quote)}
    return {code: _coin(exchange, seed, code) for code in sorted(codes)}


def _coin(exchange: str, seed: int, code: str) -> _Coin:
    is_other = exchange == KUCOIN and code in OTHER_COIN_ON_KUCOIN_USD
    # The exchanges differ a little: by up to 0.04% per coin, less than real ones do.
    skew = 0.9998 + 0.0004 * chance(key_of(seed, exchange, code, "skew"))
    moved, _ = SCALED.get(code, (code, 1))
    return _Coin(
        key=key_of(seed, moved, KUCOIN if is_other else "moves"),
        start=usd_at_start(exchange, seed, code) * skew,
        sway=0.02 if code in STABLE_USD else 1.0,
    )


def _stale_price(pair: SimulatedPair, base_usd: float, quote_usd: float) -> float:
    return base_usd / quote_usd * (0.3 + 3.0 * chance(pair.key, 1))


def _prices(pair: SimulatedPair, price: float) -> PairPrices:
    if pair.base in FIXED_USDT:
        ask = FIXED_USDT[pair.base] * 10**pair.decimals
        return PairPrices(pair, ask - ask // 1000, ask, ask)
    steps = price * 10.0**pair.decimals
    last = max(round(steps), 1)
    bid = max(floor(steps * (1.0 - pair.half_spread)), 1)
    ask = max(ceil(steps * (1.0 + pair.half_spread)), bid + 1)
    if pair.condition is Condition.LIVE:
        return PairPrices(pair, bid, ask, last)
    return PairPrices(pair, *_odd_sides(pair.condition, bid, ask, last), last)


def _odd_sides(condition: Condition, bid: int, ask: int, last: int) -> tuple[int | None, int | None]:
    sides: dict[Condition, tuple[int | None, int | None]] = {
        Condition.HALTED: (0, 0),
        Condition.ZERO: (0, 0),
        Condition.EMPTY: (None, None),
        Condition.NO_BID: (None, ask),
        Condition.NO_ASK: (bid, None),
        Condition.CROSSED: (ask + last // 100, bid),
        # The mid is about 13.8 times the true price, so a search for the best price would choose this dead market.
        Condition.WIDE: (max(last // 2, 1), last * 27),
    }
    return sides.get(condition, (bid, ask))
