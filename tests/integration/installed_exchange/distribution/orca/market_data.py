"""Orca over REST."""

from adapters.rest.age_headers import as_old_as_headers_tell
from adapters.rest.client import Answer, RestClient
from adapters.rest.registered_exchange import ExchangeParts
from application.concurrency.cooperative import run_cooperatively
from application.market_data.ports.exchange import Exchange, Usage
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments

from .messages import NAME, book_tickers_in, errors_in, instruments_in


class Orca(Exchange):
    def __init__(self, parts: ExchangeParts) -> None:
        self._client = RestClient(NAME, parts.url, parts.session, parts.clock, parts.meter, lambda _: None)
        self._clock = parts.clock
        self._fee_tier = int(parts.settings["fee_tier"] or 0)

    @property
    def name(self) -> str:
        return NAME

    @property
    def usage(self) -> Usage | None:
        return None

    async def fetch_instruments(self) -> Instruments:
        observed_at = self._clock.now()
        answer = await self._get("/0/public/AssetPairs")
        with self._client.reading():
            instruments = await run_cooperatively(instruments_in(answer.body, observed_at, self._fee_tier))
        return as_old_as_headers_tell(instruments, answer)

    async def fetch_book_tickers(self) -> BookTickers:
        observed_at = self._clock.now()
        answer = await self._get("/0/public/Ticker")
        with self._client.reading():
            book_tickers = await run_cooperatively(book_tickers_in(answer.body, observed_at))
        return as_old_as_headers_tell(book_tickers, answer)

    async def _get(self, path: str) -> Answer:
        answer = await self._client.get(path)
        with self._client.reading():
            errors = errors_in(answer.body)
        if errors:
            raise self._client.refused(f"HTTP 200 with {errors[0][:40]}")
        return answer
