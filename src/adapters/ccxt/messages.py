"""Reads what ccxt returns, without I/O: its markets and tickers, whose prices are floats."""

import re
from collections.abc import Generator, Iterable, Mapping
from decimal import Decimal
from typing import Any

from domain.rates.book_tickers import BookTickers, Prices
from domain.rates.instruments import Instruments
from domain.rates.lag import as_old_as_told
from domain.rates.trading_rules import TradingRules

# Where tickers have the times of their last changes: among hundreds of pairs, one changed within these seconds.
NEWEST_CHANGED_WITHIN_SECONDS = 5.0

# Tokens that follow a multiple of a coin's moves are not that coin: BTC3L, ETHDOWN.
_LEVERAGED = re.compile(r"(?P<coin>.+?)(?:[2-9][LS]|UP|DOWN|BULL|BEAR)")

Market = Mapping[str, Any]


def instruments_in(name: str, markets: Iterable[Market], observed_at: float, *, are_steps: bool = True) -> Instruments:
    """Return the spot pairs that trade, under ccxt's codes, which tell coins of one ticker apart.

    `are_steps` if their precision is in steps, and not in digits. Fees are ccxt's own, so that they are no rules here.

    Raises `NothingTradable`, and anything if these are no markets.
    """
    spot = [each for each in markets if each["spot"] is True and not each.get("contract")]
    coins = {each["base"] for each in spot}
    spot = [each for each in spot if not _is_leveraged(each["base"], coins)]
    rows = [(str(each["id"]), str(each["base"]), str(each["quote"])) for each in spot if each["active"] is not False]
    halted = [(str(each["id"]), str(each["base"]), str(each["quote"])) for each in spot if each["active"] is False]
    rules = {str(each["id"]): _rules(each, are_steps=are_steps) for each in spot if each["active"] is not False}
    return Instruments.of(name, rows, observed_at, halted=halted, rules=rules)


def book_tickers_in(
    name: str, tickers: Mapping[str, Market], ids: Mapping[str, str], observed_at: float
) -> Generator[None, None, BookTickers]:
    """Read the tickers, of which `ids` has the exchange's own symbols; a side without orders is empty.

    Raises `NothingTradable`, and anything if these are no tickers.
    """
    quoted = [
        (ids[symbol], each["bid"], each["ask"])
        for symbol, each in tickers.items()
        if symbol in ids and each["bid"] and each["ask"]
    ]
    bids, asks = [shortest(bid) for _, bid, _ in quoted], [shortest(ask) for _, _, ask in quoted]
    yield
    prices = yield from Prices.in_steps([symbol for symbol, _, _ in quoted], bids, asks)
    books = BookTickers(name, prices, observed_at)
    told = [each["timestamp"] for each in tickers.values() if isinstance(each.get("timestamp"), int)]
    return as_old_as_told(books, max(told) / 1000, NEWEST_CHANGED_WITHIN_SECONDS) if told else books


def _rules(market: Market, *, are_steps: bool) -> TradingRules:
    precision, limits = market.get("precision") or {}, market.get("limits") or {}
    steps = (precision.get("price"), precision.get("amount")) if are_steps else (None, None)
    minima = [(limits.get(name) or {}).get("min") for name in ("amount", "cost")]
    numbers = (*steps, *minima)
    return TradingRules.parse(*(shortest(each) if isinstance(each, int | float) else None for each in numbers))


def shortest(price: float) -> str:
    """Return the fewest digits that stand for this float, which are those that the exchange wrote, up to 15 or so."""
    return format(Decimal(repr(float(price))), "f")


def _is_leveraged(base: str, coins: set[str]) -> bool:
    found = _LEVERAGED.fullmatch(base)
    return found is not None and found["coin"] in coins
