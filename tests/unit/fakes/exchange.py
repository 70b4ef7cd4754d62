"""An exchange that returns what the test sets, fails on demand, and counts its calls."""

import asyncio
from collections import deque
from collections.abc import Mapping
from decimal import Decimal

from application.concurrency.cooperative import run_cooperatively
from application.market_data.ports.currency_names import CurrencyNames
from application.market_data.ports.exchange import Exchange, Quota, Usage
from application.market_data.ports.order_books import OrderBooks
from application.ports.clock import Clock
from domain.rates.book_tickers import BookTickers
from domain.rates.errors import ExchangeUnavailable, FailureReason, InvalidBook, NothingTradable
from domain.rates.instruments import Instruments
from domain.rates.lag import as_old_as_told
from domain.rates.order_book import OrderBook
from domain.rates.trading_rules import TradingRules

Prices = tuple[str, str]
Levels = list[tuple[str, str]]


def failure(
    exchange: str,
    reason: FailureReason = FailureReason.SERVER_ERROR,
    *,
    is_transient: bool = True,
    retry_after_seconds: float | None = None,
) -> ExchangeUnavailable:
    return ExchangeUnavailable(exchange, reason, "made to fail", retry_after_seconds, is_transient)


class FakeExchange(Exchange, OrderBooks, CurrencyNames):
    """Trades `prices`: bid and ask by "BASE/QUOTE", which is the symbol too.

    `books` has bids and asks by symbol. Without any, it shows no order books.
    `listed` and `book_tickers` are the rows it serves, and may be changed at any time. `halted` symbols are not
    tradable. `rules` are by symbol.
    `lag_seconds` is the age that its answers claim.
    `failures` are raised by the next calls, one each; `standing_failure` by all calls. While held, a call waits: it has
    its time already, but no answer yet. Calls for prices wait for `prices_come` as well.
    """

    def __init__(self, name: str, clock: Clock, prices: Mapping[str, Prices] | None = None) -> None:
        self._name = name
        self._clock = clock
        self.listed: list[tuple[str, str, str]] = []
        self.book_tickers: list[tuple[str, str, str]] = []
        self.books: dict[str, tuple[Levels, Levels]] = {}
        self.halted: set[str] = set()
        self.rules: Mapping[str, TradingRules] = {}
        self.lag_seconds = 0.0
        self.failures: deque[Exception] = deque()
        self.standing_failure: ExchangeUnavailable | None = None
        self.instruments_calls = 0
        self.book_tickers_calls = 0
        self.order_book_calls = 0
        self.names: Mapping[str, str] | None = None
        self.names_calls = 0
        self.reported_usage: Usage | None = None
        self.told_quota: Quota | None = None
        self.prices_come = asyncio.Event()
        self.prices_come.set()
        self._gate = asyncio.Event()
        self._gate.set()
        self.trade(prices or {})

    @property
    def name(self) -> str:
        return self._name

    @property
    def usage(self) -> Usage | None:
        return self.reported_usage

    @property
    def quota(self) -> Quota | None:
        return self.told_quota

    @property
    def order_books(self) -> OrderBooks | None:
        return self if self.books else None

    @property
    def currency_names(self) -> CurrencyNames | None:
        return None if self.names is None else self

    @property
    def currency_names_weight(self) -> int:
        return 10

    async def fetch_currency_names(self) -> Mapping[str, str]:
        self.names_calls += 1
        if self.failures:
            raise self.failures.popleft()
        return self.names or {}

    @property
    def order_book_weight(self) -> int:
        return 5

    @property
    def standard_taker_fee(self) -> Decimal:
        return Decimal("0.001")

    @property
    def calls(self) -> int:
        return self.instruments_calls + self.book_tickers_calls + self.order_book_calls

    def trade(self, prices: Mapping[str, Prices]) -> None:
        self.listed = [(symbol, *_split(symbol)) for symbol in prices]
        self.book_tickers = [(symbol, bid, ask) for symbol, (bid, ask) in prices.items()]

    def fail_next(self, *failures: Exception) -> None:
        self.failures.extend(failures)

    def hold(self) -> None:
        self._gate.clear()

    def release(self) -> None:
        self._gate.set()

    async def fetch_instruments(self) -> Instruments:
        self.instruments_calls += 1
        observed_at = await self._answering()
        tradable = [row for row in self.listed if row[0] not in self.halted]
        try:
            instruments = Instruments.of(self._name, tradable, observed_at, rules=self.rules)
            return as_old_as_told(instruments, observed_at - self.lag_seconds)
        except NothingTradable as error:
            raise failure(self._name, FailureReason.BAD_BODY) from error

    async def fetch_book_tickers(self) -> BookTickers:
        self.book_tickers_calls += 1
        await self.prices_come.wait()
        observed_at = await self._answering()
        try:
            book_tickers = BookTickers.of(self._name, self.book_tickers, observed_at)
            return as_old_as_told(book_tickers, observed_at - self.lag_seconds)
        except NothingTradable as error:
            raise failure(self._name, FailureReason.BAD_BODY) from error

    async def fetch_order_book(self, symbol: str) -> OrderBook:
        self.order_book_calls += 1
        observed_at = await self._answering()
        try:
            book = await run_cooperatively(OrderBook.in_steps(self._name, symbol, self.books[symbol], observed_at))
            return as_old_as_told(book, observed_at - self.lag_seconds)
        except (InvalidBook, KeyError) as error:
            raise failure(self._name, FailureReason.BAD_BODY) from error

    async def _answering(self) -> float:
        observed_at = self._clock.now()
        await self._gate.wait()
        if self.failures:
            raise self.failures.popleft()
        if self.standing_failure is not None:
            raise self.standing_failure
        return observed_at


def _split(symbol: str) -> tuple[str, str]:
    base, _, quote = symbol.partition("/")
    return base, quote
