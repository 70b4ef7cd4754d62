"""A source of quotes that returns what the test sets, and records its calls."""

import asyncio
from collections import deque

from application.ports.clock import Clock
from application.quotes.ports.quote_source import QuoteSource
from domain.pair import Pair
from domain.quotes.errors import NotQuoted, SourceUnavailable
from domain.quotes.quote import Quote
from domain.rates.errors import FailureReason


class FakeQuoteSource(QuoteSource):
    """Quotes `rates`, by "BASE/QUOTE". While `is_down` it fails; while held, a call waits and has not been answered."""

    def __init__(self, name: str, clock: Clock, rates: dict[str, str] | None = None) -> None:
        self._name = name
        self._clock = clock
        self.rates = rates or {}
        self.is_down = False
        self.failures: deque[SourceUnavailable] = deque()
        self.asked: list[tuple[str, bool]] = []
        self._gate = asyncio.Event()
        self._gate.set()

    @property
    def name(self) -> str:
        return self._name

    def hold(self) -> None:
        self._gate.clear()

    def release(self) -> None:
        self._gate.set()

    async def quote(self, pair: Pair, *, is_hourly: bool) -> Quote:
        self.asked.append((str(pair), is_hourly))
        observed_at = int(self._clock.now())
        await self._gate.wait()
        if self.failures:
            raise self.failures.popleft()
        if self.is_down:
            raise SourceUnavailable(self._name, FailureReason.SERVER_ERROR, "made to fail")
        rate = self.rates.get(str(pair))
        if rate is None:
            raise NotQuoted(str(pair), {self._name: "it has no such rate"})
        return Quote.parse(pair, rate, self._name, observed_at)
