"""The bank's files over HTTP."""

from collections.abc import Awaitable, Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

import aiohttp

from adapters.ecb import NAME
from adapters.ecb.messages import days_in, history_in, newest_in
from adapters.rest.client import RestClient
from application.concurrency.cooperative import run_cooperatively
from application.market_data.ports.meter import MarketDataMeter
from application.ports.clock import Clock
from application.rates.ports.reference_source import ReferenceSource
from domain.rates.bank_days import EARLY_SECONDS
from domain.rates.errors import ExchangeUnavailable
from domain.rates.reference_rates import InvalidReferenceRates, ReferenceRates

# Half a millisecond's work.
_DAYS_PER_STEP = 20

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
        return (await self._fetched(DAILY, _newest))[0]

    async def recent(self) -> Sequence[ReferenceRates]:
        """Fetch the file of ninety days."""
        return await self._fetched(RECENT, _recent)

    async def history(self) -> Sequence[ReferenceRates]:
        """Fetch the file of all days."""
        return await self._fetched(HISTORY, lambda body: run_cooperatively(history_in(body)))

    async def _fetched(
        self, path: str, parse: Callable[[bytes], Awaitable[Sequence[ReferenceRates]]]
    ) -> Sequence[ReferenceRates]:
        with self._counting():
            answer = await self._client.get(path)
            with self._client.reading():
                try:
                    days = await parse(answer.body)
                    await run_cooperatively(_follow_one_another(days))
                    self._check_date(days)
                except InvalidReferenceRates as error:
                    raise ValueError(f"{path[1:]} is not a publication: {error}") from error
            return days

    def _check_date(self, days: Sequence[ReferenceRates]) -> None:
        if not days or days[-1].published_at > self._clock.now() + EARLY_SECONDS:
            raise InvalidReferenceRates("it is of a day in the future" if days else "it is empty")

    @contextmanager
    def _counting(self) -> Iterator[None]:
        try:
            yield
        except ExchangeUnavailable as failure:
            self._meter.exchange_called(NAME, failure.reason)
            raise
        self._meter.exchange_called(NAME, None)


async def _newest(body: bytes) -> Sequence[ReferenceRates]:
    return [newest_in(body)]


async def _recent(body: bytes) -> Sequence[ReferenceRates]:
    return sorted(days_in(body), key=lambda rates: rates.day)


def _follow_one_another(days: Sequence[ReferenceRates]) -> Generator[None, None, None]:
    """Raise `InvalidReferenceRates` for a day that cannot follow the one before, in short steps."""
    for number, (day, next_day) in enumerate(pairwise(days)):
        next_day.check_follows(day)
        if number % _DAYS_PER_STEP == 0:
            yield
