"""Checks answers by recalculating them from the simulated exchanges' own prices."""

import math
from fractions import Fraction
from typing import Any

import aiohttp

from tests.integration.rates.market_oracle import MAX_LEGS, MAX_SPREAD, WIDE_SPREAD, Answer, ExchangeOracle
from tests.resilience.driver import Answered
from tests.resilience.mix import AMOUNT, Asked

# A price carries the time before its request was sent. On a slow link the exchange may answer with a price that is some
# seconds newer, up to an attempt's timeout.
LATEST_TICKS = 3


class TrueBooks:
    """The prices of the simulated exchanges at `url` at any second; they change every second."""

    def __init__(self, url: str, client: aiohttp.ClientSession) -> None:
        self._url = url
        self._client = client
        self._oracles: dict[tuple[str, int], ExchangeOracle] = {}
        self._answers: dict[tuple[str, int, Asked], Answer | None] = {}

    async def check(self, answered: Answered) -> None:
        """Assert that a 200 has the right route, true prices of the accepted age, and the right result."""
        asked, answer = answered.asked, answered.json
        assert (answer["currency_from"], answer["currency_to"]) == (asked.currency_from, asked.currency_to)
        assert asked.exchange in {None, answer["exchange"]}, f"{asked} was answered by another exchange: {answer}"
        age_at_most = asked.cache_max_seconds or 0
        assert answer["updated_at"] >= math.floor(answered.sent_at - age_at_most), f"too old for {asked}: {answered}"
        assert Fraction(answer["result"]) == Fraction(AMOUNT) * Fraction(answer["rate"])
        ticks = range(answer["updated_at"], answer["updated_at"] + LATEST_TICKS + 1)
        assert any([await self._is_price_at(tick, asked, answer) for tick in ticks]), f"no such price: {answered}"

    async def _is_price_at(self, tick: int, asked: Asked, answer: dict[str, Any]) -> bool:
        key = (answer["exchange"], tick, asked)
        if key not in self._answers:
            oracle = await self._oracle(answer["exchange"], tick)
            ends, legs = (asked.currency_from, asked.currency_to), range(1, MAX_LEGS + 1)
            answers = (
                oracle.answer(*ends, legs, max_spread=max_spread, is_executable=asked.is_executable)
                for max_spread in (WIDE_SPREAD, MAX_SPREAD)
            )
            self._answers[key] = next(filter(None, answers), None)
        true = self._answers[key]
        if true is None:
            return False
        symbols = tuple(leg["symbol"] for leg in answer["route"])
        return (symbols, Fraction(answer["rate"])) == (true.symbols, true.rate)

    async def _oracle(self, exchange: str, tick: int) -> ExchangeOracle:
        if (exchange, tick) not in self._oracles:
            url = f"{self._url}/control/books?exchange={exchange}&tick={tick}"
            async with self._client.get(url) as response:
                book_tickers = (await response.json())["books"]
            self._oracles[exchange, tick] = ExchangeOracle(
                exchange,
                [(symbol, row["base"], row["quote"]) for symbol, row in book_tickers.items() if row["is_tradable"]],
                {symbol: (row["bid"], row["ask"]) for symbol, row in book_tickers.items()},
            )
        return self._oracles[exchange, tick]
