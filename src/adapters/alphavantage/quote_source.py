"""Alpha Vantage's CURRENCY_EXCHANGE_RATE: https://www.alphavantage.co/documentation/#currency-exchange."""

from urllib.parse import urlencode

import aiohttp

from adapters.alphavantage import NAME
from adapters.alphavantage.messages import FIAT, quote_in
from adapters.rest.client import RestClient
from application.market_data.ports.meter import MarketDataMeter
from application.ports.clock import Clock
from application.quotes.daily_quota import DailyQuota
from application.quotes.ports.quote_source import QuoteSource
from domain.errors import DatabaseUnavailable
from domain.pair import Pair
from domain.quotes.errors import NotQuoted, SourceUnavailable
from domain.quotes.quote import Quote
from domain.rates.errors import ExchangeUnavailable, FailureReason


def covers(pair: Pair) -> bool:
    """Return whether Alpha Vantage is asked for this pair: only if its quote is a fiat currency."""
    return pair.quote in FIAT


class AlphaVantage(QuoteSource):
    """Alpha Vantage over REST.

    It accepts its API key only in the URL, and some of its answers repeat the key, so no failure of this class has a
    cause or any text of an answer.
    """

    def __init__(
        self,
        *,
        base_url: str,
        key: str,
        session: aiohttp.ClientSession,
        quota: DailyQuota,
        clock: Clock,
        meter: MarketDataMeter,
    ) -> None:
        self._client = RestClient(NAME, base_url, session, clock, meter, lambda _: None)
        self._key = key
        self._quota = quota
        self._clock = clock

    @property
    def name(self) -> str:
        """`alphavantage`."""
        return NAME

    async def quote(self, pair: Pair, *, is_hourly: bool) -> Quote:
        """Fetch the rate if the daily quota allows it. If the count cannot be read, no call is made."""
        if not covers(pair):
            raise NotQuoted(str(pair), {NAME: f"{pair.quote} is not a supported fiat currency"})
        await self._take_call(is_hourly=is_hourly)
        answer = await self._asked(pair)
        if isinstance(answer, Quote):
            return answer
        if isinstance(answer, SourceUnavailable) and answer.retry_after_seconds:
            await self._pause(answer.retry_after_seconds)
        raise answer

    async def _take_call(self, *, is_hourly: bool) -> None:
        wait_seconds = await self._quota.take(is_hourly=is_hourly)
        if wait_seconds is not None:
            detail = "the rest of its daily quota is reserved for later hours, or it is paused"
            raise SourceUnavailable(NAME, FailureReason.RATE_LIMITED, detail, wait_seconds)

    async def _pause(self, seconds: float) -> None:
        try:
            await self._quota.pause(seconds)
        except DatabaseUnavailable:
            return  # at least this caller learns of the pause from the failure

    async def _asked(self, pair: Pair) -> Quote | SourceUnavailable | NotQuoted:
        """Return failures instead of raising them: raised in an `except`, they would carry the key in their cause."""
        query = {"function": "CURRENCY_EXCHANGE_RATE", "from_currency": pair.base, "to_currency": pair.quote}
        try:
            answer = await self._client.get(f"/query?{urlencode(query | {'apikey': self._key})}")
            with self._client.reading(answer):
                return quote_in(answer.body, pair, self._clock.now())
        except ExchangeUnavailable as error:
            return SourceUnavailable(NAME, error.reason, _detail(error), error.retry_after_seconds)


def _detail(error: ExchangeUnavailable) -> str:
    # Text from a body could contain the key, so only the client's own messages are passed on.
    return "the answer is not a rate of this pair" if error.reason is FailureReason.BAD_BODY else error.detail
