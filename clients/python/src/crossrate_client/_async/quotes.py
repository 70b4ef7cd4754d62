"""RecordedQuotes quotes."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Literal

from crossrate_client._async.session import AsyncSession
from crossrate_client._calls import reading, writing_once
from crossrate_client.models import Candle, Quote, RecordedQuotes

Source = Literal["alphavantage", "exchanges"]
Interval = Literal["1h", "1d"]


class AsyncQuotes(AsyncSession):
    """Calls about recorded quotes."""

    async def record_quotes(self, pair: str | None = None) -> RecordedQuotes:
        """Record a quote of this pair now, or of all that the service records. Never sent twice."""
        return await self._ask(writing_once("POST", "/quotes", {"pair": pair}), RecordedQuotes)

    async def latest_quotes(self, pair: str | None = None) -> list[Quote]:
        """Return the latest quote of this pair from each source, or of each pair."""
        return await self._items(reading("/quotes/latest", pair=pair), "quotes", Quote)

    def quotes(
        self,
        pair: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        source: Source | None = None,
        page_size: int = 1000,
    ) -> AsyncIterator[Quote]:
        """Yield recorded quotes, the newest first: those of `since` and later, and before `until`."""
        call = reading("/quotes", pair=pair, from_=since, to=until, source=source, limit=page_size)
        return self._pages(call, "quotes", Quote)

    async def candles(
        self,
        pair: str,
        interval: Interval,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        source: Source | None = None,
    ) -> list[Candle]:
        """Return the candles of recorded quotes, the oldest first."""
        call = reading("/quotes/candles", pair=pair, interval=interval, from_=since, to=until, source=source)
        return await self._items(call, "candles", Candle)
