"""Which pairs the simulated exchanges list, and the condition of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import chain

from entrypoints.simulator.market.coins import (
    COIN_USD,
    FIXED_USDT,
    ONLY_ON_BINANCE,
    ONLY_ON_KUCOIN,
    OTHER_COIN_ON_KUCOIN_USD,
    STABLE_USD,
    invented_codes,
)
from entrypoints.simulator.market.noise import chance, key_of

BINANCE = "binance"
KUCOIN = "kucoin"


class Condition(Enum):
    """The state of a pair's market. Conversions may use only LIVE and WIDE ones."""

    LIVE = auto()
    WIDE = auto()  # trading, with a spread so wide that its mid means nothing
    HALTED = auto()  # not trading; an empty book beside a stale last price
    HALTED_WITH_STALE_BOOK = auto()
    NOT_SPOT = auto()  # Binance: TRADING, yet not for spot; KuCoin: not trading, with a live book
    EMPTY = auto()  # zeros on Binance, nulls on KuCoin
    ZERO = auto()  # zeros on both
    NO_BID = auto()
    NO_ASK = auto()
    CROSSED = auto()


_HALTED = frozenset({Condition.HALTED, Condition.HALTED_WITH_STALE_BOOK})


@dataclass(frozen=True, slots=True)
class SimulatedPair:
    """One listed pair: its price moves in steps of 10 ** -decimals quote units for one base."""

    symbol: str
    base: str
    quote: str
    condition: Condition
    decimals: int
    half_spread: float
    key: int

    @property
    def is_halted(self) -> bool:
        """Whether it is listed but does not trade."""
        return self.condition in _HALTED


# The pairs that documentation and tests name come first, in this order. "?" precedes a condition other than LIVE.
_NAMED = {
    BINANCE: """
        BTC/USDT ETH/USDT ETH/BTC BNB/USDT TRX/USDT ADA/USDT USDC/USDT EUR/USDT USDT/TRY BTC/EUR TRX/BTC ADA/BTC
        TRX/ETH ADA/ETH TRX/BNB ADA/BNB BTC/USDC ETH/USDC BTC/TRY ETH/TRY SHIB/USDT PEPE/USDT XRP/USDT SOL/USDT
        DOGE/USDT T/USDT TUSD/USDT FDUSD/USDT DAI/USDT ADA/DAI TRX/DAI?WIDE ETH/EUR BNB/BTC USDT/BRL USDT/JPY BTC/JPY
        1INCH/USDT 1000SATS/USDT 1000SATS/TRY 1000CAT/USDT 1MBABYDOGE/USDT 币安人生/USDT 币安人生/USDC BIFI/USDT MC/USDT
        BTTC/USDT SHIB/DOGE NIGHT/TRY SRM/USDT?HALTED SRM/BTC?HALTED ANT/USDT?HALTED_WITH_STALE_BOOK
        BTS/USDT?HALTED GTO/USDT?NOT_SPOT GTO/BTC?NOT_SPOT XLM/DAI?EMPTY LTC/DAI?NO_BID BCH/DAI?NO_ASK ETC/DAI?CROSSED
        ABAN/USDT
        """,
    KUCOIN: """
        BTC/USDT ETH/USDT ETH/BTC KCS/USDT TRX/USDT ADA/USDT USDC/USDT EUR/USDT KCS/BTC BTC/EUR TRX/BTC ADA/BTC
        TRX/ETH ADA/ETH KCS/ETH ADA/KCS BTC/USDC ETH/USDC BTC/BRL USDT/BRL SHIB/USDT PEPE/USDT XRP/USDT SOL/USDT
        DOGE/USDT T/USDT DAI/USDT ADA/DAI TRX/DAI?WIDE LYXe/USDT LYXe/ETH 龙/USDT 1INCH/USDT 1000SATS/USDT BIFI/USDT
        MC/USDT SUTER/BTC SUTER/USDT SHIB/BTC JST/TRX WIN/TRX SUN/TRX LUNC/USDT PLATO/USDT?ZERO CXO/ETH?NO_ASK
        CXO/USDT?EMPTY ANT/USDT?HALTED BTS/USDT?HALTED_WITH_STALE_BOOK GTO/USDT?NOT_SPOT XLM/DAI?NO_BID ETC/DAI?CROSSED
        ABAN/USDT
        """,
}

# How likely a coin is to be listed against each of an exchange's quote currencies.
_QUOTES = {
    BINANCE: {
        "USDT": 0.97, "BTC": 0.45, "USDC": 0.4, "TRY": 0.35, "FDUSD": 0.2, "ETH": 0.15, "BNB": 0.2, "EUR": 0.15,
        "BRL": 0.08, "JPY": 0.06,
    },
    KUCOIN: {"USDT": 0.97, "BTC": 0.35, "USDC": 0.2, "ETH": 0.25, "KCS": 0.1, "EUR": 0.05, "BRL": 0.02},
}  # fmt: skip

# Binance writes at most 8 decimals: below this price its steps would be coarser than 0.1%.
_LOWEST_PRICE = {BINANCE: 1e-5, KUCOIN: 1e-11}
_DECIMALS = {BINANCE: (2, 8), KUCOIN: (1, 16)}
_SEPARATOR = {BINANCE: "", KUCOIN: "-"}
_ABSENT = {BINANCE: ONLY_ON_KUCOIN, KUCOIN: ONLY_ON_BINANCE}

# Conditions of the other pairs, with cumulative probabilities; the rest is LIVE.
_OUT_OF_ORDER = (
    (0.045, Condition.HALTED),
    (0.055, Condition.HALTED_WITH_STALE_BOOK),
    (0.058, Condition.NOT_SPOT),
    (0.063, Condition.EMPTY),
    (0.066, Condition.ZERO),
    (0.068, Condition.NO_BID),
    (0.070, Condition.NO_ASK),
)


def listed_pairs(exchange: str, seed: int, count: int) -> tuple[SimulatedPair, ...]:
    """List exactly `count` pairs: the named ones first, then random ones from the seed."""
    pairs: dict[str, SimulatedPair] = {}
    for base, quote, condition in chain(_named(exchange), _drawn(exchange, seed)):
        pair = _pair(exchange, seed, base, quote, condition)
        pairs.setdefault(pair.symbol, pair)
        if len(pairs) == count:
            return tuple(pairs.values())
    raise ValueError(f"{exchange} cannot list {count} pairs")


def usd_at_start(exchange: str, seed: int, code: str) -> float:
    """Return what one unit is worth in US dollars before the market moves."""
    if code in FIXED_USDT:
        return float(FIXED_USDT[code])
    key = key_of(seed, "usd", code)
    if code in STABLE_USD:
        return STABLE_USD[code] * (0.999 + 0.002 * chance(key))
    if exchange == KUCOIN and code in OTHER_COIN_ON_KUCOIN_USD:
        return OTHER_COIN_ON_KUCOIN_USD[code] * (0.8 + 0.4 * chance(key))
    if code in COIN_USD:
        return COIN_USD[code] * (0.8 + 0.4 * chance(key))
    return float(f"{1 + 9 * chance(key, 1):.4f}e{int(chance(key) * 7) - 4}")


def _named(exchange: str) -> Iterator[tuple[str, str, Condition]]:
    for entry in _NAMED[exchange].split():
        name, _, condition = entry.partition("?")
        base, quote = name.split("/")
        yield base, quote, Condition[condition or "LIVE"]


def _drawn(exchange: str, seed: int) -> Iterator[tuple[str, str, Condition]]:
    for base in chain(COIN_USD, invented_codes()):
        if base in _ABSENT[exchange] or (base not in COIN_USD and chance(key_of(seed, exchange, base)) > 0.85):
            continue
        usd = usd_at_start(exchange, seed, base)
        for quote, likelihood in _QUOTES[exchange].items():
            key = key_of(seed, exchange, base, quote)
            price = usd / usd_at_start(exchange, seed, quote)
            if base != quote and chance(key) < likelihood and price >= _LOWEST_PRICE[exchange]:
                yield base, quote, _condition(chance(key, 1))


def _condition(drawn: float) -> Condition:
    return next((condition for limit, condition in _OUT_OF_ORDER if drawn < limit), Condition.LIVE)


def _pair(exchange: str, seed: int, base: str, quote: str, condition: Condition) -> SimulatedPair:
    price = usd_at_start(exchange, seed, base) / usd_at_start(exchange, seed, quote)
    lowest, highest = _DECIMALS[exchange]
    magnitude = int(f"{price:e}".partition("e")[2])
    key = key_of(seed, exchange, base, quote, "book")
    return SimulatedPair(
        symbol=f"{base}{_SEPARATOR[exchange]}{quote}",
        base=base,
        quote=quote,
        condition=condition,
        decimals=min(max(4 - magnitude, lowest), highest),
        half_spread=0.00005 + 0.0004 * chance(key),
        key=key,
    )
