"""The simulated market in Binance's wire form: every price a string of 8 decimals."""

from collections.abc import Callable
from functools import cached_property

import orjson

from entrypoints.simulator.market.listing import BINANCE, Condition, SimulatedPair
from entrypoints.simulator.market.noise import chance
from entrypoints.simulator.market.simulated import PairPrices, SimulatedMarket
from entrypoints.simulator.reply import Row
from entrypoints.simulator.venues.payloads import BOOK_TICKER, EXCHANGE_INFO, TICKER_24HR, TICKER_PRICE, Payloads

_DAY_MILLISECONDS = 24 * 3600 * 1000
_PRICE_DECIMALS = 8

WEIGHT_PER_MINUTE = 6000


class GeneratedBinance(Payloads):
    """Binance's documents, made from the simulated market."""

    def __init__(self, market: SimulatedMarket, tick_seconds: float = 1.0, weight_times: int = 1) -> None:
        self._market = market
        self._weight_per_minute = WEIGHT_PER_MINUTE * weight_times
        self._tick_seconds = tick_seconds
        self._rows: dict[str, Callable[[PairPrices, int], Row]] = {
            BOOK_TICKER: _book_ticker,
            TICKER_PRICE: _ticker_price,
            TICKER_24HR: self._ticker_24hr,
        }

    def document(self, name: str, tick: int) -> bytes:
        """Return the whole document."""
        if name == EXCHANGE_INFO:
            return self._exchange_info_head(tick)[:-1] + b',"symbols":' + self._symbols + b"}"
        return orjson.dumps(self.rows(name, tick))

    def rows(self, name: str, tick: int) -> list[Row]:
        """Return one row per listed pair, halted ones included."""
        if name == EXCHANGE_INFO:
            return [_symbol(pair) for pair in self._market.pairs[BINANCE]]
        row = self._rows[name]
        return [row(prices, tick) for prices in self._market.prices(BINANCE, tick)]

    @cached_property
    def _symbols(self) -> bytes:
        return orjson.dumps(self.rows(EXCHANGE_INFO, 0))

    def _exchange_info_head(self, tick: int) -> bytes:
        limits = (
            ("REQUEST_WEIGHT", "MINUTE", 1, self._weight_per_minute),
            ("ORDERS", "SECOND", 10, 100),
            ("RAW_REQUESTS", "MINUTE", 5, 61000),
        )
        return orjson.dumps(
            {
                "timezone": "UTC",
                "serverTime": self._milliseconds(tick),
                "rateLimits": [
                    {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": limit}
                    for kind, interval, number, limit in limits
                ],
                "exchangeFilters": [],
            }
        )

    def _ticker_24hr(self, prices: PairPrices, tick: int) -> Row:
        pair, last = prices.pair, prices.last
        opened = max(round(last * (0.95 + 0.1 * chance(pair.key, 2))), 1)
        change, closed_at = last - opened, self._milliseconds(tick)
        trades = int(chance(pair.key, 3) * 1_000_000)
        volume = 10.0 ** (3.0 + 4.0 * chance(pair.key, 4))
        price = last / 10.0**pair.decimals
        return {
            "symbol": pair.symbol,
            "priceChange": _price(pair, change),
            "priceChangePercent": f"{100.0 * change / opened:.3f}",
            "weightedAvgPrice": _price(pair, (opened + last) // 2),
            "prevClosePrice": _price(pair, opened),
            "lastPrice": _price(pair, last),
            "lastQty": _quantity(prices, 5),
            "bidPrice": _price(pair, prices.bid),
            "bidQty": _quantity(prices, 6) if prices.bid else _price(pair, 0),
            "askPrice": _price(pair, prices.ask),
            "askQty": _quantity(prices, 7) if prices.ask else _price(pair, 0),
            "openPrice": _price(pair, opened),
            "highPrice": _price(pair, max(opened, last) * 51 // 50 + 1),
            "lowPrice": _price(pair, max(min(opened, last) * 49 // 50, 1)),
            "volume": f"{volume / price:.8f}",
            "quoteVolume": f"{volume:.8f}",
            "openTime": closed_at - _DAY_MILLISECONDS,
            "closeTime": closed_at,
            "firstId": 1000,
            "lastId": 1000 + trades,
            "count": trades + 1,
        }

    def _milliseconds(self, tick: int) -> int:
        return round(tick * self._tick_seconds * 1000)


def _book_ticker(prices: PairPrices, _: int) -> Row:
    pair = prices.pair
    return {
        "symbol": pair.symbol,
        "bidPrice": _price(pair, prices.bid),
        "bidQty": _quantity(prices, 6) if prices.bid else _price(pair, 0),
        "askPrice": _price(pair, prices.ask),
        "askQty": _quantity(prices, 7) if prices.ask else _price(pair, 0),
    }


def _ticker_price(prices: PairPrices, _: int) -> Row:
    return {"symbol": prices.pair.symbol, "price": _price(prices.pair, prices.last)}


def _price(pair: SimulatedPair, steps: int | None) -> str:
    units = (steps or 0) * 10 ** (_PRICE_DECIMALS - pair.decimals)
    whole, fraction = divmod(abs(units), 10**_PRICE_DECIMALS)
    return f"{'-' if units < 0 else ''}{whole}.{fraction:08d}"


def _quantity(prices: PairPrices, number: int) -> str:
    quote_units = 100.0 + 10_000.0 * chance(prices.pair.key + prices.last, number)
    return f"{max(quote_units * 10.0**prices.pair.decimals / prices.last, 1e-5):.8f}"


def _symbol(pair: SimulatedPair) -> Row:
    is_spot = pair.condition is not Condition.NOT_SPOT
    step = _price(pair, 1)
    return {
        "symbol": pair.symbol,
        "status": "BREAK" if pair.is_halted else "TRADING",
        "baseAsset": pair.base,
        "baseAssetPrecision": 8,
        "quoteAsset": pair.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"],
        "icebergAllowed": True,
        "ocoAllowed": True,
        "otoAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "cancelReplaceAllowed": True,
        "isSpotTradingAllowed": is_spot,
        "isMarginTradingAllowed": False,
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": step, "maxPrice": _price(pair, 10**12), "tickSize": step},
            {"filterType": "LOT_SIZE", "minQty": "0.00001000", "maxQty": "90000000.00000000", "stepSize": "0.00001000"},
            {"filterType": "ICEBERG_PARTS", "limit": 10},
            {
                "filterType": "NOTIONAL",
                "minNotional": "5.00000000",
                "applyMinToMarket": True,
                "maxNotional": "9000000.00000000",
                "applyMaxToMarket": False,
                "avgPriceMins": 5,
            },
            {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
        ],
        "permissions": [],
        "permissionSets": [["SPOT"]] if is_spot else [["MARGIN"]],
        "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": ["NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"],
    }
