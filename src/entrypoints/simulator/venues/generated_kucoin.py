"""The simulated market in KuCoin's wire form: success is a code inside, dead prices are null or "0"."""

from functools import cached_property

import orjson

from entrypoints.simulator.market.listing import KUCOIN, Condition, SimulatedPair
from entrypoints.simulator.market.noise import chance
from entrypoints.simulator.market.simulated import PairPrices, SimulatedMarket
from entrypoints.simulator.reply import Row
from entrypoints.simulator.venues.payloads import SYMBOLS, Payloads


class GeneratedKuCoin(Payloads):
    """KuCoin's documents, made from the simulated market."""

    def __init__(self, market: SimulatedMarket, tick_seconds: float = 1.0) -> None:
        self._market = market
        self._tick_seconds = tick_seconds

    def document(self, name: str, tick: int) -> bytes:
        """Return the whole document."""
        if name == SYMBOLS:
            return self._symbols
        snapshot = {"time": round(tick * self._tick_seconds * 1000), "ticker": self.rows(name, tick)}
        return orjson.dumps({"code": "200000", "data": snapshot})

    def rows(self, name: str, tick: int) -> list[Row]:
        """Return one row per listed pair, halted ones included."""
        if name == SYMBOLS:
            return [_symbol(pair) for pair in self._market.pairs[KUCOIN]]
        return [_ticker(prices) for prices in self._market.prices(KUCOIN, tick)]

    @cached_property
    def _symbols(self) -> bytes:
        return orjson.dumps({"code": "200000", "data": self.rows(SYMBOLS, 0)})


def _ticker(prices: PairPrices) -> Row:
    pair, last = prices.pair, prices.last
    opened = max(round(last * (0.95 + 0.1 * chance(pair.key, 2))), 1)
    volume = 10.0 ** (3.0 + 4.0 * chance(pair.key, 4))
    is_quiet = pair.condition is Condition.EMPTY
    return {
        "symbol": pair.symbol,
        "symbolName": pair.symbol,
        "buy": _price(pair, prices.bid),
        "bestBidSize": _size(prices, 6) if prices.bid else None,
        "sell": _price(pair, prices.ask),
        "bestAskSize": _size(prices, 7) if prices.ask else None,
        "changeRate": f"{(last - opened) / opened:.4f}",
        "changePrice": _price(pair, last - opened),
        "high": _price(pair, max(opened, last) * 51 // 50 + 1),
        "low": _price(pair, max(min(opened, last) * 49 // 50, 1)),
        "vol": None if is_quiet else f"{volume * 10.0**pair.decimals / last:.8f}",
        "volValue": None if is_quiet else f"{volume:.8f}",
        "last": _price(pair, last),
        "averagePrice": _price(pair, (opened + last) // 2),
        "takerFeeRate": "0.001",
        "makerFeeRate": "0.001",
        "takerCoefficient": "1",
        "makerCoefficient": "1",
    }


def _price(pair: SimulatedPair, steps: int | None) -> str | None:
    if steps is None:
        return None
    whole, fraction = divmod(abs(steps), 10**pair.decimals)
    digits = f"{fraction:0{pair.decimals}d}".rstrip("0")
    return f"{'-' if steps < 0 else ''}{whole}{'.' if digits else ''}{digits}"


def _size(prices: PairPrices, number: int) -> str:
    quote_units = 100.0 + 10_000.0 * chance(prices.pair.key + prices.last, number)
    return f"{max(quote_units * 10.0**prices.pair.decimals / prices.last, 1e-4):.4f}"


def _symbol(pair: SimulatedPair) -> Row:
    step = _price(pair, 1)
    return {
        "symbol": pair.symbol,
        "name": pair.symbol,
        "baseCurrency": pair.base,
        "quoteCurrency": pair.quote,
        "feeCurrency": pair.quote,
        "market": "USDS" if pair.quote in {"USDT", "USDC"} else pair.quote,
        "baseMinSize": "0.0001",
        "quoteMinSize": "0.01",
        "baseMaxSize": "10000000000",
        "quoteMaxSize": "99999999",
        "baseIncrement": "0.0001",
        "quoteIncrement": step,
        "priceIncrement": step,
        "priceLimitRate": "0.1",
        "minFunds": "0.1",
        "isMarginEnabled": False,
        "enableTrading": not pair.is_halted and pair.condition is not Condition.NOT_SPOT,
        "feeCategory": 1,
        "makerFeeCoefficient": "1.00",
        "takerFeeCoefficient": "1.00",
        "st": False,
    }
