"""The bank's files over HTTP."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager

import aiohttp

from adapters.ecb import NAME
from adapters.ecb.messages import days_in, history_in, inflated, newest_in
from adapters.rest.client import RestClient
from application.concurrency.cooperative import run_cooperatively, yield_to_event_loop
from application.market_data.ports.meter import MarketDataMeter
from application.ports.clock import Clock
from application.rates.ports.reference_source import ReferenceSource
from domain.rates.bank_days import EARLY_SECONDS
from domain.rates.errors import ExchangeUnavailable
from domain.rates.reference_rates import InvalidReferenceRates, ReferenceRates

# Half a millisecond's work.
DAYS_PER_STEP = 10

DAILY, RECENT, HISTORY = "/eurofxref-daily.xml", "/eurofxref-hist-90d.xml", "/eurofxref-hist.zip"


class EcbReferenceSource(ReferenceSource):
    """Each call makes one request. An implausible file is a failure, as is one from the future."""

    name = NAME

    def __init__(self, base_url: str, session: aiohttp.ClientSession, clock: Clock, meter: MarketDataMeter) -> None:
        self._client = RestClient(NAME, base_url, session, clock, meter, lambda _: None)
        self._clock = clock
        self._meter = meter

    async def newest(self) -> ReferenceRates:
        """Fetch the daily file."""
        async with self._fetched(DAILY) as body:
            rates = newest_in(body)
            self._check_date(rates)
        return rates

    async def recent(self) -> AsyncGenerator[ReferenceRates, None]:
        """Fetch the file of ninety days."""
        async with self._fetched(RECENT) as body:
            days = sorted(days_in(body), key=lambda rates: rates.day)
            async with aclosing(self._checked(days)) as checked:
                async for rates in checked:
                    yield rates

    async def history(self) -> AsyncGenerator[ReferenceRates, None]:
        """Fetch the file of all days."""
        async with self._fetched(HISTORY) as body:
            text = await run_cooperatively(inflated(body))
            async with aclosing(self._checked(history_in(text))) as checked:
                async for rates in checked:
                    yield rates

    async def _checked(self, days: Iterable[ReferenceRates]) -> AsyncGenerator[ReferenceRates, None]:
        """Yield the days if each can follow the one before, with pauses in which requests are answered."""
        before = None
        for number, rates in enumerate(days):
            if before is None:
                self._check_date(rates)
            else:
                rates.check_follows(before)
            before = rates
            yield rates
            if number % DAYS_PER_STEP == 0:
                await yield_to_event_loop()
        if before is None:
            raise InvalidReferenceRates("it is empty")
        self._check_date(before)

    def _check_date(self, rates: ReferenceRates) -> None:
        if rates.published_at > self._clock.now() + EARLY_SECONDS:
            raise InvalidReferenceRates("it is of a day in the future")

    @asynccontextmanager
    async def _fetched(self, path: str) -> AsyncIterator[bytes]:
        """Yield the body, and translate what is wrong with it."""
        with self._counting():
            answer = await self._client.get(path)
            with self._client.reading():
                try:
                    yield answer.body
                except InvalidReferenceRates as error:
                    raise ValueError(f"{path[1:]} is not a publication: {error}") from error

    @contextmanager
    def _counting(self) -> Iterator[None]:
        try:
            yield
        except ExchangeUnavailable as failure:
            self._meter.exchange_called(NAME, failure.reason)
            raise
        self._meter.exchange_called(NAME, None)
