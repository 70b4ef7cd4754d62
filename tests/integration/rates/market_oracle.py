"""What a conversion must answer, found by trying every way through the exchanges' raw JSON, in fractions.

It shares nothing with the service: it reads the payloads with the standard library, filters, joins, searches and
rounds by itself, slowly and plainly.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

MAX_LEGS = 3
MAX_SPREAD = Fraction(50, 100)
WIDE_SPREAD = Fraction(5, 100)
RATE_DIGITS = 12

# Coins whose tickers are the codes of money that no exchange trades.
TOKENS = {ticker: f"{ticker}.TOKEN" for ticker in ("AOA", "ERN", "LBP", "SOS")}

# What KuCoin calls otherwise; of these, its own tickers for coins whose tickers mean others elsewhere.
KUCOINS_OWN = {ticker: f"{ticker}.KUCOIN" for ticker in ("BIFI", "MC", "VAI", "ALT")} | TOKENS
OWN = {"binance": TOKENS, "kucoin": KUCOINS_OWN}
KUCOINS_NAMES = {"BTT": "BTTC", "GALAX": "GALA", "WAX": "WAXP", "KALT": "ALT"} | KUCOINS_OWN


@dataclass(frozen=True)
class Instrument:
    symbol: str
    base: str
    quote: str
    bid: Fraction
    ask: Fraction

    @property
    def spread(self) -> Fraction:
        return (self.ask - self.bid) / ((self.ask + self.bid) / 2)

    def rate_from(self, currency: str, *, is_executable: bool) -> Fraction:
        """Units of the other currency for one of this."""
        mid = (self.bid + self.ask) / 2
        if currency == self.base:
            return self.bid if is_executable else mid
        return 1 / (self.ask if is_executable else mid)


@dataclass(frozen=True)
class Answer:
    """The expected answer: `rate` rounded, `symbols` leg by leg."""

    exchange: str
    symbols: tuple[str, ...]
    rate: Fraction


class ExchangeOracle:
    """One exchange's tradable pairs with sane prices. `listed` are the currencies of all its tradable pairs."""

    def __init__(self, name: str, tradable: Sequence[tuple[str, str, str]], prices: dict[str, tuple[Any, Any]]) -> None:
        self.name = name
        self.listed: set[str] = set()
        self._by_currency: dict[str, dict[str, list[Instrument]]] = defaultdict(lambda: defaultdict(list))
        for symbol, *tickers in tradable:
            base, quote = (ticker.upper() if ticker.isascii() else ticker for ticker in tickers)
            self.listed |= {base, quote}
            bid, ask = (Fraction(price or 0) for price in prices.get(symbol, (0, 0)))
            if 0 < bid <= ask:
                instrument = Instrument(symbol, base, quote, bid, ask)
                self._by_currency[base][quote].append(instrument)
                self._by_currency[quote][base].append(instrument)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every two currencies that trade directly, both ways round."""
        return sorted((one, other) for one, others in self._by_currency.items() for other in others)

    def between(self, one: str, other: str) -> list[Instrument]:
        """The instruments that trade the two, either way round."""
        return self._by_currency[one][other] if one in self._by_currency else []

    def answer(
        self, start: str, end: str, legs: range, *, max_spread: Fraction | None, is_executable: bool
    ) -> Answer | None:
        """The best way with the fewest legs, over spreads within the bound: the smallest ask/bid, then the alphabet."""
        if not {start, end} <= self.listed:
            return None
        if start == end:
            return Answer(self.name, (), Fraction(1))
        for number in legs:
            ways = [
                way
                for way in self._ways(start, end, number)
                if max_spread is None or all(each.spread <= max_spread for each in way[1])
            ]
            if ways:
                currencies, instruments = min(ways, key=_preference)
                rate = Fraction(1)
                for currency, instrument in zip(currencies, instruments, strict=False):
                    rate *= instrument.rate_from(currency, is_executable=is_executable)
                return Answer(self.name, tuple(each.symbol for each in instruments), rounded(rate))
        return None

    def reason(self, start: str, end: str) -> str:
        """Why there is no answer, where there is none."""
        for currency in (start, end):
            name = OWN.get(self.name, TOKENS).get(currency)
            if name in self.listed:
                return f"its {currency} is {name} here, see /currencies"
            if currency not in self.listed:
                return f"{currency} is not listed"
        if self.answer(start, end, range(1, MAX_LEGS + 1), max_spread=None, is_executable=False) is not None:
            return f"every route of at most {MAX_LEGS} legs needs a market whose spread exceeds 50%"
        return f"no route of at most {MAX_LEGS} legs with prices on both sides"

    def _ways(self, start: str, end: str, legs: int) -> Iterator[tuple[list[str], list[Instrument]]]:
        ways: list[tuple[list[str], list[Instrument]]] = [([start], [])]
        for left in range(legs - 1, -1, -1):
            ways = [
                ([*currencies, there], [*instruments, instrument])
                for currencies, instruments in ways
                for there, between in self._by_currency[currencies[-1]].items()
                if there not in currencies and (there == end) is (left == 0)
                for instrument in between
            ]
        yield from ways


def expected(
    oracles: Sequence[ExchangeOracle], start: str, end: str, *, is_executable: bool, are_own_tickers: bool = True
) -> Answer | dict[str, str]:
    """The answer of these exchanges in order, a direct pair on any before a detour on any; else each one's reason.

    All of that is tried over the markets that are not wide first, and then over all that have a price. One exchange
    alone means its own tickers, but for the worth of wallets, whose codes mean the same coins whoever prices them.
    """
    if are_own_tickers and len(oracles) == 1:
        own = OWN.get(oracles[0].name, TOKENS)
        start, end = own.get(start, start), own.get(end, end)
    for max_spread in (WIDE_SPREAD, MAX_SPREAD):
        for legs in (range(1, 2), range(1, MAX_LEGS + 1)):
            for oracle in oracles:
                answer = oracle.answer(start, end, legs, max_spread=max_spread, is_executable=is_executable)
                if answer is not None:
                    return answer
    return {oracle.name: oracle.reason(start, end) for oracle in oracles}


def binance_oracle(exchange_info: bytes, book_ticker: bytes) -> ExchangeOracle:
    tradable = [
        (row["symbol"], *(TOKENS.get(name, name) for name in (row["baseAsset"], row["quoteAsset"])))
        for row in json.loads(exchange_info)["symbols"]
        if row["status"] == "TRADING" and row["isSpotTradingAllowed"]
    ]
    prices = {row["symbol"]: (row["bidPrice"], row["askPrice"]) for row in json.loads(book_ticker)}
    return ExchangeOracle("binance", tradable, prices)


def kucoin_oracle(symbols: bytes, all_tickers: bytes) -> ExchangeOracle:
    tradable = [
        (row["symbol"], *(KUCOINS_NAMES.get(name, name) for name in (row["baseCurrency"], row["quoteCurrency"])))
        for row in json.loads(symbols)["data"]
        if row["enableTrading"]
    ]
    prices = {row["symbol"]: (row["buy"], row["sell"]) for row in json.loads(all_tickers)["data"]["ticker"]}
    return ExchangeOracle("kucoin", tradable, prices)


def rounded(number: Fraction) -> Fraction:
    """To 12 significant digits, half to even."""
    unit = Fraction(1)
    while number >= 10**RATE_DIGITS * unit:
        unit *= 10
    while number < 10 ** (RATE_DIGITS - 1) * unit:
        unit /= 10
    return round(number / unit) * unit


def _preference(way: tuple[list[str], list[Instrument]]) -> tuple[Fraction, list[str], list[str]]:
    currencies, instruments = way
    cost = Fraction(1)
    for instrument in instruments:
        cost *= instrument.ask / instrument.bid
    return cost, currencies, [instrument.symbol for instrument in instruments]
