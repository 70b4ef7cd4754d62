"""What currencies are called: states' money in English, and coins as exchanges call them."""

import asyncio
from collections.abc import Mapping

from application.market_data.market_data import MarketData
from domain.currency_names import name_of
from domain.rates.errors import ExchangeUnavailable

# Leaves the rate limit and the processor to the first prices.
START_AFTER_SECONDS = 20.0

EVERY_SECONDS = 86_400.0
AGAIN_AFTER_SECONDS = 600.0

LONGEST_NAME = 60


class CurrencyNames:
    """Fetches each exchange's names of coins about once a day. Of several names, that of the first exchange counts.

    `version` changes with the names.
    """

    def __init__(self, markets: Mapping[str, MarketData] | None = None) -> None:
        self.version = 0
        self._markets = [market for market in (markets or {}).values() if market.has_currency_names]
        self._of_exchange: dict[str, Mapping[str, str]] = {}
        self._coins: dict[str, str] = {}

    def of(self, code: str) -> str | None:
        """Return the name, None if nobody says one."""
        return name_of(code) or self._coins.get(code)

    async def run(self) -> None:
        """Fetch at intervals, until cancelled; return at once if no exchange has names."""
        seconds = START_AFTER_SECONDS
        while self._markets:
            await asyncio.sleep(seconds)
            seconds = EVERY_SECONDS if await self.fetch() else AGAIN_AFTER_SECONDS

    async def fetch(self) -> bool:
        """Fetch the names of every exchange whose market is in memory; return whether all have answered."""
        answered = [await self._fetch(market) for market in self._markets]
        coins: dict[str, str] = {}
        for market in reversed(self._markets):
            coins.update(self._of_exchange.get(market.name, {}))
        if coins != self._coins:
            self._coins = coins
            self.version += 1
        return all(answered)

    async def _fetch(self, market: MarketData) -> bool:
        snapshot = market.newest
        if snapshot is None:
            return False
        try:
            names = await market.currency_names()
        except ExchangeUnavailable:
            return False  # logged and counted where the call was made
        currencies = snapshot.instruments.pairs.names
        self._of_exchange[market.name] = {
            str(currencies[ticker]): name
            for ticker, text in names.items()
            if ticker in currencies and _is_name(name := " ".join(text.split()), ticker)
        }
        return True


def _is_name(name: str, ticker: str) -> bool:
    return 0 < len(name) <= LONGEST_NAME and name.isprintable() and name.casefold() != ticker.casefold()
