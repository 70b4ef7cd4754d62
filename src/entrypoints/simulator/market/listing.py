"""Which pairs the simulated exchanges list, and the condition of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from itertools import chain

from entrypoints.simulator.market.coins import (
    COIN_USD,
    FIXED_USDT,
    ONLY_ON_BINANCE,
    ONLY_ON_KUCOIN,
    OTHER_COIN_ON_KUCOIN_USD,
    SCALED,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingPlan:
    """What an exchange lists: its named pairs in this order, "?" before a condition other than LIVE, and then others.

    `quotes` says how likely a coin is to be listed against each quote currency. `absent` are never listed. Prices have
    as many decimals as `decimals` bounds, and are at least `lowest_price`.
    """

    exchange: str
    named: str
    quotes: Mapping[str, float]
    separator: str = ""
    decimals: tuple[int, int] = (2, 12)
    lowest_price: float = 1e-9
    absent: frozenset[str] = frozenset()


# The pairs that documentation and tests name come first. Binance writes at most 8 decimals: below its lowest price, its
# steps would be coarser than 0.1%.
BINANCE_PLAN = ListingPlan(
    exchange=BINANCE,
    named="""
        BTC/USDT ETH/USDT ETH/BTC BNB/USDT TRX/USDT ADA/USDT USDC/USDT EUR/USDT USDT/TRY BTC/EUR TRX/BTC ADA/BTC
        TRX/ETH ADA/ETH TRX/BNB ADA/BNB BTC/USDC ETH/USDC BTC/TRY ETH/TRY SHIB/USDT PEPE/USDT XRP/USDT SOL/USDT
        DOGE/USDT T/USDT TUSD/USDT FDUSD/USDT DAI/USDT ADA/DAI TRX/DAI?WIDE ETH/EUR BNB/BTC USDT/BRL USDT/JPY BTC/JPY
        1INCH/USDT 1000SATS/USDT 1000SATS/TRY 1000CAT/USDT 1MBABYDOGE/USDT 币安人生/USDT 币安人生/USDC BIFI/USDT MC/USDT
        ACE/USDT BTTC/USDT SHIB/DOGE NIGHT/TRY SRM/USDT?HALTED SRM/BTC?HALTED ANT/USDT?HALTED_WITH_STALE_BOOK
        BTS/USDT?HALTED GTO/USDT?NOT_SPOT GTO/BTC?NOT_SPOT XLM/DAI?EMPTY LTC/DAI?NO_BID BCH/DAI?NO_ASK ETC/DAI?CROSSED
        ABAN/USDT
        """,
    quotes={
        "USDT": 0.97, "BTC": 0.45, "USDC": 0.4, "TRY": 0.35, "FDUSD": 0.2, "ETH": 0.15, "BNB": 0.2, "EUR": 0.15,
        "BRL": 0.08, "JPY": 0.06,
    },
    decimals=(2, 8),
    lowest_price=1e-5,
    absent=ONLY_ON_KUCOIN,
)  # fmt: skip

KUCOIN_PLAN = ListingPlan(
    exchange=KUCOIN,
    named="""
        BTC/USDT ETH/USDT ETH/BTC KCS/USDT TRX/USDT ADA/USDT USDC/USDT EUR/USDT KCS/BTC BTC/EUR TRX/BTC ADA/BTC
        TRX/ETH ADA/ETH KCS/ETH ADA/KCS BTC/USDC ETH/USDC BTC/BRL USDT/BRL SHIB/USDT PEPE/USDT XRP/USDT SOL/USDT
        DOGE/USDT T/USDT DAI/USDT ADA/DAI TRX/DAI?WIDE LYXe/USDT LYXe/ETH 龙/USDT 1INCH/USDT SATS/USDT BIFI/USDT
        MC/USDT ACE/USDT SUTER/BTC SUTER/USDT SHIB/BTC JST/TRX WIN/TRX SUN/TRX LUNC/USDT PLATO/USDT?ZERO CXO/ETH?NO_ASK
        CXO/USDT?EMPTY ANT/USDT?HALTED BTS/USDT?HALTED_WITH_STALE_BOOK GTO/USDT?NOT_SPOT XLM/DAI?NO_BID ETC/DAI?CROSSED
        ABAN/USDT
        """,
    quotes={"USDT": 0.97, "BTC": 0.35, "USDC": 0.2, "ETH": 0.25, "KCS": 0.1, "EUR": 0.05, "BRL": 0.02},
    separator="-",
    decimals=(1, 16),
    lowest_price=1e-11,
    absent=ONLY_ON_BINANCE,
)

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


def listed_pairs(plan: ListingPlan, seed: int, count: int) -> tuple[SimulatedPair, ...]:
    """List exactly `count` pairs: the named ones first, then random ones from the seed."""
    pairs: dict[str, SimulatedPair] = {}
    for base, quote, condition in chain(_named(plan), _drawn(plan, seed)):
        pair = simulated_pair(plan, seed, f"{base}{plan.separator}{quote}", base, quote, condition)
        pairs.setdefault(pair.symbol, pair)
        if len(pairs) == count:
            return tuple(pairs.values())
    raise ValueError(f"{plan.exchange} cannot list {count} pairs")


def usd_at_start(exchange: str, seed: int, code: str) -> float:
    """Return what one unit is worth in US dollars before the market moves."""
    if code in FIXED_USDT:
        return float(FIXED_USDT[code])
    if code in SCALED:
        many, units = SCALED[code]
        return usd_at_start(exchange, seed, many) / units
    key = key_of(seed, "usd", code)
    if code in STABLE_USD:
        return STABLE_USD[code] * (0.999 + 0.002 * chance(key))
    if exchange == KUCOIN and code in OTHER_COIN_ON_KUCOIN_USD:
        return OTHER_COIN_ON_KUCOIN_USD[code] * (0.8 + 0.4 * chance(key))
    if code in COIN_USD:
        return COIN_USD[code] * (0.8 + 0.4 * chance(key))
    return float(f"{1 + 9 * chance(key, 1):.4f}e{int(chance(key) * 7) - 4}")


def simulated_pair(
    plan: ListingPlan, seed: int, symbol: str, base: str, quote: str, condition: Condition
) -> SimulatedPair:
    """Return a pair of the exchange with steps and a spread of its own."""
    exchange = plan.exchange
    price = usd_at_start(exchange, seed, base) / usd_at_start(exchange, seed, quote)
    lowest, highest = plan.decimals
    magnitude = int(f"{price:e}".partition("e")[2])
    key = key_of(seed, exchange, base, quote, "book")
    return SimulatedPair(
        symbol=symbol,
        base=base,
        quote=quote,
        condition=condition,
        decimals=min(max(4 - magnitude, lowest), highest),
        half_spread=0.00005 + 0.0004 * chance(key),
        key=key,
    )


def _named(plan: ListingPlan) -> Iterator[tuple[str, str, Condition]]:
    for entry in plan.named.split():
        name, _, condition = entry.partition("?")
        base, quote = name.split("/")
        yield base, quote, Condition[condition or "LIVE"]


def _drawn(plan: ListingPlan, seed: int) -> Iterator[tuple[str, str, Condition]]:
    exchange = plan.exchange
    for base in chain(COIN_USD, invented_codes()):
        if base in plan.absent or (base not in COIN_USD and chance(key_of(seed, exchange, base)) > 0.85):
            continue
        usd = usd_at_start(exchange, seed, base)
        for quote, likelihood in plan.quotes.items():
            key = key_of(seed, exchange, base, quote)
            price = usd / usd_at_start(exchange, seed, quote)
            if base != quote and chance(key) < likelihood and price >= plan.lowest_price:
                yield base, quote, _condition(chance(key, 1))


def _condition(drawn: float) -> Condition:
    return next((condition for limit, condition in _OUT_OF_ORDER if drawn < limit), Condition.LIVE)
